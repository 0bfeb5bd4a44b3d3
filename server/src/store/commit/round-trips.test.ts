import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Actor } from "../../core/command.ts";
import { SharedStore, type Writer } from "./writers.contract.ts";

let store: SharedStore;
let node: Writer;
let ann: Actor;
let bob: Actor;
let room: string;

beforeEach(() => {
  store = new SharedStore();
  node = store.writer();
  [ann, bob] = [node.guest("Ann"), node.guest("Bob")];
  room = node.room(ann, [bob]);
  node.accepted(store.send(ann, room), store.send(bob, room));
});
afterEach(() => store.close());

/** Of messages that two members send into some rooms, and a batch of it once before. */
function steady(writer: Writer, rooms: readonly string[]): number {
  const batch = () => rooms.flatMap((each) => [store.send(ann, each), store.send(bob, each)]);
  writer.accepted(...batch());
  writer.accepted(...batch());
  return writer.trips;
}

test("the only writer sends a batch of messages in one round trip, one of many in two, a careful one in three", () => {
  const rooms = [room, ...Array.from({ length: 20 }, () => node.room(ann, [bob]))];
  expect(steady(store.writer(true), [room])).toBe(1);
  expect(steady(store.writer(true), rooms)).toBe(1);
  expect(steady(node, [room])).toBe(2);
  expect(steady(node, rooms)).toBe(2);
  node.careful = true;
  expect(steady(node, rooms)).toBe(3);
  node.accepted(...[ann, bob].map((actor) => store.send(actor, room)));
  expect(node.trips).toBe(3);
});

test("a writer that knows nothing yet takes one round trip more, and so do edits and reactions", () => {
  const cold = store.writer();
  cold.accepted(store.send(ann, room), store.send(bob, room));
  expect(cold.trips).toBe(3);
  const [sent] = node.accepted(store.send(ann, room));
  const message = sent?.placed[0]?.id as string;
  node.accepted(
    store.command(ann, { kind: "edit_message", room, message, text: "coffee" }),
    store.command(bob, { kind: "add_reaction", room, message, emoji: "👍" }),
    store.command(bob, { kind: "mark_read", room, seq: 5 }),
    store.command(bob, { kind: "send_message", room, text: "yes", reply_to: message }),
  );
  expect(node.trips).toBe(3);
});

test("a message that its nonce names takes one more, and so do new names and new authors", () => {
  const sent = store.send(ann, room);
  node.accepted(sent);
  const edit = () => store.command(ann, { kind: "edit_message", room, message: sent.nonce, text: "coffee" });
  node.accepted(edit());
  expect(node.trips).toBe(4);
  node.room(ann, [bob]);
  expect(node.trips).toBe(4);
  const cat = node.guest("Cat");
  node.accepted(store.command(cat, { kind: "join_room", room }));
  expect(node.trips).toBe(4);
});

test("no batch takes more than five", () => {
  const sent = store.send(ann, room);
  node.accepted(sent);
  const other = "01900000-0000-7000-8000-00000000ffff";
  const everything = (writer: Writer, actor: Actor, name: string, id: string) =>
    writer.accepted(
      store.command(ann, { kind: "add_reaction", room, message: sent.nonce, emoji: "👍" }),
      store.command(actor, { kind: "create_room", room: id, room_kind: "public", name, members: [bob.id] }),
      store.command(actor, { kind: "rename_room", room: id, name: `${name} again` }),
      store.command(actor, { kind: "send_message", room: id, text: "tea" }),
      store.command(bob, { kind: "mark_read", room, seq: 5 }),
    );
  const cat = node.guest("Cat");
  expect(node.trips).toBe(3);
  const cold = store.writer();
  cold.careful = true;
  everything(cold, cat, "one", other);
  expect(cold.trips).toBe(5);
});
