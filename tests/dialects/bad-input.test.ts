import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  connect,
  DIALECT_FIXTURES,
  echo,
  fresh,
  makeRoom,
  receivedText,
  roomFor,
} from "../support/dialect-fixtures.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

/** Names as in the URL, and the name that they become, or null for a refusal. */
const NAMES: readonly (readonly [string, string | null])[] = [
  ["Ada%20Byron", "Ada Byron"],
  ["%20Ada%20", "Ada"],
  ["%F0%9F%8E%88%20Zo%C3%AB", "🎈 Zoë"],
  ["x".repeat(32), "x".repeat(32)],
  ["%F0%9F%8E%88".repeat(32), "🎈".repeat(32)],
  ["50%25", "50%"],
  ["%E6%97%A5%E6%9C%AC", "日本"],
  ["x".repeat(33), null],
  ["%F0%9F%8E%88".repeat(33), null],
  ["%20%20", null],
  ["a%00b", null],
  ["a%0Ab", null],
  ["%FF", null],
  ["100%", null],
];

describe.each(DIALECT_FIXTURES.map((dialect) => [dialect.title, dialect] as const))("%s", (_, dialect) => {
  test.each(NAMES)("a name of %p becomes %p", async (name, shown) => {
    const client = connect(server, dialect.path(name, await roomFor(server, dialect)));
    // After the socket is open, so that a page can read the reason.
    await client.opened;
    if (shown === null) {
      const { code, reason } = await client.closed;
      expect(code).toBe(1008);
      expect(reason).toStartWith("Username");
      return;
    }
    await echo(client, dialect, fresh("here "));
    expect(client.frames.some((frame) => frame.includes(shown))).toBe(true);
    client.close();
    await client.closed;
  });

  test("no name is refused where a name is required, and becomes a guest where it is optional", async () => {
    const room = await roomFor(server, dialect);
    const client = connect(server, dialect.path("", room));
    await client.opened;
    if (dialect.title === "B") {
      expect((await client.closed).code).toBe(1008);
      return;
    }
    await echo(client, dialect, fresh("here "));
    expect(client.frames.some((frame) => /Guest-[0-9a-f]{4}/.test(frame))).toBe(true);
    client.close();
  });

  test("a text of 8,000 characters is sent, one of 8,001 gets an error, and the connection stays open", async () => {
    const client = connect(server, dialect.path(fresh("Ada"), await roomFor(server, dialect)));
    await echo(client, dialect, "🦜".repeat(8_000));
    await client.send(dialect.say("🦜".repeat(8_001)));
    while (!dialect.isError(await client.text()));
    await echo(client, dialect, fresh("still here "));
    client.close();
  });

  test("broken JSON, wrong types and binary frames get an error or are chat, and nothing is lost", async () => {
    const client = connect(server, dialect.path(fresh("Ada"), await roomFor(server, dialect)));
    await echo(client, dialect, fresh("begin "));
    const asChat = [
      '{"content":',
      "[]",
      "null",
      "7",
      '{"content":7}',
      '{"content":null}',
      '{"type":"shout"}',
    ];
    const always = [new Uint8Array([1, 2, 3]), dialect.say("a\u0000b"), dialect.say("\ud800 alone")];
    for (const bad of asChat) {
      await client.send(bad);
      if (dialect.lobby) await receivedText(client, dialect, bad);
      else while (!dialect.isError(await client.text()));
    }
    for (const bad of always) {
      // Plain text cannot contain half a character: the socket replaces it.
      if (dialect.title === "D" && typeof bad === "string" && bad.includes("alone")) continue;
      await client.send(bad);
      while (!dialect.isError(await client.text()));
    }
    await echo(client, dialect, fresh("end "));
    client.close();
  });

  test("the same name at the same moment from two sockets: exactly one wins", async () => {
    const path = dialect.path(fresh("Twin"), await roomFor(server, dialect));
    for (let round = 0; round < 5; round++) {
      const twins = [connect(server, path), connect(server, path)];
      const fates = await Promise.all(
        twins.map((twin) =>
          Promise.race([
            echo(twin, dialect, fresh("round ")).then(() => "in"),
            twin.closed.then(({ code }) => code),
          ]),
        ),
      );
      expect(fates.filter((fate) => fate === "in")).toHaveLength(1);
      expect(fates.filter((fate) => fate === 1008)).toHaveLength(1);
      for (const twin of twins) twin.close();
      await Promise.all(twins.map(({ closed }) => closed));
    }
  });

  test("a frame above the limit of size closes with 1009, and the room goes on", async () => {
    const room = await roomFor(server, dialect);
    const [ada, bim] = [fresh("Ada"), fresh("Bim")].map((name) => connect(server, dialect.path(name, room)));
    if (!ada || !bim) throw new Error("two clients");
    await echo(bim, dialect, fresh("begin "));
    await ada.send("x".repeat(131_073));
    expect([1006, 1009]).toContain((await ada.closed).code);
    await echo(bim, dialect, fresh("end "));
    bim.close();
  });
});

describe.each(["B", "E"])("%s", (title) => {
  const dialect = DIALECT_FIXTURES.find((one) => one.title === title) as (typeof DIALECT_FIXTURES)[number];
  test("a thousand joins and leaves of one name in a row leave nothing behind", async () => {
    const room = await roomFor(server, dialect);
    const watcher = connect(server, dialect.path(fresh("Watcher"), room));
    await echo(watcher, dialect, fresh("begin "));
    const path = dialect.path(fresh("Flap"), room);
    for (let i = 0; i < 1_000; i++) {
      const client = connect(server, path);
      await client.opened;
      client.close();
      // Free at once: never refused.
      expect((await client.closed).code).not.toBe(1008);
    }
    const last = connect(server, path);
    await echo(last, dialect, "after the storm");
    await receivedText(watcher, dialect, "after the storm");
    expect(watcher.frames.length).toBeLessThan(500);
    last.close();
    await last.closed;
    watcher.close();
  });
});

test("E an address without a username gets a guest's name", async () => {
  const room = await makeRoom(server, fresh("Room"));
  const client = connect(server, `/ws/chat/${room}`);
  expect(await client.json()).toMatchObject({
    type: "join",
    username: expect.stringMatching(/^Guest-[0-9a-f]{4}$/),
  });
  client.close();
});

test("B a blank text is an error; a room's name has the same rules as a user's", async () => {
  for (const room of ["r".repeat(65), "%20", "a%0Ab", "%FF"]) {
    const client = connect(server, `/ws/${room}?username=${fresh("Ada")}`);
    const { code, reason } = await client.closed;
    expect([code, reason.startsWith("Room name")], room).toEqual([1008, true]);
  }
  const spaced = connect(server, `/ws/${encodeURIComponent("Tea & Biscuits/2 🫖")}?username=Ada+B`);
  await spaced.send({ content: "hi" });
  expect(await spaced.json()).toMatchObject({ username: "Ada B", content: "hi" });
  const rooms = (await (await fetch(`${server.url}/api/chat/rooms`)).json()) as { name: string }[];
  expect(rooms.map(({ name }) => name)).toContain("Tea & Biscuits/2 🫖");
  await spaced.send({ content: " \n" });
  expect(await spaced.json()).toMatchObject({ type: "error" });
  spaced.close();
});

test("C a direct message has the same rules as one in the room", async () => {
  const arrive = async () => {
    const client = connect(server, `/ws/${fresh("Ada")}`);
    return { client, id: String((await client.untilType("connection_established")).user_id) };
  };
  const [ada, bim] = [await arrive(), await arrive()];
  for (const content of ["x".repeat(8_001), "\ud800", "a\u0000b", " ", 7, null]) {
    await ada.client.send({ type: "chat_message", receiver_id: bim.id, content });
    expect(await ada.client.untilType("error")).toMatchObject({ message: expect.any(String) });
  }
  await ada.client.send({ type: "chat_message", receiver_id: bim.id, content: "fine" });
  expect(await bim.client.untilType("chat_message")).toMatchObject({ message: { content: "fine" } });
  expect(bim.client.all.filter(({ type }) => type === "chat_message")).toHaveLength(1);
  // To oneself: once.
  await ada.client.send({ type: "chat_message", receiver_id: ada.id, content: "note" });
  await ada.client.send({ type: "ping" });
  await ada.client.untilType("pong");
  expect(ada.client.all.filter(({ type }) => type === "chat_message")).toHaveLength(2);
  ada.client.close();
  bim.client.close();
});
