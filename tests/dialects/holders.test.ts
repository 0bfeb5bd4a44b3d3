import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CableProxy } from "../support/cable-proxy.ts";
import {
  connect,
  DIALECT_FIXTURES,
  type DialectFixture,
  echo,
  fresh,
  rawAt,
  roomFor,
} from "../support/dialect-fixtures.ts";
import { frameBytes, OPCODES } from "../support/raw-socket.ts";
import { startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

/** Far beyond the 2 s that a holder has, and far below what the runtime and the heartbeat need to find a dead peer. */
const SOON = 15_000;

/** The connection of the new client: it must get the name, and in time. */
async function takesOver(path: string, dialect: DialectFixture, began = performance.now()): Promise<void> {
  const newcomer = connect(server, path);
  const fate = await Promise.race([
    echo(newcomer, dialect, fresh("mine now ")).then(() => "in"),
    newcomer.closed.then(({ code, reason }) => `${code} ${reason}`),
  ]);
  expect(fate).toBe("in");
  expect(performance.now() - began).toBeLessThan(SOON);
  newcomer.close();
  await newcomer.closed;
}

describe.each(DIALECT_FIXTURES.map((dialect) => [dialect.title, dialect] as const))("%s", (_, dialect) => {
  test("a holder whose connection is cut without a close frame loses its name to the new client", async () => {
    const proxy = await CableProxy.open(server.port);
    const [room, name] = [await roomFor(server, dialect), fresh("Ada")];
    const holder = connect(proxy, dialect.path(name, room));
    await echo(holder, dialect, fresh("begin "));
    for (const cable of proxy.cables) cable.swallow();
    await takesOver(dialect.path(name, room), dialect);
    await proxy.close();
  });

  test("a holder that stopped in the middle of a frame loses its name, too", async () => {
    const path = dialect.path(fresh("Half"), await roomFor(server, dialect));
    const holder = await rawAt(server, path);
    const whole = frameBytes(OPCODES.text, dialect.say("never finished"));
    holder.send(whole.subarray(0, whole.length - 3));
    await takesOver(path, dialect);
    await holder.closed;
  });

  test("a holder that answers keeps the name, against any number of new clients", async () => {
    const path = dialect.path(fresh("Zed"), await roomFor(server, dialect));
    const holder = connect(server, path);
    await echo(holder, dialect, fresh("begin "));
    const newcomers = Array.from({ length: 20 }, () => connect(server, path));
    for (const { closed } of newcomers) expect((await closed).code).toBe(1008);
    await echo(holder, dialect, fresh("still mine "));
    holder.close();
    await holder.closed;
  });
});

test("of several clients that want a dead holder's name exactly one gets it, and the room gets one leave and one join", async () => {
  const watcher = connect(server, `/ws/${fresh("Watcher")}`);
  await watcher.untilType("user_list_update");
  const name = fresh("Ada");
  const holder = await rawAt(server, `/ws/${name}`);
  await watcher.until(({ content }) => content === `'${name}' joined the chat`);
  // It never answers a ping.
  const newcomers = Array.from({ length: 4 }, () => connect(server, `/ws/${name}`));
  const fates = await Promise.all(
    newcomers.map((one) =>
      Promise.race([
        one.untilType("connection_established").then(() => "in"),
        one.closed.then(({ code }) => code),
      ]),
    ),
  );
  expect(fates.filter((fate) => fate === "in")).toHaveLength(1);
  expect(fates.filter((fate) => fate === 1008)).toHaveLength(3);
  await watcher.until(({ content }) => content === `'${name}' left the chat`);
  await watcher.until(({ content }) => content === `'${name}' joined the chat`);
  await holder.closed;
  for (const one of newcomers) one.close();
  watcher.close();
});

test("a name that a guest with a token holds is refused in every dialect, also while that guest is offline", async () => {
  const guest = new WireClient(server);
  const name = fresh("Owner");
  await guest.join(name);
  guest.close();
  await guest.closed;
  for (const dialect of DIALECT_FIXTURES) {
    const path = dialect.path(name.toUpperCase(), await roomFor(server, dialect));
    expect(await connect(server, path).closed).toEqual({
      code: 1008,
      reason: `Username '${name.toUpperCase()}' is already taken.`,
    });
  }
  // No room was created.
  const room = fresh("Unmade");
  await connect(server, `/ws/${room}?username=${name}`).closed;
  const rooms = (await (await fetch(`${server.url}/api/chat/rooms`)).json()) as { name: string }[];
  expect(rooms.map((one) => one.name)).not.toContain(room);
});

test("no client can have the server's name, or that of the lobby's notices", async () => {
  for (const name of ["System", "%20system", "Parley"])
    for (const dialect of DIALECT_FIXTURES) {
      const client = connect(server, dialect.path(name, await roomFor(server, dialect)));
      expect((await client.closed).code, `${dialect.title} ${name}`).toBe(1008);
    }
});

test("in the lobby a name is unique over its formats, elsewhere within the room", async () => {
  const name = fresh("Ada");
  const holder = connect(server, `/ws/${name}`);
  await holder.untilType("user_list_update");
  for (const path of [
    `/ws/${name}?format=text`,
    `/ws/Lobby?username=${name}`,
    `/ws/chat/lobby?username=${name}`,
  ])
    expect((await connect(server, path).closed).code, path).toBe(1008);
  const elsewhere = connect(server, `/ws/${fresh("Room")}?username=${name}`);
  await elsewhere.send({ content: "hi" });
  expect(await elsewhere.json()).toMatchObject({ username: name });
  elsewhere.close();
  holder.close();
});

test("guests without a name never clash: another name is drawn", async () => {
  const guests = Array.from({ length: 600 }, () => connect(server, "/ws/"));
  const names = await Promise.all(
    guests.map(async (guest) => String((await guest.untilType("connection_established")).name)),
  );
  expect(new Set(names).size).toBe(600);
  for (const guest of guests) guest.close();
  await Promise.all(guests.map(({ closed }) => closed));
});
