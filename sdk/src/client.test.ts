import { describe, expect, test } from "bun:test";
import { directRoomId, LIMITS, userFeed } from "@parley/protocol";
import type { Line } from "../testing/client-harness.ts";
import { feed, ME, OTHER, page, Stage, sentEvent, settle, welcome } from "../testing/client-harness.ts";
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
function ack(line: Line, { request, nonce }: { request: number; nonce: string }, seq: number): void {
  line.say({ type: "ack", acks: [{ request, nonce, events: [placed(seq)], at: seq }] });
}
const shown = (stage: Stage, id = "lobby") =>
  stage.client
    .room(id)
    .timeline.get()
    .items.map(({ seq, text, state }) => `${seq ?? "-"} ${text} ${state}`);

describe("sending", () => {
  test("EV-4 pending, then sent by its ack, then by its event, under one key", async () => {
    const stage = new Stage();
    const lobby = stage.client.room("lobby");
    lobby.open();
    const line = stage.follow(3);
    stage.asked[0]?.answer(200, page(3, []));
    await settle();
    lobby.send("hello", { replyTo: "event 3", mentions: [OTHER] });
    const [command] = line.take("command");
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
    ack(line, command!, 4);
    expect(shown(stage)).toEqual(["4 hello sent"]);
    line.say({ type: "events", feed: "lobby", events: [sentEvent(4, "hello", ME, command!.nonce)] });
    expect(lobby.timeline.get().items.map(({ key, seq, at }) => [key, seq, at])).toEqual([
      [command!.nonce, 4, 4],
    ]);
    expect(stage.storage.keys()).toEqual([]);
  });

  test("what was sent offline survives a reload and goes out with the next page", () => {
    const before = new Stage();
    before.client.room("lobby").send("hello");
    const after = new Stage({}, before.storage);
    expect(shown(after)).toEqual(["- hello pending"]);
    expect(after.follow().take("command")).toMatchObject([{ text: "hello" }]);
  });

  test("LM-2 LM-3 what cannot be sent stands as failed with a clear text and never leaves", () => {
    const stage = new Stage();
    const line = stage.follow();
    const lobby = stage.client.room("lobby");
    const texts = ["  \n", "x".repeat(LIMITS.text + 1), "half \ud83d", "nul \u0000"];
    for (const text of texts) lobby.send(text);
    lobby.send("too many", { mentions: Array.from({ length: 51 }, () => OTHER) });
    lobby.send("too large", { mentions: Array.from({ length: 50 }, () => "m".repeat(3_000)) });
    lobby.send("🙂".repeat(LIMITS.text));
    const { items } = lobby.timeline.get();
    expect(items.map(({ state }) => state)).toEqual([...Array(6).fill("failed"), "pending"]);
    for (const { error } of items.slice(0, 6)) expect(error).toBeTruthy();
    expect(items[1]?.error).toContain("8001");
    expect(line.take("command")).toHaveLength(1);
    lobby.retry(items[1]!.nonce);
    expect(line.take("command")).toEqual([]);
  });

  test("FT-2 a final fault fails it; retry is a new nonce, discard forgets it", () => {
    const stage = new Stage();
    const line = stage.follow();
    const lobby = stage.client.room("lobby");
    lobby.send("one");
    const [one] = line.take("command");
    line.say(fault("not_a_member", true, { request: one!.request, nonce: one!.nonce }));
    expect(lobby.timeline.get().items).toMatchObject([{ state: "failed", error: "not_a_member." }]);
    lobby.retry(one!.nonce);
    const [again] = line.take("command");
    expect(again).toMatchObject({ text: "one" });
    expect(again!.nonce).not.toBe(one!.nonce);
    // A fault that names only the request is this command's too.
    line.say(fault("not_a_member", true, { request: again!.request }));
    lobby.discard(again!.nonce);
    expect(shown(stage)).toEqual([]);
    expect(stage.storage.keys()).toEqual([]);
  });

  test("CM-7 a held room goes on in order; what is discarded while it holds is skipped", () => {
    const stage = new Stage();
    const line = stage.follow();
    const lobby = stage.client.room("lobby");
    lobby.send("one");
    lobby.send("two");
    const [one, two] = line.take("command");
    line.say(fault("storage", false, { request: one!.request, nonce: one!.nonce, retry_after: 5_000 }));
    line.say(fault("held", false, { request: two!.request, nonce: two!.nonce }));
    lobby.discard(one!.nonce);
    expect(line.take("skip")).toEqual([{ type: "skip", room: "lobby", nonce: one!.nonce }]);
    expect(shown(stage)).toEqual(["- two pending"]);
    stage.clock.advance(6_000);
    expect(line.take("command")).toMatchObject([{ text: "two", nonce: two!.nonce }]);
  });

  test("CM-7 held by something unknown leads to another line", () => {
    const stage = new Stage();
    const line = stage.follow();
    stage.client.room("lobby").send("one");
    const [one] = line.take("command");
    line.say(fault("held", false, { request: one!.request, nonce: one!.nonce }));
    expect(line.closed).toBe(1000);
    stage.clock.advance(10_000);
    expect(stage.live().take("command")).toMatchObject([{ nonce: one!.nonce }]);
  });
});

describe("other commands", () => {
  test("settle with their answer", async () => {
    const stage = new Stage();
    const line = stage.follow();
    const room = stage.client.createRoom({ name: "Den", kind: "private", members: [OTHER] });
    const [command] = line.take("command");
    expect(command).toMatchObject({
      kind: "create_room",
      room_kind: "private",
      name: "Den",
      members: [OTHER],
    });
    ack(line, command!, 2);
    expect(await room).toBe(command!.room);
    const direct = stage.client.createDirect(OTHER);
    const [second] = line.take("command");
    ack(line, second!, 3);
    expect(await direct).toBe(directRoomId(ME, OTHER));
    const lobby = stage.client.room("lobby");
    const all = Promise.allSettled([
      stage.client.join("r"),
      stage.client.leave("r"),
      stage.client.invite("r", OTHER),
      lobby.edit("e", "t"),
      lobby.remove("e"),
    ]);
    for (const sent of line.take("command"))
      line.say(fault("no_such_room", true, { request: sent.request, nonce: sent.nonce }));
    for (const outcome of await all) {
      expect(outcome.status).toBe("rejected");
      if (outcome.status === "rejected") {
        expect(outcome.reason).toBeInstanceOf(ParleyError);
        expect(outcome.reason).toMatchObject({ code: "no_such_room", message: "no_such_room.", final: true });
      }
    }
  });

  test("survive a broken line", async () => {
    const stage = new Stage();
    const join = stage.client.createRoom({ name: "x", kind: "public" }).catch((error) => error);
    expect(await join).toMatchObject({ code: "offline", final: true });
    const line = stage.follow();
    const joined = stage.client.join("club");
    const [first] = line.take("command");
    line.close(1006);
    stage.clock.advance(10_000);
    const next = stage.live();
    const [again] = next.take("command");
    expect(again!.nonce).toBe(first!.nonce);
    ack(next, again!, 1);
    await joined;
  });

  test("an end in between leaves the outcome open", async () => {
    const stage = new Stage();
    stage.follow();
    const joined = stage.client.join("club").catch((error) => error);
    stage.client.stop();
    expect(await joined).toMatchObject({ code: "offline", final: false });
    expect(stage.client.inspect().outbox).toBe(1);
  });

  test("what would be refused for sure is refused here", async () => {
    const stage = new Stage();
    const line = stage.follow();
    const edit = stage.client
      .room("lobby")
      .edit("e", " ")
      .catch((error) => error);
    expect(await edit).toMatchObject({ code: "invalid", final: true });
    expect(line.take("command")).toEqual([]);
  });
});

test("reads go to the REST interface, and a fault there is an error", async () => {
  const stage = new Stage();
  const { client } = stage;
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
  expect(stage.asked.map(({ path }) => path.slice("/api/v1/".length))).toEqual([
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
  for (const [index, { answer }] of stage.asked.entries()) answer(200, answers[index - 6] ?? { index });
  expect(await Promise.all(gone)).toEqual([
    ...Array.from({ length: 6 }, (_, index) => ({ index })),
    ["m"],
    ["r"],
    ["v"],
  ] as never);
  const refused = client.search({ query: "x" }).catch((error) => error);
  stage.asked.at(-1)?.answer(429, { code: "rate_limited", title: "Too fast.", retry_after: 500 });
  expect(await refused).toMatchObject({
    code: "rate_limited",
    advice: "retry",
    final: false,
    retryAfter: 500,
  });
  const tomorrow = room.members().catch((error) => error);
  stage.asked.at(-1)?.answer(403, { code: "a_code_of_tomorrow", title: "No." });
  expect(await tomorrow).toMatchObject({ message: "No." });
});

test("views keep their identity until they change", () => {
  const stage = new Stage();
  const line = stage.follow();
  const { connection, rooms } = stage.client;
  const before = [connection.get(), rooms.get(), stage.client.room("lobby").timeline.get()];
  line.say({ type: "pong" });
  stage.wake();
  expect([connection.get(), rooms.get(), stage.client.room("lobby").timeline.get()]).toEqual(before);
  expect(connection.get()).toBe(before[0] as never);
  expect(stage.client.room("lobby")).toBe(stage.client.room("lobby"));
});

test("P6 a reset of the private feed in mid-session brings the list of rooms anew", () => {
  const stage = new Stage();
  const line = stage.follow();
  line.say({ type: "reset", feed: userFeed(ME), head: 5, head_id: "event 5", floor: 0, why: "lineage" });
  stage.clock.advance(2_000);
  expect(stage.lines).toHaveLength(2);
  stage.line.open();
  stage.line.say(
    welcome([feed("lobby", "listed", 0), feed("club", "listed", 3), feed(userFeed(ME), "listed", 5)]),
  );
  expect(stage.client.rooms.get().map(({ id }) => id)).toEqual(["lobby", "club"]);
  // As an answer to resume it needs no further connection: the list is from this one.
  stage.line.say({
    type: "reset",
    feed: userFeed(ME),
    head: 5,
    head_id: "event 5",
    floor: 0,
    why: "lineage",
  });
  stage.clock.advance(1_000);
  expect(stage.lines).toHaveLength(2);
});

test("an edit that is refused after a reload is kept as failed, to be sent again or discarded", () => {
  const before = new Stage();
  const id = "20000000-0000-7000-8000-000000000001";
  before.client.start();
  before.client
    .room("lobby")
    .edit(id, "written offline")
    .catch(() => {});
  before.client.stop();
  const stage = new Stage({}, before.storage);
  const lobby = stage.client.room("lobby");
  const line = stage.follow();
  const [edit] = line.take("command");
  line.say(fault("message_deleted", true, { request: edit?.request, nonce: edit?.nonce }));
  const { failedEdits, items } = lobby.timeline.get();
  expect(failedEdits).toMatchObject([
    { nonce: edit?.nonce, message: id, text: "written offline", failure: { code: "message_deleted" } },
  ]);
  expect(items).toEqual([]);
  // It outlives another reload, and is not sent by itself.
  const again = new Stage({}, before.storage);
  again.follow();
  expect(again.line.take("command")).toEqual([]);
  const [kept] = again.client.room("lobby").timeline.get().failedEdits;
  again.client.room("lobby").retry(kept?.nonce ?? "");
  expect(again.line.take("command")).toMatchObject([{ kind: "edit_message", text: "written offline" }]);
  expect(again.client.room("lobby").timeline.get().failedEdits).toEqual([]);
});
