import { expect, test } from "bun:test";
import { LIMITS, userFeed } from "@parley/protocol";
import { outcome, RuleHarness, uuidOf } from "../testing/rule-harness.ts";

const ROOM = uuidOf(500);
const MESSAGE = uuidOf(70);

/** Olga's room with Mia in it, and a message of Olga's at seq 4. */
function setUp() {
  const harness = new RuleHarness();
  const [olga, mia] = [harness.user(1, "Olga"), harness.user(2, "Mia")];
  harness.perform(olga, {
    kind: "create_room",
    room: ROOM,
    room_kind: "public",
    name: "Tea",
    members: [mia.id],
  });
  harness.perform(olga, { kind: "send_message", room: ROOM, text: "hi" }, MESSAGE);
  const message = harness.events.get(ROOM)?.at(-1)?.id ?? "";
  const react = (
    who: typeof olga,
    emoji: string,
    kind: "add_reaction" | "remove_reaction" = "add_reaction",
  ) => outcome(harness.perform(who, { kind, room: ROOM, message, emoji }));
  return { harness, olga, mia, message, react };
}

test("CM-18 a user adds a reaction once", () => {
  const { olga, mia, react } = setUp();
  expect(react(olga, "👍")).toBe("done");
  expect(react(olga, "👍")).toBe("unchanged");
  expect(react(mia, "👍")).toBe("done");
  expect(react(olga, "👍", "remove_reaction")).toBe("done");
  expect(react(olga, "👍", "remove_reaction")).toBe("unchanged");
  expect(react(olga, "👍")).toBe("done");
});

test("CM-18 a message has at most 50 kinds, and a kind that is there still accepts more users", () => {
  const { olga, mia, react } = setUp();
  const kinds = Array.from({ length: LIMITS.reactions }, (_, i) => String.fromCodePoint(0x1f600 + i));
  for (const emoji of kinds) expect(react(olga, emoji)).toBe("done");
  expect(react(olga, "🎉")).toBe("too_many_reactions");
  expect(react(mia, kinds[0] ?? "")).toBe("done");
  expect(react(olga, kinds[1] ?? "", "remove_reaction")).toBe("done");
  expect(react(mia, "🎉")).toBe("done");
});

test("CM-18 a reaction to a deleted or unknown message is rejected", () => {
  const { harness, olga, mia, message, react } = setUp();
  harness.perform(olga, { kind: "delete_message", room: ROOM, message });
  expect(react(mia, "👍")).toBe("message_deleted");
  const body = { kind: "add_reaction", room: ROOM, message: uuidOf(1), emoji: "👍" } as const;
  expect(outcome(harness.perform(mia, body))).toBe("no_such_message");
});

test("CM-19 a read position moves forward only, up to the head, and belongs to the reader's private feed", () => {
  const { harness, mia } = setUp();
  const read = (seq: number) => outcome(harness.perform(mia, { kind: "mark_read", room: ROOM, seq }));
  expect(read(2)).toBe("unchanged");
  expect(read(3)).toBe("unchanged");
  expect(read(4)).toBe("done");
  expect(read(4)).toBe("unchanged");
  expect(read(1_000)).toBe("unchanged");
  harness.perform(mia, { kind: "send_message", room: ROOM, text: "one" });
  harness.perform(mia, { kind: "send_message", room: ROOM, text: "two" });
  expect(read(1_000)).toBe("done");
  expect(harness.events.get(userFeed(mia.id))?.at(-1)).toMatchObject({
    kind: "room_read",
    room: ROOM,
    room_seq: 6,
  });
});
