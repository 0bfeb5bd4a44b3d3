import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { directRoomId, type RoomId, type RoomKind } from "@parley/protocol";
import { outcome, RuleHarness, uuidOf } from "../testing/rule-harness.ts";
import { ACTIONS, type Action, type ActorRole, may } from "./access.ts";
import type { Actor, Body } from "./command.ts";

/** The rows of the table in SPEC.md: kind, action, and what each standing gets. */
const spec = readFileSync(join(import.meta.dirname, "../../../protocol/SPEC.md"), "utf8");
const lines = (spec.split("<!-- access -->")[1]?.split("<!-- /access -->")[0] ?? "").trim().split("\n");
const cells = (line: string) =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
const [, , ...standings] = cells(lines[0] ?? "") as [string, string, ...ActorRole[]];
const rows = lines.slice(2).map((line) => {
  const [kind, action, ...expected] = cells(line) as [RoomKind, Action, ...string[]];
  return { kind, action, expected };
});

const ROOM = uuidOf(500);

/** A room of the kind with two owners and a user of the role; that user and one owner have sent a message each. */
function setUp(kind: RoomKind, who: ActorRole) {
  const harness = new RuleHarness();
  const owner = harness.user(1, "Olga");
  const second = harness.user(2, "Otto");
  const newcomer = harness.user(3, "Nils");
  const plain = harness.user(5, "Paul");
  const actor: Actor =
    who === "walk_in" ? { id: uuidOf(9), name: "Wim", walk_in: true } : harness.user(4, "Ada");
  let room: RoomId = ROOM;
  if (kind === "direct") {
    const partner = who === "member" ? actor : second;
    room = directRoomId(owner.id, partner.id);
    harness.perform(owner, { kind: "create_direct", room, user: partner.id });
  } else {
    const inside = ["member", "moderator", "owner"].includes(who) ? [actor.id] : [];
    harness.perform(owner, {
      kind: "create_room",
      room,
      room_kind: kind,
      name: "Tea",
      members: [second.id, ...inside],
    });
    harness.perform(owner, { kind: "change_role", room, user: second.id, role: "owner" });
    if (who === "moderator" || who === "owner")
      harness.perform(owner, { kind: "change_role", room, user: actor.id, role: who });
    harness.perform(owner, { kind: "invite_member", room, user: plain.id });
  }
  const send = (author: Actor, nonce: string) => {
    harness.perform(author, { kind: "send_message", room, text: "hi" }, nonce);
  };
  send(owner, uuidOf(71));
  send(actor, uuidOf(72));
  const [theirs, own] = (harness.events.get(room) ?? []).filter(({ kind: sent }) => sent === "message_sent");
  // Who could not send cannot have an own message; the answer must not depend on it.
  return {
    harness,
    actor,
    newcomer,
    plain,
    officer: second,
    room,
    theirs: theirs?.id ?? uuidOf(0),
    own: own?.id ?? uuidOf(0),
  };
}

type Harness = ReturnType<typeof setUp>;

const BODIES: { readonly [A in Exclude<Action, "preview">]: (stage: Harness) => Body } = {
  join: ({ room }) => ({ kind: "join_room", room }),
  leave: ({ room }) => ({ kind: "leave_room", room }),
  invite: ({ room, newcomer }) => ({ kind: "invite_member", room, user: newcomer.id }),
  send: ({ room }) => ({ kind: "send_message", room, text: "hello" }),
  edit_own: ({ room, own }) => ({ kind: "edit_message", room, message: own, text: "better" }),
  delete_own: ({ room, own }) => ({ kind: "delete_message", room, message: own }),
  edit_other: ({ room, theirs }) => ({ kind: "edit_message", room, message: theirs, text: "mine now" }),
  delete_other: ({ room, theirs }) => ({ kind: "delete_message", room, message: theirs }),
  react: ({ room, theirs }) => ({ kind: "add_reaction", room, message: theirs, emoji: "👍" }),
  mark_read: ({ room }) => ({ kind: "mark_read", room, seq: 3 }),
  rename: ({ room }) => ({ kind: "rename_room", room, name: "Coffee" }),
  set_topic: ({ room }) => ({ kind: "set_topic", room, topic: "beans" }),
  remove_member: ({ room, plain }) => ({ kind: "remove_member", room, user: plain.id }),
  remove_officer: ({ room, officer }) => ({ kind: "remove_member", room, user: officer.id }),
  change_role: ({ room, plain }) => ({ kind: "change_role", room, user: plain.id, role: "moderator" }),
  archive: ({ room }) => ({ kind: "archive_room", room }),
  delete: ({ room }) => ({ kind: "delete_room", room }),
};

test("the table in SPEC.md has a row for each kind of room and action, and five roles", () => {
  expect(standings).toEqual(["outsider", "member", "moderator", "owner", "walk_in"]);
  const wanted = (["public", "private", "direct"] as const).flatMap((kind) =>
    ACTIONS.map((action) => `${kind} ${action}`),
  );
  expect(rows.map(({ kind, action }) => `${kind} ${action}`)).toEqual(wanted);
});

for (const { kind, action, expected } of rows) {
  for (const [index, who] of standings.entries()) {
    const answer = expected[index];
    if (answer === "-") continue;
    const rule =
      kind === "direct" ? "CM-9" : kind === "private" ? "CM-13" : who === "walk_in" ? "CM-14" : "CM-11";
    test(`${rule} ${kind} room, ${who} asks to ${action}: ${answer}`, () => {
      if (action === "preview") {
        expect(may("preview", kind, who)).toBe(answer === "yes");
        return;
      }
      const on = setUp(kind, who);
      const before = JSON.stringify([...on.harness.events]);
      const result = outcome(on.harness.perform(on.actor, BODIES[action](on)));
      if (answer === "yes") expect(["done", "unchanged"]).toContain(result);
      else expect(result).toBe(answer as string);
      // A refusal must have changed nothing.
      if (result !== "done") expect(JSON.stringify([...on.harness.events])).toBe(before);
    });
  }
}
