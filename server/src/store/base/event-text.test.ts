import { expect, test } from "bun:test";
import { type FeedEvent, fromWire, toWire } from "@parley/protocol";
import type { DraftEvent } from "../../core/rule.ts";
import { bodyText, textToWire, wireEvent } from "./event-text.ts";

const head = {
  seq: 4711,
  id: "01900000-0000-7000-8000-000000000001",
  actor: "01900000-0000-7000-8000-000000000002",
  name: 'Ada "the line\n" \u2028 ☕ \\',
  at: 1_795_150_898_555,
  nonce: "01900000-0000-7000-8000-000000000003",
};
const drafts = [
  { kind: "message_sent", text: 'a"b\\c\nd\u2028{"id":"x"}', mentions: [], reply_to: null },
  { kind: "member_left", user: head.actor, user_name: "Ada" },
  { kind: "message_deleted", message: { id: head.id, seq: 1 } },
];

test("an event put together from its columns is the event, in one line, and comes back without being read", () => {
  for (const draft of drafts) {
    const event = { ...head, ...draft } as FeedEvent;
    const wire = wireEvent(event, bodyText(draft as DraftEvent));
    expect(fromWire(wire)).toEqual(event);
    expect(wire.text).not.toContain("\n");
    expect(textToWire(head.seq, wire.text)).toEqual(wire);
    expect(wire).toEqual(toWire(fromWire(wire)));
  }
});

test("an event without fields of its own is JSON, too", () => {
  expect(JSON.parse(wireEvent({ ...head, kind: "member_left" }, "{}").text)).toEqual({
    ...head,
    kind: "member_left",
  });
});
