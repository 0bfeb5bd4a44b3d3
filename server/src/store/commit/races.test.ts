import { afterEach, beforeEach, expect, test } from "bun:test";
import { isFault, nameKey, userFeed } from "@parley/protocol";
import type { Actor } from "../../core/command.ts";
import { idToBytes } from "../base/compact-id.ts";
import { type Value, write } from "../base/steps.ts";
import { freshId } from "../contract/world.contract.ts";
import { guestNamed, type Meanwhile, SharedStore, type Writer } from "./writers.contract.ts";

let store: SharedStore;
let node: Writer;
let ann: Actor;

beforeEach(() => {
  store = new SharedStore();
  node = store.writer();
  ann = node.guest("Ann");
});
afterEach(() => store.close());

/** Another writer's row, once the batch has locked and looked up: between its second and its third round trip. */
function before(trip: number, sql: string, row: readonly (string | Uint8Array)[]): Meanwhile {
  return function* (_, at) {
    if (at === trip) yield write(sql, [row]);
  };
}

const NEW_FEED = "INSERT INTO feeds (feed, last, floor, last_at, stamped) VALUES ($1, 0, 0, 0, 0)";
const NEW_USER =
  "INSERT INTO users (id, name, name_key, token_hash, created_at, rev) VALUES ($1, $2, $3, $4, 1, 0)";

test("a feed, a name or an author that another writer made meanwhile: the batch is attempted again, and nothing stays", () => {
  const room = freshId();
  const create = store.command(ann, { kind: "create_room", room, room_kind: "public", name: "tea" });
  for (const meanwhile of [
    before(3, NEW_FEED, [room]),
    before(3, "INSERT INTO claims (space, key, feed) VALUES ('room_name', $1, 'x')", ["tea"]),
    before(3, "INSERT INTO authors (author) VALUES ($1)", [idToBytes(ann.id)]),
  ]) {
    expect(node.attempt([create], meanwhile)).toBeNull();
    expect(store.file.get("SELECT 1 FROM feeds WHERE feed = $1", [room])).toBeUndefined();
  }
  expect(node.accepted(create)[0]?.placed.length).toBe(3);
});

test("a guest that another writer made meanwhile: the sign-in is attempted again, and nothing stays", () => {
  const bob = guestNamed("Bob");
  const row = (name: string, token: string) => [freshId(), name, nameKey(name), token];
  for (const meanwhile of [
    before(2, NEW_USER, row("Bob", "another token")),
    before(2, NEW_USER, row("Robert", bob.token_hash)),
    before(2, NEW_FEED, [userFeed(bob.id)]),
  ]) {
    expect(node.signIn([bob, guestNamed("Cat")], meanwhile)).toBeNull();
    expect(store.file.get("SELECT COUNT(*) FROM users WHERE name IN ('Bob', 'Cat', 'Robert')", [])).toEqual([
      0,
    ]);
  }
  // The other writer was faster in the end: the name is taken, and the token is the same guest.
  const other = store.writer();
  other.guest("Bob");
  expect(node.signIn([guestNamed("Bob", "another token"), guestNamed("Bob")])).toMatchObject([
    { fault: "name_taken" },
    { name: "Bob" },
  ]);
});

test("a batch that is rolled back leaves nothing in the facts of the next", () => {
  const room = node.room(ann);
  const bob = node.guest("Bob");
  const sole = store.writer(true);
  sole.accepted(store.send(ann, room));
  const join = store.command(bob, { kind: "join_room", room });
  expect(() => sole.attempt([join], before(3, "INSERT INTO nowhere VALUES ($1)", ["x"]))).toThrow("nowhere");
  const [leave, message] = sole.verdicts(
    store.command(bob, { kind: "leave_room", room }),
    store.send(bob, room),
  );
  expect(leave).toMatchObject({ placed: [] });
  expect(isFault(message as object)).toBe(true);
});

test("batches lock and write in one order, so that no two wait for each other", () => {
  const members = Array.from({ length: 5 }, (_, i) => node.guest(`guest ${i}`));
  const rooms = Array.from({ length: 4 }, () => freshId());
  const create = (room: string, name: string, actor: Actor) =>
    store.command(actor, {
      kind: "create_room",
      room,
      room_kind: "public",
      name,
      members: members.map(({ id }) => id),
    });
  const cold = store.writer();
  const [one, two, three, four] = rooms as [string, string, string, string];
  cold.accepted(
    create(three, "zebra", members[3] as Actor),
    create(one, "yak", members[1] as Actor),
    create(four, "ant", members[4] as Actor),
    create(two, "bee", members[0] as Actor),
    ...members.map((actor) => store.send(actor, two)).reverse(),
  );
  cold.accepted(
    store.command(members[3] as Actor, { kind: "rename_room", room: three, name: "aardvark" }),
    store.command(members[1] as Actor, { kind: "rename_room", room: one, name: "cow" }),
  );
  const ordered = [
    "FROM feeds WHERE",
    "INTO feeds",
    "INTO claims",
    "FROM claims WHERE space = $1 AND key = $2 AND",
    "INTO authors",
    "INTO nonces",
  ];
  const seen = cold.steps.filter(({ rows }) => rows.length > 1);
  for (const part of ordered) {
    const steps = seen.filter(({ sql }) => sql.includes(part));
    expect([part, steps.length > 0]).toEqual([part, true]);
    for (const { rows } of steps) {
      const keys = rows.map((row) => row.map(asText));
      const columns = part === "INTO nonces" || part.includes("claims") ? 2 : 1;
      const shown = keys.map((key) => key.slice(0, columns).join(" "));
      expect(shown).toEqual([...shown].sort());
    }
  }
});

function asText(value: Value): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value);
}
