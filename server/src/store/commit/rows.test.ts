import { expect, test } from "bun:test";
import { STATEMENTS } from "./rows.ts";
import { SharedStore } from "./writers.contract.ts";

/** How many of the first parameters name the row that a statement writes. */
const KEYS: readonly (readonly [name: string, values: number])[] = [
  ["AMEND", 2],
  ["REACT", 4],
  ["UNREACT", 4],
  ["REACTION_REV", 2],
  ["READ", 2],
  ["READ_OWN", 2],
  ["ADD_MEMBER", 2],
  ["CHANGE_ROLE", 2],
  ["CHANGE_ROOM", 1],
  ["COUNT_MEMBERS", 1],
  ["MOVE_FEED", 1],
  ["UNINDEX", 2],
  ["INDEX_AGAIN", 2],
];

test("what happens to one thing several times in a batch writes its row once: an engine carries out all rows at once", () => {
  const store = new SharedStore();
  const node = store.writer();
  const [ann, bob, cat] = [node.guest("Ann"), node.guest("Bob"), node.guest("Cat")];
  const room = node.room(ann, [bob]);
  const sent = node.accepted(store.send(ann, room), store.send(ann, room));
  const [message, other] = sent.map(({ placed }) => placed[0]?.id as string) as [string, string];
  node.steps.length = 0;
  const twice = (): Parameters<typeof node.accepted> => [
    store.command(ann, { kind: "edit_message", room, message, text: "one" }),
    store.command(ann, { kind: "edit_message", room, message, text: "two" }),
    store.command(ann, { kind: "edit_message", room, message: other, text: "three" }),
    store.command(bob, { kind: "add_reaction", room, message: other, emoji: "👍" }),
    store.command(bob, { kind: "remove_reaction", room, message: other, emoji: "👍" }),
    store.command(bob, { kind: "add_reaction", room, message: other, emoji: "👍" }),
    store.command(bob, { kind: "mark_read", room, seq: 4 }),
    store.command(bob, { kind: "mark_read", room, seq: 5 }),
    store.command(cat, { kind: "join_room", room }),
    store.command(cat, { kind: "leave_room", room }),
    store.command(cat, { kind: "join_room", room }),
    store.command(ann, { kind: "change_role", room, user: bob.id, role: "moderator" }),
    store.command(ann, { kind: "change_role", room, user: bob.id, role: "member" }),
    store.command(ann, { kind: "set_topic", room, topic: "one" }),
    store.command(ann, { kind: "set_topic", room, topic: "two" }),
    store.send(bob, room),
    store.send(bob, room),
    store.command(ann, { kind: "delete_message", room, message }),
  ];
  node.accepted(...twice());
  for (const [name, values] of KEYS) {
    const rows = node.steps.filter(({ sql }) => sql === STATEMENTS[name]).flatMap((step) => step.rows);
    const keys = rows.map((row) => row.slice(0, values).join(" "));
    expect([name, keys.length]).toEqual([name, new Set(keys).size]);
  }
  const amended = node.steps.filter(({ sql }) => sql === STATEMENTS["AMEND"]).flatMap((step) => step.rows);
  expect(amended.map((row) => [row[1], row[4] !== null, row[5]])).toEqual([
    [4, true, 1],
    [5, true, 0],
  ]);
  store.close();
});
