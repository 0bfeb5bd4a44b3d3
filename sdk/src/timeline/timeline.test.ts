import { describe, expect, test } from "bun:test";
import type { FeedEvent, MembersJoined, Message, Page } from "@parley/protocol";
import type { OutboxItem } from "../outbox/outbox.ts";
import type { Me } from "./item.ts";
import { Timeline } from "./timeline.ts";

const ME: Me = { id: "me", name: "Me" };
const idOf = (seq: number) => `event ${seq}`;
const nonceOf = (seq: number, author: string) => `${author} ${seq}`;

function sent(seq: number, author = "other", nonce = nonceOf(seq, author)): FeedEvent {
  const base = { seq, id: idOf(seq), actor: author, name: author, at: seq, nonce };
  return { ...base, kind: "message_sent", text: `text ${seq}`, mentions: [], reply_to: null };
}
function edited(seq: number, of: number, text: string): FeedEvent {
  const base = { seq, id: idOf(seq), actor: "other", name: "other", at: seq, nonce: `n${seq}` };
  return { ...base, kind: "message_edited", message: { id: idOf(of), seq: of }, text, mentions: [] };
}
function deleted(seq: number, of: number): FeedEvent {
  const base = { seq, id: idOf(seq), actor: "other", name: "other", at: seq, nonce: `n${seq}` };
  return { ...base, kind: "message_deleted", message: { id: idOf(of), seq: of } };
}
function message(seq: number, change: Partial<Message> = {}): Message {
  return {
    id: idOf(seq),
    seq,
    author: "other",
    name: "other",
    at: seq,
    text: `text ${seq}`,
    mentions: [],
    mentions_room: false,
    reactions: [],
    reply_to: null,
    edited_at: null,
    deleted: false,
    walk_in: false,
    nonce: nonceOf(seq, "other"),
    rev: seq,
    ...change,
  };
}
function page(as_of: number, messages: Message[], has_before = false): Page {
  return { room: "lobby", epoch: "e", as_of, as_of_id: null, messages, has_before, has_after: false };
}
function item(nonce: string, text = nonce): OutboxItem {
  return {
    nonce,
    body: { kind: "send_message", room: "lobby", text },
    at: 1,
    state: "flying",
    failure: null,
  };
}
const show = (timeline: Timeline, outbox: OutboxItem[] = []) =>
  timeline
    .items(outbox, ME)
    .map(({ seq, state, text, deleted }) => `${seq ?? "-"} ${state} ${deleted ? "deleted" : text}`);
function begun(as_of: number, seqs: number[], hasBefore = false): Timeline {
  const timeline = new Timeline(() => "me");
  timeline.begin(
    page(
      as_of,
      seqs.map((seq) => message(seq)),
      hasBefore,
    ),
    [],
  );
  return timeline;
}

describe("EV-8 a page and what comes live", () => {
  test("EV-8 goes live from the page's as_of", () => {
    const timeline = new Timeline(() => "me");
    timeline.begin(page(5, [message(3), message(5)]), [sent(4), sent(5), sent(6)]);
    timeline.apply([sent(7)]);
    expect(show(timeline)).toEqual(["3 sent text 3", "5 sent text 5", "6 sent text 6", "7 sent text 7"]);
    expect(timeline.asOf).toBe(7);
  });

  test("EV-8 a page that is ahead of the stream is not changed by what it includes", () => {
    const timeline = begun(9, [3, 9]);
    timeline.apply([sent(7), sent(8), sent(9), sent(10)]);
    expect(show(timeline)).toEqual(["3 sent text 3", "9 sent text 9", "10 sent text 10"]);
  });

  test("EV-8 changes a message only by events above its rev", () => {
    const timeline = new Timeline(() => "me");
    timeline.begin(page(6, [message(3, { rev: 6, text: "third" })]), []);
    timeline.apply([edited(5, 3, "second")]);
    expect(show(timeline)).toEqual(["3 sent third"]);
    timeline.apply([edited(7, 3, "fourth")]);
    expect(timeline.items([], ME)).toMatchObject([{ text: "fourth", editedAt: 7 }]);
    timeline.apply([deleted(8, 3)]);
    expect(show(timeline)).toEqual(["3 sent deleted"]);
  });

  test("EV-6 a message that was redacted in the log shows as deleted before its deletion is here", () => {
    const timeline = begun(2, []);
    timeline.apply([{ ...sent(3), text: "", redacted: true } as FeedEvent]);
    expect(show(timeline)).toEqual(["3 sent deleted"]);
  });

  test("P6 behind a hole nothing is taken", () => {
    const timeline = begun(5, [5]);
    timeline.apply([sent(7)]);
    expect(show(timeline)).toEqual(["5 sent text 5"]);
    timeline.begin(page(7, [message(5), message(6), message(7)]), []);
    expect(show(timeline)).toHaveLength(3);
  });

  test("EV-7 unknown kinds move the place and change nothing", () => {
    const timeline = begun(2, [2]);
    timeline.apply([{ ...sent(3), kind: "wave" } as unknown as FeedEvent, sent(4)]);
    expect(show(timeline)).toEqual(["2 sent text 2", "4 sent text 4"]);
  });
});

describe("history", () => {
  test("an older page goes before, each message once", () => {
    const timeline = begun(9, [7, 8], true);
    timeline.prepend(page(9, [message(5), message(6), message(7)], true), timeline.expect());
    expect(show(timeline)).toEqual(["5 sent text 5", "6 sent text 6", "7 sent text 7", "8 sent text 8"]);
    expect([timeline.first, timeline.hasBefore]).toEqual([5, true]);
  });

  test("EV-8 a change that overtakes the older page is not lost", () => {
    const timeline = begun(9, [7], true);
    const late = timeline.expect();
    timeline.apply([edited(10, 5, "new"), deleted(11, 6)]);
    timeline.prepend(page(9, [message(5), message(6)]), late);
    expect(show(timeline)).toEqual(["5 sent new", "6 sent deleted", "7 sent text 7"]);
  });
});

describe("EV-4 own messages", () => {
  const own = (seq: number, nonce: string) => sent(seq, "me", nonce);
  const placed = (seq: number) => ({ feed: "lobby", seq, id: idOf(seq) });

  test("EV-4 the ack first: sent at its seq, then the event takes its place under the same key", () => {
    const timeline = begun(4, [4]);
    const outbox = [item("a"), item("b")];
    expect(show(timeline, outbox)).toEqual(["4 sent text 4", "- pending a", "- pending b"]);
    timeline.acknowledged(outbox[0]!, placed(6), 6);
    const acked = timeline.items([item("b")], ME);
    expect(acked.map(({ key, seq, state }) => [key, seq, state])).toEqual([
      [idOf(4), 4, "sent"],
      ["a", 6, "sent"],
      ["b", null, "pending"],
    ]);
    timeline.apply([sent(5), own(6, "a")]);
    expect(timeline.items([item("b")], ME).map(({ key, seq }) => [key, seq])).toEqual([
      [idOf(4), 4],
      [idOf(5), 5],
      ["a", 6],
      ["b", null],
    ]);
  });

  test("EV-4 the event first: it is shown once, and the ack changes nothing", () => {
    const timeline = begun(4, []);
    timeline.apply([own(5, "a")]);
    expect(show(timeline, [item("a")])).toEqual(["5 sent text 5"]);
    timeline.acknowledged(item("a"), placed(5), 5);
    expect(show(timeline, [])).toEqual(["5 sent text 5"]);
  });

  test("EV-4 the nonce of another user merges nothing", () => {
    const timeline = begun(4, []);
    timeline.apply([sent(5, "other", "a")]);
    const items = timeline.items([item("a")], ME);
    expect(items.map(({ key, state }) => [key, state])).toEqual([
      [idOf(5), "sent"],
      ["a", "pending"],
    ]);
  });

  test("acks out of order are shown in order of seq", () => {
    const timeline = begun(4, []);
    timeline.acknowledged(item("b"), placed(7), 7);
    timeline.acknowledged(item("a"), placed(6), 6);
    expect(timeline.items([item("c")], ME).map(({ key }) => key)).toEqual(["a", "b", "c"]);
  });

  test("RS-5 a reset in the middle drops the copy, and the next page brings what was acknowledged", () => {
    const timeline = begun(4, [4]);
    timeline.acknowledged(item("a"), placed(6), 6);
    timeline.drop();
    expect(show(timeline, [item("b")])).toEqual(["- pending b"]);
    timeline.begin(page(6, [message(4), message(6, { author: "me", nonce: "a", text: "a" })]), []);
    expect(show(timeline, [item("b")])).toEqual(["4 sent text 4", "6 sent a", "- pending b"]);
  });

  test("an ack that comes while the page is loading waits for it", () => {
    const timeline = new Timeline(() => "me");
    timeline.acknowledged(item("a"), placed(6), 6);
    expect(show(timeline)).toEqual(["6 sent a"]);
    timeline.begin(page(5, [message(5)]), []);
    expect(show(timeline)).toEqual(["5 sent text 5", "6 sent a"]);
  });

  test("a failed one carries the words of its fault", () => {
    const failed: OutboxItem = {
      ...item("a"),
      state: "failed",
      failure: { code: "not_a_member", text: "Join first." },
    };
    expect(begun(1, []).items([failed], ME)).toMatchObject([
      { state: "failed", error: "Join first.", own: true, name: "Me" },
    ]);
  });

  test("only messages wait in the timeline, not other commands", () => {
    const join: OutboxItem = { ...item("j"), body: { kind: "join_room", room: "lobby" } };
    expect(begun(1, []).items([join], ME)).toEqual([]);
  });
});

test("items keep their identity until they change", () => {
  const timeline = begun(4, [3, 4]);
  const before = timeline.items([], ME);
  timeline.apply([edited(5, 4, "new"), sent(6)]);
  const after = timeline.items([], ME);
  expect(after[0]).toBe(before[0]!);
  expect(after[1]).not.toBe(before[1]!);
});

describe("EV-11 a run of joinings", () => {
  const run = (from: number, seq: number): MembersJoined => ({
    seq,
    id: idOf(seq),
    kind: "members_joined",
    from,
    at: seq,
  });
  const ahead = (as_of: number, as_of_id: string) => ({ ...page(as_of, []), as_of_id });

  test("EV-11 continues a copy that ends inside it, and nothing behind a hole", () => {
    const timeline = begun(5, [5]);
    timeline.apply([run(3, 8), sent(9)]);
    expect(timeline.asOf).toBe(9);
    timeline.apply([run(12, 14)]);
    expect(timeline.asOf).toBe(9);
    expect(timeline.notices()).toMatchObject([{ kind: "members_joined", from: 6, seq: 8 }]);
  });

  test("P6 its last id is compared with a page that ends there", () => {
    const timeline = begun(5, [5]);
    timeline.arrives(ahead(9, "another"));
    expect(timeline.fits([run(6, 9)])).toBe(false);
    timeline.arrives(ahead(12, idOf(12)));
    expect(timeline.fits([run(10, 12)])).toBe(true);
  });

  test("P6 of a page that ends inside it nothing is proved once the connection is another one", () => {
    const timeline = begun(5, [5]);
    timeline.arrives(ahead(7, idOf(7)));
    expect(timeline.fits([run(6, 9)])).toBe(true);
    timeline.arrives(ahead(11, idOf(11)));
    timeline.reconnected();
    expect(timeline.fits([run(10, 14)])).toBe(false);
    timeline.arrives(ahead(16, idOf(16)));
    timeline.reconnected();
    timeline.arrives(ahead(16, idOf(16)));
    expect(timeline.fits([run(15, 18)])).toBe(true);
  });
});
