import { afterAll, beforeAll, expect, test } from "bun:test";
import { type CommandBody, type RoomId, userFeed } from "@parley/protocol";
import { newNonce, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

let people = 0;
type Person = WireClient & { readonly id: string };

async function person(token?: string): Promise<Person> {
  const client = new WireClient(server, token);
  const { user } = await client.join(token === undefined ? `Roomer ${++people}` : undefined);
  return Object.assign(client, { id: user.id });
}

/** What came of a command, in a word. */
async function does(client: WireClient, body: CommandBody, nonce?: string): Promise<string> {
  const answer = await client.command(body, nonce);
  if ("code" in answer) return answer.code;
  return answer.unchanged ? "unchanged" : "ok";
}

/** A room of which the first is the owner and the others are members; all follow it. */
async function roomOf(owner: Person, ...members: Person[]): Promise<RoomId> {
  const room = newNonce();
  const ids = members.map(({ id }) => id);
  await does(owner, { kind: "create_room", room, room_kind: "private", name: "Tea", members: ids });
  for (const client of [owner, ...members]) {
    await client.next("feeds", ({ feeds }) =>
      feeds.some(({ feed, state }) => feed === room && state === "live"),
    );
  }
  return room;
}

const gone = (client: WireClient, room: RoomId) =>
  client.next("feeds", ({ feeds }) => feeds.some(({ feed, state }) => feed === room && state === "gone"));

test("EV-9 changes of name, topic, archive and roles are sent to every member", async () => {
  const [ann, bob] = [await person(), await person()];
  const room = await roomOf(ann, bob);
  const steps: CommandBody[] = [
    { kind: "rename_room", room, name: "Coffee" },
    { kind: "set_topic", room, topic: "beans" },
    { kind: "change_role", room, user: bob.id, role: "moderator" },
    { kind: "archive_room", room },
    { kind: "unarchive_room", room },
  ];
  for (const step of steps) expect(await does(ann, step)).toBe("ok");
  await bob.event(room, ({ kind }) => kind === "room_unarchived");
  expect(bob.events(room).slice(-5)).toMatchObject([
    { kind: "room_renamed", room_name: "Coffee", actor: ann.id },
    { kind: "topic_changed", topic: "beans" },
    { kind: "role_changed", user: bob.id, role: "moderator" },
    { kind: "room_archived" },
    { kind: "room_unarchived" },
  ]);
});

test("CM-16 an archived room refuses commands over the wire", async () => {
  const [ann, bob] = [await person(), await person()];
  const room = await roomOf(ann, bob);
  await does(ann, { kind: "archive_room", room });
  expect(await does(bob, { kind: "send_message", room, text: "late" })).toBe("room_archived");
  expect(await does(bob, { kind: "unarchive_room", room })).toBe("not_allowed");
});

test("CM-15 a removed member receives the removal and no later event of the room", async () => {
  const [ann, bob, cat] = [await person(), await person(), await person()];
  const room = await roomOf(ann, bob, cat);
  expect(await does(ann, { kind: "remove_member", room, user: bob.id })).toBe("ok");
  await gone(bob, room);
  await does(ann, { kind: "send_message", room, text: "without Bob" });
  await cat.event(room, ({ kind }) => kind === "message_sent");
  await bob.event(userFeed(bob.id), ({ kind }) => kind === "room_removed");
  await bob.settled();
  expect(bob.events(room).at(-1)).toMatchObject({ kind: "member_left", user: bob.id, actor: ann.id });
  expect(await does(ann, { kind: "change_role", room, user: bob.id, role: "owner" })).toBe("no_such_member");
});

test("EV-10 CM-17 every session receives the deletion as the last event of a room, and a resume does not find it", async () => {
  const [ann, bob] = [await person(), await person()];
  const second = await person(bob.token);
  const room = await roomOf(ann, bob);
  const nonce = newNonce();
  expect(await does(bob, { kind: "send_message", room, text: "soon gone" }, nonce)).toBe("ok");
  expect(await does(bob, { kind: "delete_room", room })).toBe("not_allowed");
  expect(await does(ann, { kind: "delete_room", room })).toBe("ok");
  for (const client of [ann, bob, second]) {
    await gone(client, room);
    expect(client.events(room).at(-1)?.kind).toBe("room_deleted");
  }
  expect(await does(ann, { kind: "send_message", room, text: "hello?" })).toBe("no_such_room");
  const back = new WireClient(server, bob.token);
  const welcome = await back.hello();
  expect(welcome.feeds.map(({ feed }) => feed)).not.toContain(room);
  await back.resume(welcome.epoch, [{ feed: room, seq: 1, id: newNonce() }]);
  await gone(back, room);
  // A send whose answer was lost still gets it.
  const again = await back.command({ kind: "send_message", room, text: "soon gone" }, nonce);
  expect(again).toMatchObject({ duplicate: true });
});

test("CM-18 reactions are events, and adding the same one again is unchanged", async () => {
  const [ann, bob] = [await person(), await person()];
  const room = await roomOf(ann, bob);
  const nonce = newNonce();
  await does(ann, { kind: "send_message", room, text: "cake" }, nonce);
  const [sent] = ann.events(room).filter((event) => event.nonce === nonce);
  const message = sent?.id ?? "";
  const react = (emoji: string) => does(bob, { kind: "add_reaction", room, message, emoji });
  expect(await react("👩‍👩‍👧‍👦")).toBe("ok");
  expect(await react("👩‍👩‍👧‍👦")).toBe("unchanged");
  for (const wrong of ["", " ", "ok", "👍👍", "\u0000", "a\u0301\u0301".repeat(20)])
    expect(await react(wrong)).toBe("invalid");
  await ann.event(room, ({ kind }) => kind === "reaction_added");
  expect(ann.events(room).at(-1)).toMatchObject({
    emoji: "👩‍👩‍👧‍👦",
    message: { id: message },
    actor: bob.id,
  });
  for (let i = 0; i < 49; i++) expect(await react(String.fromCodePoint(0x1f600 + i))).toBe("ok");
  expect(await react("🎉")).toBe("too_many_reactions");
});

test("CM-20 the welcome has the counts of unread messages and of mentions", async () => {
  const [ann, bob] = [await person(), await person()];
  const room = await roomOf(ann, bob);
  bob.close();
  await bob.closed;
  await does(ann, { kind: "send_message", room, text: "you", mentions: [bob.id] });
  await does(ann, { kind: "send_message", room, text: "all", mentions_room: true });
  await does(ann, { kind: "send_message", room, text: "none" });
  const back = new WireClient(server, bob.token);
  const { feeds } = await back.hello();
  const entry = feeds.find(({ feed }) => feed === room);
  expect(entry).toMatchObject({ head: 6, read: { seq: 3, unread: 3, mentions: 2 } });
  expect(feeds.find(({ feed }) => feed === userFeed(bob.id))?.read).toBeUndefined();
});
