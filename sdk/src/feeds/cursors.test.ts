import { describe, expect, test } from "bun:test";
import { type FeedEvent, type FeedState, firstSeq, type MembersJoined } from "@parley/protocol";
import { ASK_AGAIN, Cursors, FAR_BEHIND } from "./cursors.ts";

const FEED = "lobby";

function event(seq: number): FeedEvent {
  const id = `20000000-0000-7000-8000-${String(seq).padStart(12, "0")}`;
  const base = { seq, id, actor: "a", name: "Ada", at: seq, nonce: id };
  return { ...base, kind: "message_sent", text: `${seq}`, mentions: [], reply_to: null };
}
const events = (...seqs: number[]) => seqs.map(event);
const standing = (state: FeedState["state"], head: number): FeedState => ({
  feed: FEED,
  state,
  head,
  head_id: head === 0 ? null : event(head).id,
  floor: 0,
  room: null,
});
const listed = (head = 0) => standing("listed", head);

/** Cursors that follow the feed from `seq` on. */
function following(seq: number): Cursors {
  const cursors = new Cursors();
  cursors.enter("epoch");
  cursors.list([listed(seq)]);
  cursors.resume(0);
  cursors.place(standing("live", seq), 0);
  return cursors;
}

function take(cursors: Cursors, seqs: readonly number[], now = 0): { apply: number[]; ask: number | null } {
  const { apply, ask } = cursors.take(FEED, events(...seqs), now);
  return { apply: apply.map(({ seq }) => seq), ask: ask?.seq ?? null };
}

/** A run of joinings from one seq to another. */
const run = (from: number, seq: number): MembersJoined => ({
  seq,
  id: event(seq).id,
  kind: "members_joined",
  from,
  at: seq,
});
/** What is applied of these items, as the first and the last seq of each, and what is asked. */
function takeItems(cursors: Cursors, ...items: (FeedEvent | MembersJoined)[]) {
  const { apply, ask } = cursors.take(FEED, items, 0);
  return { apply: apply.map((item) => [firstSeq(item), item.seq]), ask: ask?.seq ?? null };
}

describe("EV-11 a run of joinings counts as its events", () => {
  test("EV-11 the cursor is its last event, by seq and id", () => {
    const cursors = following(4);
    expect(takeItems(cursors, run(5, 9), event(10), run(11, 20))).toEqual({
      apply: [
        [5, 9],
        [10, 10],
        [11, 20],
      ],
      ask: null,
    });
    cursors.disconnected();
    cursors.list([listed(25)]);
    expect(cursors.resume(0)).toEqual([{ feed: FEED, seq: 20, id: event(20).id }]);
  });

  test("EV-11 of a run that begins at or below the cursor the part above is applied, once", () => {
    const cursors = following(4);
    expect(takeItems(cursors, run(2, 4))).toEqual({ apply: [], ask: null });
    expect(takeItems(cursors, run(3, 7))).toEqual({ apply: [[5, 7]], ask: null });
    expect(takeItems(cursors, run(5, 9), run(5, 9))).toEqual({ apply: [[8, 9]], ask: null });
  });

  test("EV-11 a run above a gap waits, whatever the answer overlaps", () => {
    const cursors = following(4);
    expect(takeItems(cursors, run(8, 12))).toEqual({ apply: [], ask: 4 });
    expect(takeItems(cursors, run(8, 10), run(15, 17))).toEqual({ apply: [], ask: null });
    // The answer reaches into the run that waits.
    expect(takeItems(cursors, event(5), run(6, 9))).toEqual({
      apply: [
        [5, 5],
        [6, 9],
        [10, 12],
      ],
      ask: 12,
    });
    expect(takeItems(cursors, event(13), event(14), event(15), event(16))).toEqual({
      apply: [
        [13, 13],
        [14, 14],
        [15, 17],
      ],
      ask: null,
    });
  });
});

describe("EV-3 the check by event", () => {
  test("EV-3 the next one is applied, what is not above the cursor is dropped", () => {
    const cursors = following(4);
    expect(take(cursors, [5, 6])).toEqual({ apply: [5, 6], ask: null });
    expect(take(cursors, [5, 6])).toEqual({ apply: [], ask: null });
    expect(take(cursors, [3, 4, 5, 6, 7, 8])).toEqual({ apply: [7, 8], ask: null });
  });

  test("EV-3 a gap is asked for once, and what is above it waits for the answer", () => {
    const cursors = following(4);
    expect(take(cursors, [6])).toEqual({ apply: [], ask: 4 });
    expect(take(cursors, [7, 9])).toEqual({ apply: [], ask: null });
    expect(take(cursors, [5, 6])).toEqual({ apply: [5, 6, 7], ask: 7 });
    expect(take(cursors, [8, 9])).toEqual({ apply: [8, 9], ask: null });
    expect(cursors.open).toBe(false);
  });

  test("EV-3 an answer that brings only a part is asked on from there", () => {
    const cursors = following(0);
    expect(take(cursors, [9])).toEqual({ apply: [], ask: 0 });
    expect(take(cursors, [1, 2, 3])).toEqual({ apply: [1, 2, 3], ask: 3 });
  });

  test("EV-3 an empty answer is asked again only after a while", () => {
    const cursors = following(4);
    take(cursors, [6]);
    expect(take(cursors, [], 3)).toEqual({ apply: [], ask: null });
    expect(cursors.asks(2 + ASK_AGAIN)).toEqual([]);
    expect(cursors.asks(3 + ASK_AGAIN)).toEqual([{ feed: FEED, seq: 4 }]);
    expect(take(cursors, [5])).toEqual({ apply: [5, 6], ask: null });
  });

  test("EV-3 a question without an answer is asked again after a while", () => {
    const cursors = following(4);
    expect(cursors.heads({ [FEED]: 6 }, 0)).toEqual([{ feed: FEED, seq: 4 }]);
    expect(cursors.asks(ASK_AGAIN - 1)).toEqual([]);
    expect(cursors.asks(ASK_AGAIN)).toEqual([{ feed: FEED, seq: 4 }]);
  });

  test("events of a feed that is not followed are dropped", () => {
    const cursors = following(4);
    expect(cursors.take("elsewhere", events(1), 0)).toEqual({ apply: [], ask: null });
    expect(cursors.heads({ elsewhere: 5 }, 0)).toEqual([]);
  });
});

describe("RS resume", () => {
  test("RS-2 a cursor above the head is void, also where the feed is live", () => {
    const cursors = following(4);
    take(cursors, [5]);
    cursors.disconnected();
    cursors.list([listed(3)]);
    expect(cursors.resume(0)).toEqual([{ feed: FEED, seq: 5, id: event(5).id }]);
    expect(cursors.place(standing("live", 3), 0)).toBe("void");
    expect(cursors.seq(FEED)).toBe(3);
    expect(take(cursors, [4])).toEqual({ apply: [4], ask: null });
  });

  test("RS-1 names a cursor where there is a copy, and none where there is not", () => {
    const cursors = following(4);
    take(cursors, [5]);
    cursors.disconnected();
    cursors.list([listed(9), { feed: "new", head: 4 }]);
    expect(cursors.resume(10)).toEqual([{ feed: FEED, seq: 5, id: event(5).id }, { feed: "new" }]);
    expect(cursors.resume(11)).toEqual([]);
    expect(cursors.resume(10 + ASK_AGAIN)).toHaveLength(2);
  });

  test("RS-3 a feed without a copy begins at the head it is given", () => {
    const cursors = following(41);
    expect(take(cursors, [41, 42])).toEqual({ apply: [42], ask: null });
  });

  test("P6 RS-1 a copy has a cursor with an id from the first moment, before any event", () => {
    const cursors = following(4);
    cursors.disconnected();
    cursors.list([listed(6)]);
    expect(cursors.resume(10)).toEqual([{ feed: FEED, seq: 4, id: event(4).id }]);
    expect(cursors.place(standing("replay", 6), 10)).toBe("kept");
    cursors.reset(standing("live", 5));
    cursors.disconnected();
    cursors.list([listed(6)]);
    expect(cursors.resume(20)).toEqual([{ feed: FEED, seq: 5, id: event(5).id }]);
  });

  test("P6 a head without an id proves nothing: what follows later is taken for another copy", () => {
    const cursors = new Cursors();
    cursors.list([listed(4)]);
    cursors.place({ ...standing("live", 4), head_id: null }, 0);
    cursors.disconnected();
    cursors.list([listed(6)]);
    expect(cursors.resume(10)).toEqual([{ feed: FEED }]);
    expect(cursors.place(standing("live", 6), 10)).toBe("void");
    expect(cursors.seq(FEED)).toBe(6);
  });

  test("an empty feed is continued from its beginning", () => {
    const cursors = following(0);
    cursors.disconnected();
    cursors.list([listed(2)]);
    expect(cursors.resume(10)).toEqual([{ feed: FEED, seq: 0 }]);
    expect(cursors.place(standing("replay", 2), 10)).toBe("kept");
  });

  test("P6 events above a hole do not outlive their connection", () => {
    const cursors = following(4);
    take(cursors, [6]);
    cursors.disconnected();
    cursors.list([listed(6)]);
    cursors.resume(10);
    cursors.place(standing("replay", 6), 10);
    expect(take(cursors, [5])).toMatchObject({ apply: [5] });
  });

  test("far behind in a feed of which nothing was applied, following begins anew", () => {
    const cursors = following(4);
    cursors.disconnected();
    cursors.list([listed(5 + FAR_BEHIND)]);
    expect(cursors.resume(10)).toEqual([{ feed: FEED }]);
    expect(cursors.place(standing("live", 5 + FAR_BEHIND), 10)).toBe("placed");
    expect(cursors.seq(FEED)).toBe(5 + FAR_BEHIND);
  });

  test("RS-4 a replay is not asked for while it comes", () => {
    const cursors = following(4);
    take(cursors, [5]);
    cursors.disconnected();
    cursors.list([listed(9)]);
    cursors.resume(10);
    expect(cursors.place(standing("replay", 9), 10)).toBe("kept");
    expect(cursors.asks(11)).toEqual([]);
    expect(take(cursors, [6, 7], 12)).toEqual({ apply: [6, 7], ask: null });
    expect(take(cursors, [8, 9, 10], 13)).toEqual({ apply: [8, 9, 10], ask: null });
    expect(take(cursors, [12], 14)).toEqual({ apply: [], ask: 10 });
  });

  test("RS-4 a replay that falls silent is asked on", () => {
    const cursors = following(4);
    take(cursors, [5]);
    cursors.disconnected();
    cursors.list([listed(9)]);
    cursors.resume(10);
    cursors.place(standing("replay", 9), 10);
    expect(cursors.asks(10 + ASK_AGAIN)).toEqual([{ feed: FEED, seq: 5 }]);
  });

  test("RS-5 a reset begins anew at its head", () => {
    const cursors = following(4);
    take(cursors, [6]);
    cursors.reset(standing("live", 3));
    expect(take(cursors, [4])).toEqual({ apply: [4], ask: null });
  });

  test("RS-8 what is gone is forgotten, what is gained begins at its head", () => {
    const cursors = following(4);
    expect(cursors.place(standing("gone", 0), 0)).toBe("dropped");
    expect(cursors.seq(FEED)).toBeNull();
    expect(cursors.place(standing("live", 9), 0)).toBe("placed");
    expect(cursors.seq(FEED)).toBe(9);
  });

  test("a feed that is no longer in the list is forgotten", () => {
    const cursors = following(4);
    cursors.disconnected();
    expect(cursors.list([{ feed: "other", head: 1 }])).toEqual([FEED]);
    expect(cursors.seq(FEED)).toBeNull();
  });

  test("HS-6 nothing is asked before the feed was answered on this connection", () => {
    const cursors = following(4);
    take(cursors, [6]);
    cursors.disconnected();
    expect(cursors.heads({ [FEED]: 9 }, 0)).toEqual([]);
    cursors.list([listed(9)]);
    cursors.resume(0);
    expect(cursors.asks(ASK_AGAIN)).toEqual([]);
  });

  test("another epoch voids every cursor, the same one none", () => {
    const cursors = following(4);
    expect(cursors.enter("epoch")).toBe(false);
    expect(cursors.enter("another")).toBe(true);
    expect(cursors.all().size).toBe(0);
  });
});
