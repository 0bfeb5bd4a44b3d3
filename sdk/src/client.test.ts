import { describe, expect, test } from "bun:test";
import { directRoomId, LIMITS, userFeed } from "@parley/protocol";
import type { FakeSocket } from "../testing/client-harness.ts";
import {
  ClientHarness,
  feed,
  ME,
  OTHER,
  page,
  sentEvent,
  settle,
  welcome,
} from "../testing/client-harness.ts";
import { ParleyError } from "./base/errors.ts";

const placed = (seq: number, id = "lobby") => ({ feed: id, seq, id: `event ${seq}` });
const fault = (code: string, final: boolean, more: object) => ({
  type: "fault",
  code,
  text: `${code}.`,
  advice: final ? "never" : "retry",
  final,
  ...more,
});
function ack(socket: FakeSocket, { request, nonce }: { request: number; nonce: string }, seq: number): void {
  socket.say({ type: "ack", acks: [{ request, nonce, events: [placed(seq)], at: seq }] });
}
const shown = (harness: ClientHarness, id = "lobby") =>
  harness.client
    .room(id)
    .timeline.get()
    .items.map(({ seq, text, state }) => `${seq ?? "-"} ${text} ${state}`);

describe("sending", () => {
  test("EV-4 pending, then sent by its ack, then by its event, under one key", async () => {
    const harness = new ClientHarness();
    const lobby = harness.client.room("lobby");
    lobby.open();
    const socket = harness.follow(3);
    harness.requests[0]?.answer(200, page(3, []));
    await settle();
    lobby.send("hello", { replyTo: "event 3", mentions: [OTHER] });
    const [command] = socket.take("command");
    expect(command).toMatchObject({
      kind: "send_message",
      room: "lobby",
      text: "hello",
      reply_to: "event 3",
      mentions: [OTHER],
    });
    const [pending] = lobby.timeline.get().items;
    expect(pending).toMatchObject({
      key: command!.nonce,
      state: "pending",
      own: true,
      author: ME,
      name: "Me",
    });
    ack(socket, command!, 4);
    expect(shown(harness)).toEqual(["4 hello sent"]);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(4, "hello", ME, command!.nonce)] });
    expect(lobby.timeline.get().items.map(({ key, seq, at }) => [key, seq, at])).toEqual([
      [command!.nonce, 4, 4],
    ]);
    expect(harness.storage.keys()).toEqual([]);
  });

  test("what was sent offline survives a reload and goes out with the next page", () => {
    const before = new ClientHarness();
    before.client.room("lobby").send("hello");
    const after = new ClientHarness({}, before.storage);
    expect(shown(after)).toEqual(["- hello pending"]);
    expect(after.follow().take("command")).toMatchObject([{ text: "hello" }]);
  });

  test("LM-2 LM-3 what cannot be sent is failed, with a clear text, and is never sent", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const lobby = harness.client.room("lobby");
    const texts = ["  \n", "x".repeat(LIMITS.text + 1), "half \ud83d", "nul \u0000"];
    for (const text of texts) lobby.send(text);
    lobby.send("too many", { mentions: Array.from({ length: 51 }, () => OTHER) });
    lobby.send("too large", { mentions: Array.from({ length: 50 }, () => "m".repeat(3_000)) });
    lobby.send("🙂".repeat(LIMITS.text));
    const { items } = lobby.timeline.get();
    expect(items.map(({ state }) => state)).toEqual([...Array(6).fill("failed"), "pending"]);
    for (const { error } of items.slice(0, 6)) expect(error).toBeTruthy();
    expect(items[1]?.error).toContain("8001");
    expect(socket.take("command")).toHaveLength(1);
    lobby.retry(items[1]!.nonce);
    expect(socket.take("command")).toEqual([]);
  });

  test("FT-2 a final fault fails it; retry is a new nonce, discard forgets it", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const lobby = harness.client.room("lobby");
    lobby.send("one");
    const [one] = socket.take("command");
    socket.say(fault("not_a_member", true, { request: one!.request, nonce: one!.nonce }));
    expect(lobby.timeline.get().items).toMatchObject([{ state: "failed", error: "not_a_member." }]);
    lobby.retry(one!.nonce);
    const [again] = socket.take("command");
    expect(again).toMatchObject({ text: "one" });
    expect(again!.nonce).not.toBe(one!.nonce);
    // A fault that names only the request is this command's too.
    socket.say(fault("not_a_member", true, { request: again!.request }));
    lobby.discard(again!.nonce);
    expect(shown(harness)).toEqual([]);
    expect(harness.storage.keys()).toEqual([]);
  });

  test("CM-7 a held room goes on in order; what is discarded while it holds is skipped", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const lobby = harness.client.room("lobby");
    lobby.send("one");
    lobby.send("two");
    const [one, two] = socket.take("command");
    socket.say(fault("storage", false, { request: one!.request, nonce: one!.nonce, retry_after: 5_000 }));
    socket.say(fault("held", false, { request: two!.request, nonce: two!.nonce }));
    lobby.discard(one!.nonce);
    expect(socket.take("skip")).toEqual([{ type: "skip", room: "lobby", nonce: one!.nonce }]);
    expect(shown(harness)).toEqual(["- two pending"]);
    harness.clock.advance(6_000);
    expect(socket.take("command")).toMatchObject([{ text: "two", nonce: two!.nonce }]);
  });

  test("CM-7 held by something unknown leads to another line", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    harness.client.room("lobby").send("one");
    const [one] = socket.take("command");
    socket.say(fault("held", false, { request: one!.request, nonce: one!.nonce }));
    expect(socket.closed).toBe(1000);
    harness.clock.advance(10_000);
    expect(harness.live().take("command")).toMatchObject([{ nonce: one!.nonce }]);
  });
});

describe("other commands", () => {
  test("settle with their answer", async () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const room = harness.client.createRoom({ name: "Den", kind: "private", members: [OTHER] });
    const [command] = socket.take("command");
    expect(command).toMatchObject({
      kind: "create_room",
      room_kind: "private",
      name: "Den",
      members: [OTHER],
    });
    ack(socket, command!, 2);
    expect(await room).toBe(command!.room);
    const direct = harness.client.createDirect(OTHER);
    const [second] = socket.take("command");
    ack(socket, second!, 3);
    expect(await direct).toBe(directRoomId(ME, OTHER));
    const lobby = harness.client.room("lobby");
    const all = Promise.allSettled([
      harness.client.join("r"),
      harness.client.leave("r"),
      harness.client.invite("r", OTHER),
      lobby.edit("e", "t"),
      lobby.remove("e"),
    ]);
    for (const sent of socket.take("command"))
      socket.say(fault("no_such_room", true, { request: sent.request, nonce: sent.nonce }));
    for (const outcome of await all) {
      expect(outcome.status).toBe("rejected");
      if (outcome.status === "rejected") {
        expect(outcome.reason).toBeInstanceOf(ParleyError);
        expect(outcome.reason).toMatchObject({ code: "no_such_room", message: "no_such_room.", final: true });
      }
    }
  });

  test("survive a broken line", async () => {
    const harness = new ClientHarness();
    const join = harness.client.createRoom({ name: "x", kind: "public" }).catch((error) => error);
    expect(await join).toMatchObject({ code: "offline", final: true });
    const socket = harness.follow();
    const joined = harness.client.join("club");
    const [first] = socket.take("command");
    socket.close(1006);
    harness.clock.advance(10_000);
    const next = harness.live();
    const [again] = next.take("command");
    expect(again!.nonce).toBe(first!.nonce);
    ack(next, again!, 1);
    await joined;
  });

  test("an end in between leaves the outcome open", async () => {
    const harness = new ClientHarness();
    harness.follow();
    const joined = harness.client.join("club").catch((error) => error);
    harness.client.stop();
    expect(await joined).toMatchObject({ code: "offline", final: false });
    expect(harness.client.inspect().outbox).toBe(1);
  });

  test("what would be refused for sure is refused here", async () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const edit = harness.client
      .room("lobby")
      .edit("e", " ")
      .catch((error) => error);
    expect(await edit).toMatchObject({ code: "invalid", final: true });
    expect(socket.take("command")).toEqual([]);
  });
});

test("reads go to the REST interface, and a fault there is an error", async () => {
  const harness = new ClientHarness();
  const { client } = harness;
  const room = client.room("direct.a.b");
  const gone = [
    client.directory(),
    client.directory({ query: "a b", mine: true, cursor: "c" }),
    client.users({ query: "bo", limit: 5 }),
    client.search({ query: '"a b" c*', room: "r", author: OTHER, after: 1, before: 2 }),
    client.server(),
    room.standing(),
    room.members(),
    room.reads(),
    room.history("e"),
  ];
  expect(harness.requests.map(({ path }) => path.slice("/api/v1/".length))).toEqual([
    "rooms",
    "rooms?query=a+b&mine=true&cursor=c",
    "users?query=bo&limit=5",
    `search?query=%22a+b%22+c*&room=r&author=${OTHER}&after=1&before=2`,
    "server",
    "rooms/direct.a.b",
    "rooms/direct.a.b/members",
    "rooms/direct.a.b/reads",
    "rooms/direct.a.b/messages/e/history",
  ]);
  const answers = [{ members: ["m"] }, { reads: ["r"] }, { versions: ["v"] }];
  for (const [index, { answer }] of harness.requests.entries()) answer(200, answers[index - 6] ?? { index });
  expect(await Promise.all(gone)).toEqual([
    ...Array.from({ length: 6 }, (_, index) => ({ index })),
    ["m"],
    ["r"],
    ["v"],
  ] as never);
  const refused = client.search({ query: "x" }).catch((error) => error);
  harness.requests.at(-1)?.answer(429, { code: "rate_limited", title: "Too fast.", retry_after: 500 });
  expect(await refused).toMatchObject({
    code: "rate_limited",
    advice: "retry",
    final: false,
    retryAfter: 500,
  });
  const tomorrow = room.members().catch((error) => error);
  harness.requests.at(-1)?.answer(403, { code: "a_code_of_tomorrow", title: "No." });
  expect(await tomorrow).toMatchObject({ message: "No." });
});

test("views keep their identity until they change", () => {
  const harness = new ClientHarness();
  const socket = harness.follow();
  const { connection, rooms } = harness.client;
  const before = [connection.get(), rooms.get(), harness.client.room("lobby").timeline.get()];
  socket.say({ type: "pong" });
  harness.wake();
  expect([connection.get(), rooms.get(), harness.client.room("lobby").timeline.get()]).toEqual(before);
  expect(connection.get()).toBe(before[0] as never);
  expect(harness.client.room("lobby")).toBe(harness.client.room("lobby"));
});

test("P6 a reset of the private feed in mid-session brings the list of rooms anew", () => {
  const harness = new ClientHarness();
  const socket = harness.follow();
  socket.say({ type: "reset", feed: userFeed(ME), head: 5, head_id: "event 5", floor: 0, why: "lineage" });
  harness.clock.advance(2_000);
  expect(harness.sockets).toHaveLength(2);
  harness.socket.open();
  harness.socket.say(
    welcome([feed("lobby", "listed", 0), feed("club", "listed", 3), feed(userFeed(ME), "listed", 5)]),
  );
  expect(harness.client.rooms.get().map(({ id }) => id)).toEqual(["lobby", "club"]);
  // As an answer to resume it needs no further connection: the list is from this one.
  harness.socket.say({
    type: "reset",
    feed: userFeed(ME),
    head: 5,
    head_id: "event 5",
    floor: 0,
    why: "lineage",
  });
  harness.clock.advance(1_000);
  expect(harness.sockets).toHaveLength(2);
});

test("an edit that is refused after a reload is kept as failed, to be sent again or discarded", () => {
  const before = new ClientHarness();
  const id = "20000000-0000-7000-8000-000000000001";
  before.client.start();
  before.client
    .room("lobby")
    .edit(id, "written offline")
    .catch(() => {});
  before.client.stop();
  const harness = new ClientHarness({}, before.storage);
  const lobby = harness.client.room("lobby");
  const socket = harness.follow();
  const [edit] = socket.take("command");
  socket.say(fault("message_deleted", true, { request: edit?.request, nonce: edit?.nonce }));
  const { failedEdits, items } = lobby.timeline.get();
  expect(failedEdits).toMatchObject([
    { nonce: edit?.nonce, message: id, text: "written offline", failure: { code: "message_deleted" } },
  ]);
  expect(items).toEqual([]);
  const failedInLobby = () => harness.client.rooms.get().find(({ id }) => id === "lobby")?.failed;
  expect(failedInLobby()).toBe(1);
  lobby.send("x".repeat(100_000));
  expect(failedInLobby()).toBe(2);
  lobby.discard(lobby.timeline.get().items[0]?.nonce ?? "");
  expect(failedInLobby()).toBe(1);
  // It outlives another reload, and is not sent by itself.
  const again = new ClientHarness({}, before.storage);
  again.follow();
  expect(again.socket.take("command")).toEqual([]);
  const [kept] = again.client.room("lobby").timeline.get().failedEdits;
  again.client.room("lobby").retry(kept?.nonce ?? "");
  const [resent] = again.socket.take("command");
  expect(resent).toMatchObject({ kind: "edit_message", text: "written offline" });
  expect(again.client.room("lobby").timeline.get().failedEdits).toEqual([]);
  // Refused again, it is still kept: no caller waits for its answer.
  again.socket.say(fault("message_deleted", true, { request: resent?.request, nonce: resent?.nonce }));
  expect(again.client.room("lobby").timeline.get().failedEdits).toMatchObject([{ nonce: resent?.nonce }]);
});

describe("rooms that are gained while the client signs in", () => {
  test("HS-6 a frame about a gained room does not end the list", () => {
    const harness = new ClientHarness();
    harness.client.start();
    harness.socket.open();
    harness.socket.say(welcome([feed("lobby", "listed", 0)], { more: true }));
    harness.socket.say({ type: "feeds", feeds: [feed("club", "live", 3)] });
    expect(harness.socket.take("resume")).toEqual([]);
    harness.socket.say({ type: "feeds", feeds: [feed(userFeed(ME), "listed", 1)] });
    expect(harness.socket.take("resume").flatMap(({ cursors }) => cursors.map(({ feed }) => feed))).toEqual([
      "lobby",
      "club",
      userFeed(ME),
    ]);
    expect(harness.client.rooms.get().map(({ id }) => id)).toEqual(["lobby", "club"]);
  });

  test("RS-1 a room that is listed after the list is resumed, too", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    socket.take("resume");
    socket.say({ type: "feeds", feeds: [feed("club", "listed", 3)] });
    expect(socket.take("resume")).toMatchObject([{ cursors: [{ feed: "club" }] }]);
  });
});

test.each([
  [{}, ["members_joined"]],
  [{ joinings: "each" }, undefined],
  [{ cursors: "keep" }, undefined],
  [{ cursors: "keep", joinings: "counted" }, ["members_joined"]],
] as const)("HS-12 a client with %j accepts %j", (options, accepts) => {
  const harness = new ClientHarness(options);
  harness.client.start();
  harness.socket.open();
  expect(harness.socket.take("hello")[0]?.accepts).toEqual(accepts && [...accepts]);
});
