import { describe, expect, test } from "bun:test";
import type { FeedEvent } from "@parley/protocol";
import { ME, sentEvent } from "../../testing/client-harness.ts";
import { UnreadCount } from "./unread-count.ts";

const said = (seq: number, change: object = {}) => ({ ...sentEvent(seq, "text"), ...change }) as FeedEvent;
const about = (seq: number, kind: string, of: number, change: object = {}) =>
  ({ ...said(seq), kind, message: { id: `event ${of}`, seq: of }, mentions: [], ...change }) as FeedEvent;

/** Read up to 5; 3 are unread as of 10, one of them means the user. */
function counted(): UnreadCount {
  return new UnreadCount({ seq: 5, unread: 3, mentions: 1 }, 10);
}

describe("what comes behind the server's count", () => {
  test("messages of others add to it, what the count knew does not", () => {
    const count = counted();
    count.applied(
      [said(10), said(11), said(12), said(13, { mentions: [ME] }), said(14, { mentions_room: true })],
      ME,
    );
    expect(count.state).toEqual({ seq: 5, unread: 7, mentions: 3 });
    count.applied(
      [about(15, "message_deleted", 13), about(16, "message_edited", 11, { mentions: [ME] })],
      ME,
    );
    expect(count.state).toEqual({ seq: 5, unread: 6, mentions: 3 });
    expect(count.isUnsure).toBe(false);
  });

  test("CM-19 an own message moves the position: nothing below it is unread", () => {
    const count = counted();
    count.applied([said(11), said(12, { actor: ME }), said(13)], ME);
    expect(count.state).toEqual({ seq: 12, unread: 1, mentions: 0 });
    expect(count.isUnsure).toBe(false);
  });

  test("it ends at 100", () => {
    const count = counted();
    count.applied(
      Array.from({ length: 700 }, (_, index) => said(index + 11, { mentions_room: true })),
      ME,
    );
    expect(count.state).toEqual({ seq: 5, unread: 100, mentions: 100 });
    count.moveTo(710);
    expect(count.state).toEqual({ seq: 710, unread: 0, mentions: 0 });
  });

  test("a message inside the server's count that is deleted, or mentions another user now, makes the count unsure", () => {
    for (const event of [
      about(11, "message_deleted", 7),
      about(11, "message_edited", 7, { mentions: [ME] }),
      about(11, "message_edited", 7),
    ]) {
      const count = counted();
      count.applied([event], ME);
      expect([count.isUnsure, count.state.unread]).toEqual([true, 3]);
      count.take({ seq: 5, unread: 2, mentions: 0 }, 11);
      expect([count.isUnsure, count.state]).toEqual([false, { seq: 5, unread: 2, mentions: 0 }]);
    }
    const sure = counted();
    sure.applied([about(11, "message_deleted", 4), about(12, "message_edited", 7, { actor: ME })], ME);
    expect(sure.isUnsure).toBe(false);
  });

  test("an answer from before the doubt leaves the doubt, and keeps what came behind it", () => {
    const count = counted();
    count.applied([said(11), about(12, "message_deleted", 7), said(13)], ME);
    count.take({ seq: 5, unread: 4, mentions: 1 }, 11);
    expect([count.isUnsure, count.state.unread]).toEqual([true, 5]);
    count.take({ seq: 5, unread: 3, mentions: 1 }, 12);
    expect([count.isUnsure, count.state.unread]).toEqual([false, 4]);
    count.take({ seq: 5, unread: 9, mentions: 9 }, 11);
    expect(count.state.unread).toBe(4);
  });
});

describe("the position", () => {
  test("only moves forward, and at the end nothing is left", () => {
    const count = counted();
    count.applied([said(11), said(12)], ME);
    expect(count.moveTo(11)).toBe(true);
    expect(count.state).toEqual({ seq: 11, unread: 1, mentions: 0 });
    expect(count.moveTo(9)).toBe(false);
    count.moveTo(12);
    expect([count.state, count.isUnsure]).toEqual([{ seq: 12, unread: 0, mentions: 0 }, false]);
  });

  test("in the middle of the server's count only the server knows, or the room's own messages", () => {
    const count = counted();
    count.moveTo(8);
    expect([count.isUnsure, count.state]).toEqual([true, { seq: 8, unread: 3, mentions: 1 }]);
    count.settle({ seq: 8, unread: 1, mentions: 0, asOf: 9 });
    expect(count.isUnsure).toBe(true);
    count.settle({ seq: 8, unread: 1, mentions: 0, asOf: 10 });
    expect([count.isUnsure, count.state]).toEqual([false, { seq: 8, unread: 1, mentions: 0 }]);
  });

  test("the server's word from before it knew the position counts too much", () => {
    const count = counted();
    count.moveTo(8);
    count.take({ seq: 5, unread: 3, mentions: 1 }, 10);
    expect([count.isUnsure, count.state.seq]).toEqual([true, 8]);
    count.take({ seq: 8, unread: 2, mentions: 0 }, 10);
    expect([count.isUnsure, count.state]).toEqual([false, { seq: 8, unread: 2, mentions: 0 }]);
    count.moveTo(10);
    count.take({ seq: 8, unread: 2, mentions: 0 }, 10);
    expect([count.isUnsure, count.state]).toEqual([false, { seq: 10, unread: 0, mentions: 0 }]);
  });

  test("what was skipped is in doubt", () => {
    const count = counted();
    count.skipTo(2_000);
    expect(count.isUnsure).toBe(true);
    count.take({ seq: 5, unread: 50, mentions: 0 }, 2_000);
    expect([count.isUnsure, count.state.unread]).toEqual([false, 50]);
  });
});
