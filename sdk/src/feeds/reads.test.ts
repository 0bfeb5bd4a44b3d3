import { describe, expect, test } from "bun:test";
import { type FeedState, type ReadState, userFeed } from "@parley/protocol";
import {
  feed,
  type Line,
  ME,
  OTHER,
  page,
  Stage,
  sentEvent,
  settle,
  welcome,
} from "../../testing/client-harness.ts";

const PRIVATE = userFeed(ME);
const state = (seq: number, unread: number, mentions = 0): ReadState => ({ seq, unread, mentions });
const room = (id: string, head: number, read: ReadState): FeedState => ({
  ...feed(id, "listed", head),
  read,
});
const reads = (stage: Stage) =>
  stage.client.rooms.get().map(({ read }) => [read.seq, read.unread, read.mentions]);

/** Signed in, with the lobby read up to 5 and three unread up to 10. */
function begin(stage: Stage, read = state(5, 3, 1), own = 1): Line {
  if (stage.lines.length === 0) stage.client.start();
  const { line } = stage;
  line.open();
  line.say(welcome([room("lobby", 10, read), feed(PRIVATE, "listed", own)]));
  line.say({ type: "feeds", feeds: [feed("lobby", "live", 10), feed(PRIVATE, "live", own)] });
  return line;
}
function own(line: Line, seq: number, change: object): void {
  const base = { seq, id: `own ${seq}`, actor: ME, name: "Me", at: seq, nonce: `own ${seq}` };
  line.say({ type: "events", feed: PRIVATE, events: [{ ...base, ...change } as never] });
}
const standing = (head: number, read: ReadState) => ({ ...room("lobby", head, read).room, head, read });

describe("what is unread", () => {
  test("CM-20 is the server's count and what comes behind it, by room and in all", () => {
    const stage = new Stage();
    const line = begin(stage);
    expect(reads(stage)).toEqual([[5, 3, 1]]);
    const mention = { ...sentEvent(12, "you"), mentions: [ME] };
    line.say({
      type: "events",
      feed: "lobby",
      events: [sentEvent(11, "hi"), mention as never],
    });
    expect(reads(stage)).toEqual([[5, 5, 2]]);
    expect(stage.client.unread.get()).toEqual({ unread: 5, mentions: 2, rooms: 1 });
    stage.client.room("lobby").markRead();
    expect(reads(stage)).toEqual([[12, 0, 0]]);
    expect(stage.client.unread.get()).toEqual({ unread: 0, mentions: 0, rooms: 0 });
  });

  test("CM-19 an own message, of any device, moves the position to it", () => {
    const stage = new Stage();
    const line = begin(stage);
    line.say({ type: "events", feed: "lobby", events: [sentEvent(11, "hi"), sentEvent(12, "own", ME)] });
    expect(reads(stage)).toEqual([[12, 0, 0]]);
    line.say({ type: "events", feed: "lobby", events: [sentEvent(13, "more")] });
    expect(reads(stage)).toEqual([[12, 1, 0]]);
  });

  test("CM-20 who comes into a room has read what was before", () => {
    const stage = new Stage();
    const line = begin(stage);
    line.say({ type: "feeds", feeds: [feed("club", "live", 40)] });
    line.say({ type: "events", feed: "club", events: [sentEvent(41, "hi")] });
    expect(stage.client.rooms.get().find(({ id }) => id === "club")?.read).toEqual(state(40, 1));
  });

  test("a count in doubt is asked for once, after a while", async () => {
    const stage = new Stage();
    const line = begin(stage);
    const deleted = (seq: number, of: number) =>
      ({ ...sentEvent(seq, ""), kind: "message_deleted", message: { id: `event ${of}`, seq: of } }) as never;
    line.say({ type: "events", feed: "lobby", events: [deleted(11, 7)] });
    line.say({ type: "events", feed: "lobby", events: [deleted(12, 8)] });
    expect(stage.asked).toEqual([]);
    stage.clock.advance(300);
    expect(stage.asked.map(({ path }) => path)).toEqual(["/api/v1/rooms/lobby"]);
    stage.asked[0]?.fail();
    await settle();
    stage.clock.advance(10_000);
    stage.asked[1]?.answer(200, standing(12, state(5, 1)));
    await settle();
    expect(reads(stage)).toEqual([[5, 1, 0]]);
    stage.clock.advance(20_000);
    expect(stage.asked).toHaveLength(2);
  });

  test("the room's own messages settle it without a question", async () => {
    const stage = new Stage();
    stage.client.room("lobby").open();
    begin(stage);
    stage.asked[0]?.answer(200, page(10, [4, 6, 8, 9], true));
    await settle();
    stage.client.room("lobby").markRead(8);
    expect(reads(stage)).toEqual([[8, 1, 0]]);
    expect(stage.client.inspect().unconfirmedReads).toBe(1);
    stage.clock.advance(10_000);
    expect(stage.asked).toHaveLength(1);
  });

  test("P6 another epoch: only the server's word counts", () => {
    const stage = new Stage();
    const line = begin(stage);
    stage.client.room("lobby").markRead();
    line.close(1006);
    stage.clock.advance(10_000);
    stage.line.open();
    stage.line.say(
      welcome([room("lobby", 4, state(2, 1)), feed(PRIVATE, "listed", 1)], { epoch: "another" }),
    );
    expect(reads(stage)).toEqual([[2, 1, 0]]);
    expect(stage.line.take("read")).toEqual([]);
  });
});

describe("telling the server", () => {
  test("SG-7 the first at once, then the newest each 2 s, and only forward", () => {
    const stage = new Stage();
    const line = begin(stage);
    const lobby = stage.client.room("lobby");
    lobby.markRead(6);
    lobby.markRead(7);
    lobby.markRead(9);
    lobby.markRead(8);
    expect(line.take("read")).toEqual([{ type: "read", room: "lobby", seq: 6 }]);
    stage.clock.advance(1_999);
    expect(line.take("read")).toEqual([]);
    stage.clock.advance(1);
    expect(line.take("read")).toEqual([{ type: "read", room: "lobby", seq: 9 }]);
    stage.clock.advance(10_000);
    expect(line.take("read")).toEqual([]);
  });

  test("what was never said is not read, and rooms of others are not either", () => {
    const stage = new Stage();
    const line = begin(stage);
    stage.client.room("lobby").markRead(500);
    stage.client.room("elsewhere").markRead(500);
    expect(line.take("read")).toEqual([{ type: "read", room: "lobby", seq: 10 }]);
  });

  test("what the server has not confirmed is said again on the next line", () => {
    const stage = new Stage();
    const line = begin(stage);
    const lobby = stage.client.room("lobby");
    lobby.markRead(7);
    own(line, 2, { kind: "room_read", room: "lobby", room_seq: 7 });
    lobby.markRead(9);
    line.close(1006);
    stage.clock.advance(10_000);
    const next = begin(stage, state(7, 2), 2);
    expect(next.take("read")).toEqual([{ type: "read", room: "lobby", seq: 9 }]);
    expect(reads(stage)[0]?.[0]).toBe(9);
    own(next, 2, { kind: "room_read", room: "lobby", room_seq: 7 });
    next.say({
      type: "fault",
      code: "rate_limited",
      text: "",
      advice: "retry",
      final: false,
      retry_after: 1,
    });
    stage.clock.advance(1);
    expect(next.take("read")).toHaveLength(1);
    own(next, 3, { kind: "room_read", room: "lobby", room_seq: 9 });
    next.close(1006);
    stage.clock.advance(10_000);
    expect(begin(stage, state(9, 1), 3).take("read")).toEqual([]);
    expect(stage.client.inspect().unconfirmedReads).toBe(0);
  });

  test("LM-4 over the rate it waits as long as the server says, and says it again", () => {
    const stage = new Stage();
    const line = begin(stage);
    stage.client.watch(["lobby"]);
    stage.clock.advance(0);
    stage.client.room("lobby").markRead();
    for (const type of ["watch", "read", "resume"] as const) line.take(type);
    const text = "Too fast.";
    line.say({ type: "fault", code: "rate_limited", text, advice: "retry", final: false, retry_after: 700 });
    stage.clock.advance(699);
    expect([line.take("watch"), line.take("read")]).toEqual([[], []]);
    stage.clock.advance(1);
    expect(line.take("watch")).toEqual([{ type: "watch", rooms: ["lobby"] }]);
    expect(line.take("read")).toEqual([{ type: "read", room: "lobby", seq: 10 }]);
  });

  test("SG-7 a refusal is not told: what stays unconfirmed for long is said again", () => {
    const stage = new Stage();
    const line = begin(stage);
    stage.client.room("lobby").markRead(6);
    stage.clock.advance(30_000);
    line.say({ type: "pong" });
    expect(line.take("read").map(({ seq }) => seq)).toEqual([6, 6]);
    own(line, 2, { kind: "room_read", room: "lobby", room_seq: 6 });
    stage.clock.advance(40_000);
    expect(line.take("read")).toEqual([]);
  });

  test("a page that goes away says the last position", () => {
    const stage = new Stage();
    const line = begin(stage);
    stage.client.room("lobby").markRead(6);
    stage.client.room("lobby").markRead(9);
    stage.client.stop();
    expect(line.take("read").map(({ seq }) => seq)).toEqual([6, 9]);
  });
});

test("CM-19 what another device has read moves it here, and never back", () => {
  const stage = new Stage();
  const line = begin(stage, state(5, 0));
  line.say({ type: "events", feed: "lobby", events: [11, 12, 13].map((seq) => sentEvent(seq, "hi", OTHER)) });
  own(line, 2, { kind: "room_read", room: "lobby", room_seq: 12 });
  expect(reads(stage)).toEqual([[12, 1, 0]]);
  own(line, 3, { kind: "room_read", room: "lobby", room_seq: 6 });
  expect(reads(stage)).toEqual([[12, 1, 0]]);
});
