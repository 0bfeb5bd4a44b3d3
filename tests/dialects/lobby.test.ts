import { afterAll, beforeAll, expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { LegacyClient } from "../support/legacy-client.ts";
import { startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let count = 0;
const fresh = (name: string) => `${name}${++count}`;

/** The frames that a new client of the lobby gets: up to the list with its name. */
async function arrive(name: string, query = ""): Promise<LegacyClient & { id: string }> {
  const client = new LegacyClient(`${server.url.replace("http", "ws")}/ws/${name}${query}`);
  const { user_id } = await client.untilType("connection_established");
  await client.until((frame) => listed(frame, String(user_id)));
  return Object.assign(client, { id: String(user_id) });
}

function listed(frame: Record<string, unknown>, id: string): boolean {
  return (
    frame.type === "user_list_update" && (frame.users as { id: string }[]).some((user) => user.id === id)
  );
}

test("A in this order: established, the last ten messages, the own notice, the list", async () => {
  const writer = await arrive(fresh("Writer"));
  for (let i = 0; i < 12; i++) {
    await writer.send(`line ${i}`);
    await writer.until((frame) => frame.content === `line ${i}`);
  }
  const name = fresh("Ada");
  const ada = new LegacyClient(`ws://127.0.0.1:${server.port}/ws/${name}`);
  const first = await ada.json();
  expect(first).toEqual({ type: "connection_established", user_id: expect.any(String), name });
  for (let i = 2; i < 12; i++) {
    expect(await ada.json()).toEqual({
      type: "chat",
      id: expect.any(String),
      sender: writer.all.find(({ content }) => content === `line ${i}`)?.sender,
      content: `line ${i}`,
      timestamp: expect.stringMatching(ISO),
    });
  }
  expect(await ada.json()).toEqual({
    type: "system",
    content: `'${name}' joined the chat`,
    timestamp: expect.stringMatching(ISO),
  });
  const list = await ada.json();
  expect(list.type).toBe("user_list_update");
  expect(list.users).toContainEqual({ id: first.user_id, name, is_online: true });
});

test("A a message goes to all clients, the sender too; departures get a notice and are not history", async () => {
  const [ada, bim] = [await arrive(fresh("Ada")), await arrive(fresh("Bim"))];
  await ada.send({ content: "as an object" });
  for (const client of [ada, bim]) {
    expect(await client.until(({ type }) => type === "chat")).toMatchObject({ content: "as an object" });
  }
  const name = (ada.all[0] as { name: string }).name;
  ada.close();
  expect(await bim.until(({ content }) => content === `'${name}' left the chat`)).toMatchObject({
    type: "system",
  });
  await bim.until((frame) => frame.type === "user_list_update" && !listed(frame, ada.id));
  const cat = await arrive(fresh("Cat"));
  const before = cat.all.slice(
    1,
    cat.all.findIndex(({ type }) => type === "system"),
  );
  expect(new Set(before.map(({ type }) => type))).toEqual(new Set(["chat"]));
});

test.each([
  ['{"broken":', '{"broken":'],
  ["[1,2]", "[1,2]"],
  ['{"type":"chat","content":"typed"}', '{"type":"chat","content":"typed"}'],
  ["  padded  ", "  padded  "],
  ["naïve 日本語 👩‍👩‍👧", "naïve 日本語 👩‍👩‍👧"],
])("A text that is no known object is chat: %p", async (sent, shown) => {
  const ada = await arrive(fresh("Ada"));
  await ada.send(sent);
  expect((await ada.untilType("chat")).content).toBe(shown);
  ada.close();
});

test("A blank text is ignored, too long and binary frames get an error, and the connection stays open", async () => {
  const ada = await arrive(fresh("Ada"));
  await ada.send("   ");
  await ada.send("x".repeat(8_001));
  expect(await ada.untilType("error")).toMatchObject({ message: expect.stringContaining("8000") });
  await ada.send(new Uint8Array([1, 2, 3]));
  expect(await ada.untilType("error")).toMatchObject({ message: expect.stringContaining("Binary") });
  await ada.send({ type: "ping" });
  expect(await ada.untilType("pong")).toEqual({ type: "pong" });
  await ada.send("still here");
  expect((await ada.untilType("chat")).content).toBe("still here");
  ada.close();
});

test("C a direct message reaches its two clients only, and errors name what is wrong", async () => {
  const [ada, bim, cat] = [
    await arrive(fresh("Ada")),
    await arrive(fresh("Bim")),
    await arrive(fresh("Cat")),
  ];
  await ada.send({ type: "chat_message", receiver_id: bim.id, content: "psst" });
  const shape = {
    type: "chat_message",
    message: {
      id: expect.any(String),
      sender_id: ada.id,
      receiver_id: bim.id,
      content: "psst",
      timestamp: expect.stringMatching(ISO),
    },
  };
  const [own, other] = [await ada.untilType("chat_message"), await bim.untilType("chat_message")];
  expect(own).toEqual(shape);
  expect(other).toEqual(own);
  const native = new WireClient(server);
  const { user } = await native.join(fresh("Native"));
  for (const wrong of [
    { type: "chat_message", receiver_id: "unknown", content: "x" },
    { type: "chat_message", content: "x" },
    { type: "chat_message", receiver_id: bim.id },
    { type: "chat_message", receiver_id: user.id, content: "x" },
  ]) {
    await ada.send(wrong);
    expect((await ada.untilType("error")).message).toEqual(expect.any(String));
  }
  await cat.send("done");
  await cat.until(({ content }) => content === "done");
  expect(cat.all.some(({ type }) => type === "chat_message")).toBe(false);
  native.close();
});

test("D the same lobby in plain text: history, notices and lines", async () => {
  const json = await arrive(fresh("Json"));
  await json.send("from json");
  await json.until(({ content }) => content === "from json");
  const [sender, name] = [(json.all[0] as { name: string }).name, fresh("Dora")];
  const dora = new LegacyClient(`ws://127.0.0.1:${server.port}/ws/${name}?format=text`);
  let last = "";
  for (
    let line = await dora.text();
    line !== `System: ${name} has joined the chat`;
    line = await dora.text()
  ) {
    expect(line).not.toMatch(/^System: /);
    last = line;
  }
  expect(last).toBe(`${sender}: from json`);
  await dora.send('{"content":"as it is"}');
  expect(await dora.text()).toBe(`${name}: {"content":"as it is"}`);
  expect((await json.until(({ sender }) => sender === name)).content).toBe('{"content":"as it is"}');
  json.close();
  expect(await dora.text()).toBe(`System: ${sender} has left the chat`);
});

test("names: refused with 1008 and a reason after the socket is open, percent sequences honoured", async () => {
  const reason = async (path: string) => {
    const client = new LegacyClient(`ws://127.0.0.1:${server.port}${path}`);
    await client.opened;
    return client.closed;
  };
  for (const bad of [`/ws/${"x".repeat(33)}`, "/ws/%20%20", "/ws/a%0Ab", "/ws/%FF"]) {
    const { code, reason: why } = await reason(bad);
    expect(code, bad).toBe(1008);
    expect(why, bad).toStartWith("Username");
  }
  const holder = await arrive(encodeURIComponent("Zoë  Müller 🎈"));
  expect((holder.all[0] as { name: string }).name).toBe("Zoë  Müller 🎈");
  expect(await reason(`/ws/${encodeURIComponent("zoë müller 🎈")}`)).toEqual({
    code: 1008,
    reason: "Username 'zoë müller 🎈' is already taken.",
  });
  const guest = new WireClient(server);
  await guest.join("Gustav");
  expect((await reason("/ws/gustav")).reason).toBe("Username 'gustav' is already taken.");
  guest.close();
});

test("names: of two sockets at the same moment exactly one wins, and a name is free at once when its socket ends", async () => {
  const name = fresh("Twin");
  const twins = Array.from({ length: 6 }, () => new LegacyClient(`ws://127.0.0.1:${server.port}/ws/${name}`));
  const fates = await Promise.all(
    twins.map((twin) =>
      Promise.race([
        twin.untilType("user_list_update").then(() => "in"),
        twin.closed.then(({ code, reason }) => `${code} ${reason}`),
      ]),
    ),
  );
  expect(fates.filter((fate) => fate === "in")).toHaveLength(1);
  expect(new Set(fates.filter((fate) => fate !== "in"))).toEqual(
    new Set([`1008 Username '${name}' is already taken.`]),
  );
  const winner = twins[fates.indexOf("in")];
  winner?.close();
  await winner?.closed;
  const next = await arrive(name);
  next.close();
});

test("no name gets a guest's name; with and without a slash the protocols differ", async () => {
  for (const path of ["/ws/", "/ws/anonymous"]) {
    const client = new LegacyClient(`ws://127.0.0.1:${server.port}${path}`);
    expect((await client.json()).name).toMatch(/^Guest-[0-9a-f]{4}$/);
    client.close();
  }
  const native = new LegacyClient(`ws://127.0.0.1:${server.port}/ws`);
  expect(native.opened).rejects.toThrow();
});

test("a thousand joins and leaves of one name in a row leave nothing behind", async () => {
  const watcher = await arrive(fresh("Watcher"));
  const name = fresh("Flap");
  for (let i = 0; i < 1_000; i++) {
    const client = new LegacyClient(`ws://127.0.0.1:${server.port}/ws/${name}`);
    await client.untilType("connection_established");
    client.close();
    await client.closed;
  }
  await watcher.send("after the storm");
  await watcher.until(({ content }) => content === "after the storm");
  const page = (await (await fetch(`${server.url}/users`)).json()) as { users: { name: string }[] };
  expect(page.users.map(({ name: each }) => each)).not.toContain(name);
  // Far fewer notices than joins and leaves: they are summarized.
  expect(watcher.all.filter(({ type }) => type === "system").length).toBeLessThan(500);
});

test("a message of the native protocol reaches the dialect clients of the lobby, and theirs are ordinary ones", async () => {
  const ada = await arrive(fresh("Ada"));
  const native = new WireClient(server);
  await native.join(fresh("Native"));
  await native.command({ kind: "send_message", room: LOBBY, text: "hello old ones" });
  expect(await ada.until(({ content }) => content === "hello old ones")).toMatchObject({ type: "chat" });
  await ada.send("hello native");
  await native.event(LOBBY, (event) => event.kind === "message_sent" && event.text === "hello native");
  expect(native.events(LOBBY).at(-1)).toMatchObject({ walk_in: true, actor: ada.id });
});
