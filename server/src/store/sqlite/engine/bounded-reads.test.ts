import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RoomId } from "@parley/protocol";
import type { Actor } from "../../../core/command.ts";
import { freshId, World } from "../../contract/world.contract.ts";
import * as read from "../../read/statements.ts";
import type { Store } from "../../store.ts";
import { examineSqlite } from "../doctor/doctor.ts";
import { openSqliteStore } from "../sqlite.ts";
import { toFormat } from "./format-4.contract.ts";

/** Messages that one member sent, and messages that were deleted. */
const MANY = 3_000;

let dataDir = "";
let store: Store;
let world: World;
let ann: Actor;
let bob: Actor;
let room: RoomId;

const open = () =>
  openSqliteStore({
    dataDir,
    onFatal(error) {
      throw error;
    },
  });
const never = () => {
  throw new Error("not here");
};
const worldOf = (opened: Store) =>
  new World({ store: opened, reopen: never, setClock: never, traces: never, discard: never });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "parley-bounded-"));
  store = await open();
  world = worldOf(store);
  [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
  room = await world.room(ann, [bob]);
  await world.verdicts(world.send(bob, room, "hello"));
  await world.verdicts(...Array.from({ length: MANY }, (_, i) => world.send(ann, room, `own ${i}`)));
  const gone = Array.from({ length: MANY }, (_, i) => world.send(bob, room, `gone ${i}`));
  await world.verdicts(...gone);
  await world.verdicts(
    ...gone.map(({ nonce }) => world.command(bob, { kind: "delete_message", room, message: nonce })),
  );
  await world.verdicts(world.send(bob, room, "bye"));
});
afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

/** Runs on the file itself, beside the store. */
function inFile<T>(body: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(dataDir, "parley.db"));
  try {
    return body(database);
  } finally {
    database.close();
  }
}

/** The plan of a statement: the indexes, in the order of use. */
function planOf(sql: string): string[] {
  return inFile((database) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql.replace(/\$(\d)/g, "?$1")}`)
      .all(...Array.from({ length: sql.includes("$4") ? 4 : 3 }, () => 1))
      .map((row) => String((row as { detail: string }).detail)),
  );
}

/** The most rows of the index that a count of unread messages visits for `user`. */
function visited(user: string): number {
  return inFile((database) =>
    Number(
      database
        .prepare(
          "SELECT COUNT(*) AS n FROM events e INDEXED BY live_messages JOIN members m ON m.room_no = e.feed_no " +
            "JOIN feeds f ON f.no = m.room_no WHERE e.message = 1 AND e.redacted = 0 AND e.seq > m.read_seq " +
            "AND f.feed = ? AND m.user_id = ?",
        )
        .get(room, user)?.["n"],
    ),
  );
}

const unreadOf = async (opened: Store, user: string) =>
  (await opened.feedsOf(user)).find(({ feed }) => feed === room)?.read?.unread;

test("CM-20 a count of unread messages visits no own and no deleted messages", async () => {
  expect(await unreadOf(store, ann.id)).toBe(1);
  expect(visited(ann.id)).toBe(1);
  expect(await unreadOf(store, bob.id)).toBe(0);
  expect(visited(bob.id)).toBe(0);
  expect(
    planOf(read.UNREAD).some((step) => /USING INDEX live_messages \(feed_no=\? AND seq>\?\)/.test(step)),
  ).toBe(true);
});

test("the last messages that are not deleted are found by an index without the deleted ones", async () => {
  for (const sql of [read.LIVE_BELOW, read.LIVE_FROM]) {
    const plan = planOf(sql).join("\n");
    expect(plan).toMatch(/USING INDEX live_messages \(feed_no=\? AND seq[<>]\?\)/);
    expect(plan).not.toContain("TEMP B-TREE");
  }
  const page = await store.page(room, { limit: 2, live: true }, "node");
  expect(page).toMatchObject({ messages: [{ text: `own ${MANY - 1}` }, { text: "bye" }] });
});

test("a store of format 4 gets the index, the marks and the positions, and the doctor finds nothing", async () => {
  await store.close();
  toFormat(join(dataDir, "parley.db"), 4);
  inFile((database) => {
    // Existing names that this version rejects, and that look alike.
    database.exec("UPDATE users SET name = 'Аnn', name_key = 'аnn' WHERE name = 'Bob'");
    database.exec(
      "INSERT INTO claims (space, key, feed) SELECT 'room_name', 'l0bby', feed FROM feeds WHERE no = (SELECT MAX(room_no) FROM rooms)",
    );
    database.exec(
      "DELETE FROM claims WHERE key LIKE 'room %'; UPDATE rooms SET name = 'l0bby' WHERE room_no > 1; " +
        "UPDATE events SET body = json_set(body, '$.room_name', 'l0bby') WHERE kind = 'room_created' AND feed_no > 1",
    );
    database.exec("UPDATE members SET read_seq = 4 WHERE user_id <> ''");
    database.exec("DELETE FROM events WHERE kind = 'room_read'");
  });
  store = await open();
  world = worldOf(store);
  expect(visited(ann.id)).toBe(1);
  expect(visited(bob.id)).toBe(0);
  expect(await unreadOf(store, ann.id)).toBe(1);
  await store.close();
  const report = examineSqlite({ dataDir, deep: true });
  expect(report.findings).toEqual([]);
  store = await open();
  // Both guests sign in as before; a new guest with a name that looks the same is rejected.
  const hello = (name: string, token_hash: string) =>
    store.signIn([{ token_hash, name, id: freshId(), at: 1 }]);
  expect(await hello("Ann", "hash of Ann")).toMatchObject([{ id: ann.id }]);
  expect(await hello("Аnn", "hash of Bob")).toMatchObject([{ id: bob.id }]);
  expect(await hello("Αnn", "another")).toMatchObject([{ fault: "name_taken" }]);
});

test("the doctor sees a position below an own message, and a message marked wrongly as deleted", async () => {
  await store.close();
  inFile((database) => {
    database.exec(`UPDATE members SET read_seq = 3 WHERE user_id = '${bob.id}' AND room_no > 1`);
    database.exec("UPDATE events SET redacted = 1 WHERE body LIKE '%hello%'");
  });
  const checks = examineSqlite({ dataDir, deep: false }).findings.map(({ check }) => check);
  expect(checks).toContain("reading");
  expect(checks).toContain("events");
  inFile((database) => {
    database.exec(`UPDATE members SET read_seq = 99999 WHERE user_id = '${bob.id}' AND room_no > 1`);
    database.exec("UPDATE events SET redacted = 0 WHERE body LIKE '%hello%'");
  });
  store = await open();
});
