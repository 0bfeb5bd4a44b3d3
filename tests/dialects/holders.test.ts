import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CableProxy } from "../support/cable-proxy.ts";
import { connect, echo, fresh, rawAt, roomFor, TONGUES, type Tongue } from "../support/dialect-fixtures.ts";
import { frameBytes, OPCODES } from "../support/raw-socket.ts";
import { openStage, type Stage, WireClient } from "../support/test-server.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.end());

/** Far beyond the 2 s that a holder has, and far below what the runtime and the heartbeat need to find a dead peer. */
const SOON = 15_000;

/** The newcomer's connection: it must get the name, and in time. */
async function takesOver(path: string, tongue: Tongue, began = performance.now()): Promise<void> {
  const newcomer = connect(stage, path);
  const fate = await Promise.race([
    echo(newcomer, tongue, fresh("mine now ")).then(() => "in"),
    newcomer.closed.then(({ code, reason }) => `${code} ${reason}`),
  ]);
  expect(fate).toBe("in");
  expect(performance.now() - began).toBeLessThan(SOON);
  newcomer.close();
  await newcomer.closed;
}

describe.each(TONGUES.map((tongue) => [tongue.title, tongue] as const))("%s", (_, tongue) => {
  test("a holder whose cable is cut, and who never says goodbye, gives way to the newcomer", async () => {
    const proxy = await CableProxy.open(stage.port);
    const [room, name] = [await roomFor(stage, tongue), fresh("Ada")];
    const holder = connect(proxy, tongue.path(name, room));
    await echo(holder, tongue, fresh("begin "));
    for (const cable of proxy.cables) cable.swallow();
    await takesOver(tongue.path(name, room), tongue);
    await proxy.close();
  });

  test("a holder that stopped in the middle of a frame gives way, too", async () => {
    const path = tongue.path(fresh("Half"), await roomFor(stage, tongue));
    const holder = await rawAt(stage, path);
    const whole = frameBytes(OPCODES.text, tongue.say("never finished"));
    holder.send(whole.subarray(0, whole.length - 3));
    await takesOver(path, tongue);
    await holder.closed;
  });

  test("a holder that answers keeps the name, against any number of newcomers", async () => {
    const path = tongue.path(fresh("Zed"), await roomFor(stage, tongue));
    const holder = connect(stage, path);
    await echo(holder, tongue, fresh("begin "));
    const newcomers = Array.from({ length: 20 }, () => connect(stage, path));
    for (const { closed } of newcomers) expect((await closed).code).toBe(1008);
    await echo(holder, tongue, fresh("still mine "));
    holder.close();
    await holder.closed;
  });
});

test("of several newcomers to a dead holder's name exactly one gets it, and the room hears one leave and one join", async () => {
  const watcher = connect(stage, `/ws/${fresh("Watcher")}`);
  await watcher.untilType("user_list_update");
  const name = fresh("Ada");
  const holder = await rawAt(stage, `/ws/${name}`);
  await watcher.until(({ content }) => content === `'${name}' joined the chat`);
  // It never answers a ping.
  const newcomers = Array.from({ length: 4 }, () => connect(stage, `/ws/${name}`));
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

test("a name that a guest with a token holds is refused on every wire, also while that guest is away", async () => {
  const guest = new WireClient(stage);
  const name = fresh("Owner");
  await guest.join(name);
  guest.close();
  await guest.closed;
  for (const tongue of TONGUES) {
    const path = tongue.path(name.toUpperCase(), await roomFor(stage, tongue));
    expect(await connect(stage, path).closed).toEqual({
      code: 1008,
      reason: `Username '${name.toUpperCase()}' is already taken.`,
    });
  }
  // It names no room that was not there before.
  const room = fresh("Unmade");
  await connect(stage, `/ws/${room}?username=${name}`).closed;
  const rooms = (await (await fetch(`${stage.url}/api/chat/rooms`)).json()) as { name: string }[];
  expect(rooms.map((one) => one.name)).not.toContain(room);
});

test("nobody speaks in the server's name, or under the one of the lobby's notices", async () => {
  for (const name of ["System", "%20system", "Parley"])
    for (const tongue of TONGUES) {
      const client = connect(stage, tongue.path(name, await roomFor(stage, tongue)));
      expect((await client.closed).code, `${tongue.title} ${name}`).toBe(1008);
    }
});

test("in the lobby a name is one for all its wires, elsewhere it is one for the room", async () => {
  const name = fresh("Ada");
  const holder = connect(stage, `/ws/${name}`);
  await holder.untilType("user_list_update");
  for (const path of [
    `/ws/${name}?format=text`,
    `/ws/Lobby?username=${name}`,
    `/ws/chat/lobby?username=${name}`,
  ])
    expect((await connect(stage, path).closed).code, path).toBe(1008);
  const elsewhere = connect(stage, `/ws/${fresh("Room")}?username=${name}`);
  await elsewhere.send({ content: "hi" });
  expect(await elsewhere.json()).toMatchObject({ username: name });
  elsewhere.close();
  holder.close();
});

test("guests without a name never clash: another name is drawn", async () => {
  const guests = Array.from({ length: 600 }, () => connect(stage, "/ws/"));
  const names = await Promise.all(
    guests.map(async (guest) => String((await guest.untilType("connection_established")).name)),
  );
  expect(new Set(names).size).toBe(600);
  for (const guest of guests) guest.close();
  await Promise.all(guests.map(({ closed }) => closed));
});
