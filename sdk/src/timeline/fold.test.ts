import { expect, test } from "bun:test";
import type { FeedEvent, Message } from "@parley/protocol";
import { OTHER, sentEvent } from "../../testing/client-harness.ts";
import { change, isMessageChange, react, toMessage } from "./fold.ts";

const ANN = { id: "ann", name: "Ann" };

function about(seq: number, change: object): FeedEvent {
  const base = { seq, id: `event ${seq}`, actor: ANN.id, name: ANN.name, at: seq, nonce: `n${seq}` };
  return { ...base, message: { id: "event 1", seq: 1 }, ...change } as FeedEvent;
}
const reaction = (seq: number, emoji: string, added = true, who = ANN) =>
  about(seq, { kind: added ? "reaction_added" : "reaction_removed", emoji, actor: who.id, name: who.name });

function fold(message: Message, ...events: FeedEvent[]): Message {
  return events.reduce((now, event) => (isMessageChange(event) ? change(now, event, "ann") : now), message);
}
const first = () => toMessage(sentEvent(1, "hello") as Extract<FeedEvent, { kind: "message_sent" }>);

test("EV-8 reactions come and go, each event once", () => {
  const bob = { id: "bob", name: "Bob" };
  const events = [reaction(2, "+1"), reaction(3, "heart", true, bob), reaction(4, "+1", true, bob)];
  const now = fold(first(), ...events, ...events);
  expect(now.reactions).toEqual([
    { emoji: "+1", count: 2, mine: true, users: [ANN, bob] },
    { emoji: "heart", count: 1, mine: false, users: [bob] },
  ]);
  expect(now.rev).toBe(4);
  const after = fold(now, reaction(5, "+1", false), reaction(6, "heart", false, bob));
  expect(after.reactions).toEqual([{ emoji: "+1", count: 1, mine: false, users: [bob] }]);
});

test("a reaction names the first eight users, and none after one that is not named", () => {
  const many = Array.from({ length: 10 }, (_, index) => ({ id: `u${index}`, name: `U${index}` }));
  const now = fold(first(), ...many.map((who, index) => reaction(index + 2, "+1", true, who)));
  expect(now.reactions[0]).toMatchObject({ count: 10, users: many.slice(0, 8) });
  const [one] = react(now.reactions, "+1", many[0]!, false, null);
  expect(one).toMatchObject({ count: 9, users: many.slice(1, 8) });
  const [two] = react([one!], "+1", many[0]!, true, null);
  expect(two).toMatchObject({ count: 10, users: many.slice(1, 8) });
});

test("EV-6 a deletion takes text, mentions and reactions; what a replay brings after it stays out", () => {
  const said = { ...first(), mentions: ["ann"], mentions_room: true };
  const gone = fold(said, reaction(2, "+1"), about(3, { kind: "message_deleted" }), reaction(4, "+1"));
  expect(gone).toMatchObject({
    text: "",
    mentions: [],
    mentions_room: false,
    reactions: [],
    deleted: true,
    rev: 4,
  });
  const redacted = about(2, { kind: "message_edited", text: "", mentions: [], redacted: true });
  expect(fold(said, redacted)).toMatchObject({ deleted: true, text: "" });
});

test("an edit replaces whom the message means", () => {
  const edited = about(2, {
    kind: "message_edited",
    text: "b",
    mentions: [OTHER],
    mentions_room: true,
    at: 7,
  });
  expect(fold(first(), edited)).toMatchObject({
    text: "b",
    mentions: [OTHER],
    mentions_room: true,
    edited_at: 7,
  });
});
