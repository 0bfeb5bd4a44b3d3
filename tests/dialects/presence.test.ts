import { afterAll, beforeAll, expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { connect, fresh, makeRoom } from "../support/dialect-fixtures.ts";
import type { LegacyClient } from "../support/legacy-client.ts";
import { startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

/** How long a native user stays online after the last socket. Milliseconds. */
const GRACE = 300;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer([], { presenceGrace: GRACE });
});
afterAll(() => server.end());

type Frame = Record<string, unknown>;
const users = ({ users: listed }: Frame) => listed as string[];
const lists = (client: LegacyClient) => client.all.filter(({ type }) => type === "user_list").map(users);

async function eve(room: string, name = fresh("Eve")): Promise<LegacyClient> {
  const client = connect(server, `/ws/chat/${room}?username=${name}`);
  await client.until((frame) => frame.type === "user_list" && users(frame).includes(name));
  return client;
}

async function member(room: string, name: string): Promise<WireClient> {
  const client = new WireClient(server);
  await client.join(name);
  await client.command({ kind: "join_room", room });
  return client;
}

test("E users of the native protocol join, are listed and leave like all others, once and not at each reconnect", async () => {
  const room = await makeRoom(server, fresh("Mixed"));
  const watcher = await eve(room, "Watcher");
  const name = fresh("Nat");
  const native = await member(room, name);
  expect(await watcher.untilType("join")).toMatchObject({ username: name, timestamp: expect.any(String) });
  expect(users(await watcher.untilType("user_list"))).toEqual(["Watcher", name]);
  // Within the grace: no notice.
  native.close();
  await native.closed;
  const again = new WireClient(server, native.token);
  await again.join();
  const second = new WireClient(server, native.token);
  await second.join();
  again.close();
  await again.closed;
  await second.command({ kind: "send_message", room, text: "still one" });
  await watcher.until(({ content }) => content === "still one");
  expect(watcher.all.filter(({ type, username }) => type === "join" && username === name)).toHaveLength(1);
  expect(watcher.all.some(({ type }) => type === "leave")).toBe(false);
  second.close();
  expect(await watcher.untilType("leave")).toMatchObject({ username: name });
  expect(users(await watcher.untilType("user_list"))).toEqual(["Watcher"]);
  watcher.close();
});

test("E a user of the native protocol who leaves the room, and stays online, is no longer in it", async () => {
  const room = await makeRoom(server, fresh("Left"));
  const watcher = await eve(room, "Watcher");
  const name = fresh("Nat");
  const native = await member(room, name);
  await watcher.untilType("join");
  await native.command({ kind: "leave_room", room });
  expect(await watcher.untilType("leave")).toMatchObject({ username: name });
  native.close();
  watcher.close();
});

test("E users who were online before the first client of the dialect are in its first list, without a notice", async () => {
  const room = await makeRoom(server, fresh("Before"));
  const name = fresh("Nat");
  const native = await member(room, name);
  const first = connect(server, `/ws/chat/${room}?username=First`);
  expect(await first.json()).toMatchObject({ type: "join", username: "First" });
  expect(await first.json()).toEqual({ type: "user_list", users: [name, "First"] });
  native.close();
  first.close();
});

test("a quiet room sees exactly one list after each join and departure", async () => {
  const room = await makeRoom(server, fresh("Quiet"));
  const watcher = await eve(room, "Watcher");
  for (const name of ["Ada", "Bim"]) {
    const client = await eve(room, name);
    expect(users(await watcher.untilType("user_list"))).toEqual(["Watcher", name]);
    client.close();
    expect(await watcher.untilType("leave")).toMatchObject({ username: name });
    expect(users(await watcher.untilType("user_list"))).toEqual(["Watcher"]);
  }
  expect(lists(watcher)).toHaveLength(5);
  watcher.close();
});

test("typing goes both ways between E and the native protocol, and ends at a message and at departure", async () => {
  const room = await makeRoom(server, fresh("Typing"));
  const watcher = await eve(room, "Watcher");
  const name = fresh("Nat");
  const native = await member(room, name);
  await watcher.untilType("join");
  await native.send({ type: "watch", rooms: [room] });
  await native.next("presence", ({ whole }) => whole === true);
  await native.send({ type: "typing", room });
  expect(await watcher.untilType("typing")).toEqual({ type: "typing", users: [name] });
  await watcher.send({ type: "typing", is_typing: true });
  expect(users(await watcher.untilType("typing"))).toEqual([name, "Watcher"]);
  const listed = (names: string[]) => (frame: { users: readonly { name: string }[] }) =>
    names.every((one) => frame.users.some((user) => user.name === one)) &&
    frame.users.length === names.length;
  await native.next("typing", listed([name, "Watcher"]));
  await native.command({ kind: "send_message", room, text: "said" });
  expect(users(await watcher.untilType("typing"))).toEqual(["Watcher"]);
  expect(await watcher.json()).toMatchObject({ type: "message", content: "said" });
  await watcher.send({ type: "message", content: "said, too" });
  expect(users(await watcher.untilType("typing"))).toEqual([]);
  await native.next("typing", listed([]));
  const brief = await eve(room, "Brief");
  await brief.send({ type: "typing", is_typing: true });
  await native.next("typing", listed(["Brief"]));
  brief.close();
  // Ended by the departure, not by the timeout.
  await native.next("typing", listed([]));
  expect(users(await watcher.until((frame) => frame.type === "typing" && users(frame).length === 0))).toEqual(
    [],
  );
  native.close();
  watcher.close();
});

test("native clients see a walk-in's message marked as one, and its author is another at each connection", async () => {
  const room = await makeRoom(server, fresh("Marked"));
  const native = await member(room, fresh("Nat"));
  for (let i = 0; i < 2; i++) {
    const client = await eve(room, "Ada");
    await client.send({ type: "message", content: `round ${i}` });
    await native.event(room, (event) => event.kind === "message_sent" && event.text === `round ${i}`);
    client.close();
    await client.closed;
  }
  const messages = native.events(room).filter(({ kind }) => kind === "message_sent");
  expect(messages.map((event) => [event.name, "walk_in" in event && event.walk_in])).toEqual([
    ["Ada", true],
    ["Ada", true],
  ]);
  expect(new Set(messages.map(({ actor }) => actor)).size).toBe(2);
  // Joining and leaving are no events: nothing of them is stored.
  expect(native.events(room).some(({ kind }) => kind === "member_left")).toBe(false);
  expect(native.events(room).filter(({ kind }) => kind === "member_joined").length).toBeLessThanOrEqual(1);
  native.close();
});

test("new clients of the lobby get ten messages also where newer ones were deleted", async () => {
  const native = new WireClient(server);
  await native.join(fresh("Nat"));
  const ids: string[] = [];
  for (let i = 0; i < 25; i++) {
    const ack = await native.command({ kind: "send_message", room: LOBBY, text: `line ${i}` });
    if ("events" in ack) ids.push(ack.events[0]?.id ?? "");
  }
  for (const message of ids.slice(12)) await native.command({ kind: "delete_message", room: LOBBY, message });
  const ada = connect(server, `/ws/${fresh("Ada")}`);
  await ada.untilType("user_list_update");
  const shown = ada.all.filter(({ type }) => type === "chat").map(({ content }) => content);
  expect(shown).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i + 2}`));
  ada.close();
  native.close();
});

test("250 clients join at once: each enters, gets a list with itself, and the frames to each stay few", async () => {
  const early = connect(server, `/ws/${fresh("Early")}`);
  await early.untilType("user_list_update");
  const before = early.frames.length;
  const crowd = await Promise.all(
    Array.from({ length: 250 }, async () => {
      const client = connect(server, `/ws/${fresh("Crowd")}`);
      const { user_id } = await client.untilType("connection_established");
      await client.until(
        ({ type, users: listed }) =>
          type === "user_list_update" && (listed as { id: unknown }[]).some(({ id }) => id === user_id),
      );
      return client;
    }),
  );
  // In single notices or in summaries, all of them are named or counted.
  const toldOf = (text: string) =>
    (text.match(/'Crowd\d+'/g) ?? []).length + Number(/(\d+) others? joined/.exec(text)?.[1] ?? 0);
  const notices: string[] = [];
  while (notices.reduce((sum, text) => sum + toldOf(text), 0) < 250)
    notices.push(String((await early.untilType("system")).content));
  expect(notices.length).toBeLessThan(40);
  const frames = early.all.slice(before);
  expect(frames.filter(({ type }) => type === "user_list_update").length).toBeLessThan(40);
  const { users: online } = (await (await fetch(`${server.url}/users`)).json()) as {
    users: { name: string }[];
  };
  expect(online.filter(({ name }) => name.startsWith("Crowd"))).toHaveLength(250);
  for (const client of crowd) client.close();
  await Promise.all(crowd.map(({ closed }) => closed));
  early.close();
});

test("GET /users lists the online users of every protocol, and no others", async () => {
  const native = new WireClient(server);
  const nat = fresh("Nat");
  const { user } = await native.join(nat);
  const a = connect(server, `/ws/${fresh("Ada")}`);
  const { user_id, name } = await a.untilType("connection_established");
  await a.untilType("user_list_update");
  const room = await makeRoom(server, fresh("Room"));
  const e = await eve(room, fresh("Eve"));
  const ask = async () => ((await (await fetch(`${server.url}/users`)).json()) as { users: Frame[] }).users;
  const listed = await ask();
  expect(listed).toContainEqual({ id: user.id, name: nat, is_online: true });
  expect(listed).toContainEqual({ id: user_id, name, is_online: true });
  expect(listed.some((one) => String(one.name).startsWith("Eve"))).toBe(true);
  expect(listed.every((one) => one.is_online === true)).toBe(true);
  for (const client of [a, e]) {
    client.close();
    await client.closed;
  }
  expect((await ask()).map(({ id }) => id)).not.toContain(user_id);
  native.close();
});
