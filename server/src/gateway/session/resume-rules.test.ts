import { describe, expect, test } from "bun:test";
import { toWire, type WireEvent } from "@parley/protocol";
import type { FeedAccess } from "../../store/store.ts";
import { FollowedFeed } from "../feeds/followed-feed.ts";
import { entitledNow, resetWhy } from "./resume-rules.ts";

const id = (seq: number) => `00000000-0000-7000-8000-${String(seq).padStart(12, "0")}`;
const base = { actor: id(1), name: "Ada", at: 1, nonce: id(2) };
const event = (seq: number, change: object = { kind: "room_archived" }): WireEvent =>
  toWire({ ...base, seq, id: id(seq), ...change } as Parameters<typeof toWire>[0]);
const ME = id(900);
const left = { kind: "member_left", user: ME, user_name: "Me" };
const joined = { kind: "member_joined", user: ME, user_name: "Me", role: "member" };

/** A feed that this node published up to `seq` 10, and then these. */
function followed(...since: WireEvent[]): FollowedFeed {
  const feed = new FollowedFeed("lobby");
  feed.start({ seq: 10, id: id(10) });
  feed.take(since);
  return feed;
}

/** The snapshot of the store: as of `head`, with the event at the seq of the cursor. */
const snapshot = (head: number, asked: number, floor = 0): FeedAccess => ({
  feed: "lobby",
  entitled: true,
  head,
  head_id: id(head),
  floor,
  id_at_seq: asked > floor && asked <= head ? id(asked) : null,
  room: null,
});

describe("RS-2 why a cursor cannot be continued from", () => {
  const why = (seq: number, cursorId: string, on = snapshot(10, seq), feed = followed()) =>
    resetWhy({ seq, id: cursorId }, on, feed, true);

  test.each([
    ["in the middle", 7],
    ["at the head", 10],
  ])("RS-2 another id %s is another lineage", (_, seq) => {
    expect(why(seq, id(seq))).toBeNull();
    expect(why(seq, id(777))).toBe("lineage");
    expect(why(seq, "")).toBe("lineage");
  });

  test("RS-2 above the snapshot the id is compared with what this node published since", () => {
    const feed = followed(event(11), event(12));
    for (const seq of [11, 12]) {
      expect(why(seq, id(seq), snapshot(10, seq), feed)).toBeNull();
      expect(why(seq, id(777), snapshot(10, seq), feed)).toBe("lineage");
    }
    expect(why(13, id(13), snapshot(10, 13), feed)).toBe("future");
  });

  test("RS-2 in this order: epoch, floor, future; at the floor there is no event to compare", () => {
    expect(resetWhy({ seq: 99, id: "" }, snapshot(10, 99), followed(), false)).toBe("epoch");
    expect(why(3, id(3), snapshot(10, 3, 4))).toBe("floor");
    expect(why(4, id(4), snapshot(10, 4, 4))).toBeNull();
    expect(why(11, id(11), snapshot(10, 11))).toBe("future");
    expect(why(0, "")).toBeNull();
  });
});

describe("RS-6 whether a user may receive a feed, by the snapshot and what was published since", () => {
  test("a user who was removed since the snapshot may not", () => {
    expect(entitledNow(snapshot(10, 10), followed(), ME)).toBe("yes");
    expect(entitledNow(snapshot(10, 10), followed(event(11), event(12, left)), ME)).toBe("no");
    expect(entitledNow(snapshot(10, 10), followed(event(11, { kind: "room_deleted" })), ME)).toBe("no");
  });

  test("a user who came back since then may, and a leave of another user changes nothing", () => {
    const back = followed(event(11, left), event(12, joined));
    expect(entitledNow(snapshot(10, 10), back, ME)).toBe("yes");
    expect(entitledNow(snapshot(10, 10), followed(event(11, { ...left, user: id(901) })), ME)).toBe("yes");
  });

  test("a snapshot older than the ring decides nothing", () => {
    expect(entitledNow(snapshot(9, 9), followed(event(11)), ME)).toBe("unknown");
    expect(entitledNow({ ...snapshot(9, 9), entitled: false }, followed(), ME)).toBe("no");
  });
});
