import { afterEach, beforeEach, expect, test } from "bun:test";
import { isFault, userFeed } from "@parley/protocol";
import type { Actor, Body } from "../../core/command.ts";
import { SharedStore, type Writer } from "./writers.contract.ts";

let store: SharedStore;
let one: Writer;
let other: Writer;
let ann: Actor;
let bob: Actor;
let room: string;

beforeEach(() => {
  store = new SharedStore();
  [one, other] = [store.writer(), store.writer()];
  [ann, bob] = [one.guest("Ann"), one.guest("Bob")];
  room = one.room(ann, [bob]);
  for (const writer of [one, other, one, other])
    writer.accepted(store.send(ann, room), store.send(bob, room));
});
afterEach(() => store.close());

const version = () => store.file.get("SELECT facts, last FROM feeds WHERE feed = $1", [room]);

test("messages of another writer cost no round trip: two in every case, in one room that both write to", () => {
  const [sent] = one.accepted(store.send(ann, room));
  const message = sent?.placed[0]?.id as string;
  expect(one.trips).toBe(2);
  for (let i = 0; i < 5; i++) {
    for (const writer of [one, other]) {
      writer.accepted(store.send(ann, room), store.send(bob, room));
      expect(writer.trips).toBe(2);
    }
    other.accepted(
      store.command(ann, { kind: "edit_message", room, message, text: `tea ${i}` }),
      store.command(bob, { kind: i % 2 ? "remove_reaction" : "add_reaction", room, message, emoji: "👍" }),
    );
    expect(other.trips).toBe(3);
  }
  expect(version()).toEqual([3, 42]);
});

test("what changes the room or its members is seen by the other writer's next batch", () => {
  const asked: [Actor, Body, Body | null, string][] = [
    [bob, { kind: "leave_room", room }, null, "not_a_member"],
    [ann, { kind: "remove_member", room, user: bob.id }, null, "not_a_member"],
    [ann, { kind: "archive_room", room }, { kind: "unarchive_room", room }, "room_archived"],
    [ann, { kind: "delete_room", room }, null, "no_such_room"],
  ];
  for (const [actor, body, undo, fault] of asked) {
    if (one.verdicts(store.send(bob, room)).some(isFault))
      one.accepted(store.command(bob, { kind: "join_room", room }));
    other.accepted(store.send(bob, room));
    one.accepted(store.command(actor, body));
    expect(other.verdicts(store.send(bob, room))).toMatchObject([{ fault }]);
    expect(other.trips).toBeGreaterThan(2);
    if (undo) {
      one.accepted(store.command(actor, undo));
      other.accepted(store.send(bob, room));
    }
  }
});

test("a read mark does not lock the room, and sees a departure that was committed before it", () => {
  other.steps.length = 0;
  other.accepted(store.command(bob, { kind: "mark_read", room, seq: 5 }));
  const locked = () => other.steps.filter(({ kind }) => kind === "lock").flatMap(({ rows }) => rows.flat());
  expect(locked()).toEqual([userFeed(bob.id)]);
  const at = (kind: string) =>
    other.steps.findIndex(
      (step) => step.kind === kind && step.rows.flat().includes(kind === "find" ? room : userFeed(bob.id)),
    );
  expect(at("find")).toBeGreaterThan(at("lock"));
  // A message of the same batch locks it.
  other.steps.length = 0;
  other.accepted(store.command(bob, { kind: "mark_read", room, seq: 6 }), store.send(bob, room));
  expect(locked()).toEqual([room, userFeed(bob.id)].sort());
  expect(other.trips).toBe(2);
  one.accepted(store.command(bob, { kind: "leave_room", room }));
  expect(other.verdicts(store.command(bob, { kind: "mark_read", room, seq: 9 }))).toMatchObject([
    { fault: "not_a_member" },
  ]);
});
