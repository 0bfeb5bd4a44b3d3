import { describe, expect, test } from "bun:test";
import type { FeedEvent } from "@parley/protocol";
import {
  feed,
  type Line,
  ME,
  page,
  Stage,
  sentEvent,
  settle,
  welcome,
} from "../../testing/client-harness.ts";

const shown = (stage: Stage) =>
  stage.client
    .room("lobby")
    .timeline.get()
    .items.map(({ seq, text }) => `${seq ?? "-"} ${text}`);
const texts = (...seqs: number[]) => seqs.map((seq) => `${seq} text ${seq}`);
const piece = (as_of: number, seqs: number[], has_before: boolean, has_after: boolean) => ({
  ...page(as_of, seqs, has_before),
  has_after,
});
const edited = (seq: number, of: number, text: string): FeedEvent =>
  ({ ...sentEvent(seq, text), kind: "message_edited", message: { id: `event ${of}`, seq: of } }) as FeedEvent;
const paths = (stage: Stage) =>
  stage.asked.map(({ path }) => path.slice("/api/v1/rooms/lobby/messages?".length));

/** The lobby at 90, of which 80 to 90 are here. */
async function begin(stage = new Stage()): Promise<{ stage: Stage; line: Line }> {
  stage.client.room("lobby").open();
  const line = stage.follow(90);
  stage.asked[0]?.answer(200, page(90, [80, 85, 90], true));
  await settle();
  return { stage, line };
}
/** The same, looking at 20 to 30. */
async function jumped(): Promise<{ stage: Stage; line: Line }> {
  const { stage, line } = await begin();
  const jump = stage.client.room("lobby").jumpTo(25);
  stage.asked[1]?.answer(200, piece(90, [20, 25, 30], true, true));
  await jump;
  return { stage, line };
}

describe("jumping into the history", () => {
  test("shows the window around a seq, and returns to the newest at once", async () => {
    const { stage, line } = await jumped();
    const lobby = stage.client.room("lobby");
    expect(paths(stage)[1]).toBe("around=25&limit=50");
    expect(shown(stage)).toEqual(texts(20, 25, 30));
    expect(lobby.timeline.get()).toMatchObject({ hasBefore: true, hasAfter: true, state: "ready" });
    line.say({ type: "events", feed: "lobby", events: [sentEvent(91, "text 91")] });
    expect(shown(stage)).toEqual(texts(20, 25, 30));
    lobby.returnToLive();
    expect(shown(stage)).toEqual(texts(80, 85, 90, 91));
    expect(lobby.timeline.get().hasAfter).toBe(false);
    expect(stage.asked).toHaveLength(2);
  });

  test("where the copy has it nothing is asked", async () => {
    const { stage } = await jumped();
    const lobby = stage.client.room("lobby");
    await lobby.jumpTo(30);
    expect(lobby.timeline.get().hasAfter).toBe(true);
    await lobby.jumpTo(85);
    expect(lobby.timeline.get().hasAfter).toBe(false);
    expect(stage.asked).toHaveLength(2);
  });

  test("grows at both ends, and joins the newest where it meets them", async () => {
    const { stage, line } = await jumped();
    const lobby = stage.client.room("lobby");
    const after = lobby.loadAfter();
    expect(lobby.timeline.get().loadingAfter).toBe(true);
    line.say({ type: "events", feed: "lobby", events: [edited(91, 40, "new 40")] });
    expect(paths(stage)[2]).toBe("after=30&limit=50");
    stage.asked[2]?.answer(200, piece(90, [40, 50], true, true));
    await after;
    expect(shown(stage)).toEqual([...texts(20, 25, 30), "40 new 40", "50 text 50"]);
    const before = lobby.loadBefore();
    stage.asked[3]?.answer(200, piece(91, [10], false, true));
    await before;
    expect(lobby.timeline.get()).toMatchObject({ hasBefore: false, hasAfter: true });
    const last = lobby.loadAfter();
    stage.asked[4]?.answer(200, piece(91, [60, 80, 85], true, true));
    await last;
    expect(shown(stage)).toEqual([...texts(10, 20, 25, 30), "40 new 40", ...texts(50, 60, 80, 85, 90)]);
    expect(lobby.timeline.get()).toMatchObject({ hasBefore: false, hasAfter: false, loadingAfter: false });
    await lobby.loadAfter();
    expect(stage.asked).toHaveLength(5);
  });

  test("the last jump wins, and a message that is sent shows the newest", async () => {
    const { stage } = await begin();
    const lobby = stage.client.room("lobby");
    const first = lobby.jumpTo(10);
    const second = lobby.jumpTo(50);
    stage.asked[2]?.answer(200, piece(90, [50], true, true));
    stage.asked[1]?.answer(200, piece(90, [10], true, true));
    await Promise.all([first, second]);
    expect(shown(stage)).toEqual(texts(50));
    lobby.send("hello");
    expect(shown(stage)).toEqual([...texts(80, 85, 90), "- hello"]);
  });

  test("a page that was asked for elsewhere is not put to what is looked at now", async () => {
    const { stage } = await jumped();
    const lobby = stage.client.room("lobby");
    const before = lobby.loadBefore();
    lobby.returnToLive();
    stage.asked[2]?.answer(200, piece(90, [15], true, true));
    await before;
    expect(shown(stage)).toEqual(texts(80, 85, 90));
  });

  test("EV-8 what was missed is asked for again: the copy, and the window behind it", async () => {
    const { stage, line } = await jumped();
    line.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    line.say({ type: "feeds", feeds: [feed("lobby", "live", 200)] });
    stage.asked[2]?.answer(200, page(200, [199, 200], true));
    await settle();
    expect(paths(stage)[3]).toBe("around=25&limit=50");
    stage.asked[3]?.answer(200, piece(200, [24, 25], true, true));
    await settle();
    expect(shown(stage)).toEqual(texts(24, 25));
  });

  test("EV-8 a page that was on its way when events were missed is asked for again", async () => {
    const { stage, line } = await begin();
    const jump = stage.client.room("lobby").jumpTo(25);
    line.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    line.say({ type: "feeds", feeds: [feed("lobby", "live", 200)] });
    stage.asked[1]?.answer(200, piece(200, [24, 25], true, true));
    await settle();
    stage.asked[3]?.answer(200, piece(200, [25, 26], true, true));
    await jump;
    expect(shown(stage)).toEqual(texts(25, 26));
  });

  test("a jump that fails leaves what is shown", async () => {
    const { stage } = await begin();
    const jump = stage.client.room("lobby").jumpTo(25);
    stage.asked[1]?.fail();
    expect(await jump.catch((error) => error)).toMatchObject({ code: "offline" });
    expect(shown(stage)).toEqual(texts(80, 85, 90));
  });
});

describe("a message that another one answers", () => {
  test("is found in the copy, or loaded alone, and stays current", async () => {
    const { stage, line } = await begin();
    const lobby = stage.client.room("lobby");
    expect(lobby.find("event 85")?.text).toBe("text 85");
    expect(lobby.find("event 7")).toBeNull();
    const quote = lobby.loadQuote({ id: "event 7", seq: 7 });
    line.say({ type: "events", feed: "lobby", events: [edited(91, 7, "seven")] });
    expect(paths(stage)[1]).toBe("around=7&limit=1");
    stage.asked[1]?.answer(200, piece(90, [7], true, true));
    expect(await quote).toMatchObject({ id: "event 7", text: "seven" });
    line.say({ type: "events", feed: "lobby", events: [edited(92, 7, "sieben")] });
    expect(lobby.find("event 7")?.text).toBe("sieben");
    expect(shown(stage)).toEqual(texts(80, 85, 90));
  });

  test("is null where it is not there", async () => {
    const { stage } = await begin();
    const quote = stage.client.room("lobby").loadQuote({ id: "event 7", seq: 7 });
    stage.asked[1]?.answer(200, piece(90, [8], true, true));
    expect(await quote).toBeNull();
  });
});

describe("why a room went", () => {
  const gone = (stage: Stage) => stage.client.room("lobby").timeline.get().gone;
  const event = (seq: number, change: object): FeedEvent =>
    ({ ...sentEvent(seq, ""), actor: "ann", name: "Ann", user: ME, user_name: "Me", ...change }) as never;

  test("CM-15 somebody else's member_left is a removal, one's own a leaving", async () => {
    for (const [actor, why] of [
      ["ann", "removed"],
      [ME, "left"],
    ] as const) {
      const { stage, line } = await begin();
      line.say({ type: "events", feed: "lobby", events: [event(91, { kind: "member_left", actor })] });
      line.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
      expect(gone(stage)).toMatchObject({ why, by: { id: actor, name: "Ann" } });
      expect(shown(stage)).toEqual(texts(80, 85, 90));
      expect(stage.client.rooms.get()).toEqual([]);
      line.say({ type: "feeds", feeds: [feed("lobby", "live", 95)] });
      expect(gone(stage)).toBeNull();
    }
  });

  test("CM-17 of a deleted room nothing stays, and nothing is asked", async () => {
    const { stage, line } = await begin();
    line.say({ type: "events", feed: "lobby", events: [event(91, { kind: "room_deleted" })] });
    expect(stage.client.rooms.get()).toEqual([]);
    expect([gone(stage), shown(stage)]).toEqual([{ why: "deleted", by: { id: "ann", name: "Ann" } }, []]);
    line.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    line.close(1006);
    stage.clock.advance(10_000);
    stage.line.open();
    stage.line.say(welcome([feed(`user.${ME}`, "listed", 1)]));
    stage.line.say({ type: "feeds", feeds: [feed(`user.${ME}`, "live", 1)] });
    expect([stage.client.connection.get().state, gone(stage)?.why]).toEqual(["live", "deleted"]);
    expect(stage.asked).toHaveLength(1);
  });

  test("CM-12 while away the private feed says it, before or after the list does", async () => {
    const { stage, line } = await begin();
    const removed = event(2, { kind: "room_removed", room: "lobby", room_seq: 91 });
    line.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    expect(gone(stage)).toEqual({ why: "lost", by: null });
    line.say({ type: "events", feed: `user.${ME}`, events: [removed] });
    expect(gone(stage)).toEqual({ why: "removed", by: { id: "ann", name: "Ann" } });
    const other = await begin();
    other.line.say({ type: "events", feed: `user.${ME}`, events: [removed] });
    expect(gone(other.stage)).toBeNull();
    other.line.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    expect(gone(other.stage)?.why).toBe("removed");
    // An old reason explains no new loss.
    other.line.say({ type: "feeds", feeds: [feed("lobby", "live", 95)] });
    const added = event(3, { kind: "room_added", room: "lobby", room_seq: 95 });
    other.line.say({ type: "events", feed: `user.${ME}`, events: [added] });
    other.line.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    expect(gone(other.stage)?.why).toBe("lost");
  });
});

test("what happens to the room stands in its list and as notices, in order of seq", async () => {
  const { stage, line } = await begin();
  const base = { actor: "ann", name: "Ann", user: ME, user_name: "Me" };
  const changes = [
    { kind: "room_renamed", room_name: "Plaza" },
    { kind: "topic_changed", topic: "Sun" },
    { kind: "room_archived" },
    { kind: "role_changed", role: "owner" },
    { kind: "a_kind_of_tomorrow" },
    { kind: "member_joined", user: "bob", user_name: "Bob", role: "member" },
  ];
  const events = changes.map((change, index) => ({ ...sentEvent(91 + index, ""), ...base, ...change }));
  line.say({ type: "events", feed: "lobby", events: events as never });
  expect(stage.client.rooms.get()).toMatchObject([
    { name: "Plaza", title: "Plaza", topic: "Sun", archived: true, role: "owner", members: 2, head: 96 },
  ]);
  const { notices } = stage.client.room("lobby").timeline.get();
  expect(notices.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual([
    "91 room_renamed",
    "92 topic_changed",
    "93 room_archived",
    "94 role_changed",
    "96 member_joined",
  ]);
  line.say({
    type: "events",
    feed: "lobby",
    events: [{ ...events[2], seq: 97, kind: "room_unarchived" } as never],
  });
  expect(stage.client.rooms.get()[0]?.archived).toBe(false);
});
