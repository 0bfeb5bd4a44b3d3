import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isFault, LOBBY } from "@parley/protocol";
import type { Body } from "@parley/server/core/command.ts";
import { readDoctorResult } from "@parley/server/observe/doctor-result.ts";
import { type Examination, examine } from "@parley/server/offline.ts";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import { until } from "../support/child-process.ts";
import { Random } from "../support/random.ts";
import { Workload } from "./workload.ts";

/** Kinds of commands that the workload knows. */
const KINDS = 18;

const folder = mkdtempSync(join(tmpdir(), "parley-doctor-"));
const healthy = join(folder, "healthy");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const look = (dataDir: string, deep = false) => examine({ dataDir, deep, now: Date.now });

function words({ findings }: Examination): string {
  return findings.map(({ check, where, text }) => `${check} ${where} ${text}`).join("\n");
}

beforeAll(async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  try {
    await fill(seed);
  } catch (error) {
    console.error(`The workload failed. Again with SEED=${seed}`);
    throw error;
  }
}, 60_000);

async function fill(seed: number): Promise<void> {
  const store = await openSqliteStore({
    dataDir: healthy,
    unsafeDurability: true,
    onFatal: (error) => {
      throw error;
    },
  });
  const workload = new Workload(store, new Random(seed));
  await workload.run(1_500);
  // While the store is open.
  expect(words(look(healthy, true))).toBe("");
  await store.close();
  expect(workload.done.size).toBe(KINDS);
}

test("a store with events of all kinds has drift 0, in a deep and in a quick check", () => {
  for (const deep of [true, false]) {
    const found = look(healthy, deep);
    expect(words(found)).toBe("");
    expect(found.drift).toBe(0);
    expect(found.looked.events).toBeGreaterThan(1_000);
    expect(found.looked.searched).toBeGreaterThan(deep ? 100 : 20);
  }
});

/**
 * Rows that every workload creates, in which a test injects a difference. The first one is in the search index, where the
 * newest message is not when it has no words or was deleted.
 */
const INDEXED_MESSAGE =
  "(SELECT row FROM events WHERE message = 1 AND feed_no = 1 AND row IN (SELECT rowid FROM search) ORDER BY row DESC LIMIT 1)";
const AMENDED =
  "(room_no, seq) = (SELECT a.room_no, a.seq FROM amendments a JOIN rooms r ON r.room_no = a.room_no WHERE r.state <> 'deleted' AND a.deleted = 0 LIMIT 1)";
type Drift = readonly [name: string, sql: string, check: string, says: string];

const DRIFTS: readonly Drift[] = [
  [
    "a wrong number of members",
    "UPDATE rooms SET members = members + 1 WHERE room_no = 1",
    "rooms",
    "members is",
  ],
  [
    "a wrong number of owners",
    "UPDATE rooms SET owners = owners + 1 WHERE room_no = 1",
    "rooms",
    "owners is",
  ],
  ["another name", "UPDATE rooms SET name = 'Other' WHERE room_no = 1", "rooms", "name is"],
  ["another topic", "UPDATE rooms SET topic = 'Injected' WHERE room_no = 1", "rooms", "topic is"],
  ["another state", "UPDATE rooms SET state = 'archived' WHERE room_no = 1", "rooms", "state is"],
  [
    "a lost member",
    "DELETE FROM members WHERE room_no = 1 AND user_id = (SELECT user_id FROM members WHERE room_no = 1 LIMIT 1)",
    "members",
    "is missing",
  ],
  [
    "a member too many",
    "INSERT INTO members (room_no, user_id, role, read_seq) SELECT 1, '00000000-0000-7000-8000-000000000000', 'member', 0",
    "members",
    "the log knows nothing of it",
  ],
  [
    "another role",
    "UPDATE members SET role = 'king' WHERE room_no = 1 AND user_id = (SELECT user_id FROM members WHERE room_no = 1 LIMIT 1)",
    "members",
    '"king"',
  ],
  [
    "a read position that went back",
    "UPDATE members SET read_seq = 0 WHERE room_no = 1 AND user_id = (SELECT user_id FROM members WHERE room_no = 1 LIMIT 1)",
    "reading",
    "what is read in lobby",
  ],
  [
    "a read position that ran ahead",
    "UPDATE members SET read_seq = read_seq + 1 WHERE room_no = 1 AND user_id = (SELECT user_id FROM members WHERE room_no = 1 LIMIT 1)",
    "reading",
    "what is read in lobby",
  ],
  ["an edit that is not shown", `DELETE FROM amendments WHERE ${AMENDED}`, "messages", "is missing"],
  ["another text", `UPDATE amendments SET text = 'injected words' WHERE ${AMENDED}`, "messages", "message #"],
  ["an older revision", `UPDATE amendments SET rev = rev - 1 WHERE ${AMENDED}`, "messages", "message #"],
  [
    "a deletion that is not in the log",
    `UPDATE amendments SET deleted = 1 WHERE ${AMENDED}`,
    "messages",
    "message #",
  ],
  [
    "text that outlived its deletion",
    "UPDATE events SET body = json_remove(json_set(body, '$.text', 'injected'), '$.redacted') WHERE row = (SELECT e.row FROM events e JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq JOIN rooms r ON r.room_no = a.room_no WHERE a.deleted = 1 AND r.state <> 'deleted' LIMIT 1)",
    "messages",
    "still in the log",
  ],
  [
    "a lost edit",
    "DELETE FROM edits WHERE (room_no, message_seq, seq) = (SELECT e.room_no, e.message_seq, e.seq FROM edits e JOIN rooms r ON r.room_no = e.room_no WHERE r.state <> 'deleted' LIMIT 1)",
    "edits",
    "is missing",
  ],
  [
    "a lost reaction",
    "DELETE FROM reactions WHERE (room_no, seq, emoji, user_id) = (SELECT e.room_no, e.seq, e.emoji, e.user_id FROM reactions e JOIN rooms r ON r.room_no = e.room_no WHERE r.state <> 'deleted' LIMIT 1)",
    "reactions",
    "is missing",
  ],
  [
    "a wrong revision of reactions",
    "UPDATE reaction_revs SET rev = rev + 1 WHERE (room_no, seq) = (SELECT e.room_no, e.seq FROM reaction_revs e JOIN rooms r ON r.room_no = e.room_no WHERE r.state <> 'deleted' LIMIT 1)",
    "reactions",
    "revision of #",
  ],
  [
    "a mention of an unknown user",
    "INSERT INTO mentions (room_no, user_id, seq, author) VALUES (1, 'unknown', 2, 'author')",
    "mentions",
    "mention of unknown in #2",
  ],
  [
    "a lost mention",
    "DELETE FROM mentions WHERE (room_no, user_id, seq) = (SELECT e.room_no, e.user_id, e.seq FROM mentions e JOIN rooms r ON r.room_no = e.room_no WHERE r.state <> 'deleted' LIMIT 1)",
    "mentions",
    "is missing",
  ],
  ["a name without a holder", "DELETE FROM claims WHERE feed = 'lobby'", "names", "who holds its name"],
  [
    "a name that is not its own",
    "INSERT INTO claims (space, key, feed) VALUES ('room_name', 'injected', 'lobby')",
    "names",
    "not its own",
  ],
  [
    "a wrong key of a user's name",
    "UPDATE users SET name_key = 'injected' WHERE name = 'Ann'",
    "users",
    "the key of the name",
  ],
  [
    "a user without a private feed",
    "INSERT INTO users (id, name, name_key, token_hash, created_at, rev) VALUES ('x', 'X', 'x', 'hash', 1, 0)",
    "users",
    "has no private feed",
  ],
  ["a hole", "DELETE FROM events WHERE feed_no = 1 AND seq = 3", "events", "#4 comes where #3 should"],
  [
    "a lost end",
    "DELETE FROM events WHERE row = (SELECT row FROM events WHERE feed_no = 1 ORDER BY seq DESC LIMIT 1)",
    "feeds",
    "its row says",
  ],
  [
    "a wrong last message",
    "UPDATE feeds SET last_message = last_message + 1 WHERE no = 1",
    "feeds",
    "last_message is",
  ],
  ["a wrong time of the feed", "UPDATE feeds SET last_at = last_at + 1 WHERE no = 1", "feeds", "last_at is"],
  [
    "a time that goes back",
    "UPDATE events SET at = 5 WHERE feed_no = 1 AND seq = 4",
    "events",
    "older than the one before it",
  ],
  [
    "a body that is not JSON",
    "UPDATE events SET body = '{' WHERE feed_no = 1 AND seq = 3",
    "events",
    "not JSON",
  ],
  [
    "a body that lacks a field",
    "UPDATE events SET body = '{}' WHERE feed_no = 1 AND seq = 3",
    "events",
    "cannot be read",
  ],
  [
    "a nonce whose event is another",
    "UPDATE nonces SET answer = CAST(x'0102' || nonce AS BLOB) WHERE (nonce, author) = (SELECT nonce, author FROM nonces WHERE substr(answer, 1, 1) = x'01' LIMIT 1)",
    "nonces",
    "which is another or not there",
  ],
  [
    "an answer that is cut off",
    "UPDATE nonces SET answer = x'0102ff' WHERE (nonce, author) = (SELECT nonce, author FROM nonces WHERE substr(answer, 1, 1) = x'01' LIMIT 1)",
    "nonces",
    "cannot be read",
  ],
  [
    "a nonce without its author",
    "DELETE FROM authors WHERE no = (SELECT MIN(author) FROM nonces)",
    "references",
    "belong to nothing",
  ],
  [
    "a lost nonce",
    "DELETE FROM nonces WHERE (nonce, author) = (SELECT nonce, author FROM nonces WHERE substr(answer, 1, 1) = x'01' LIMIT 1)",
    "nonces",
    "has no nonce",
  ],
  [
    "a message that cannot be found",
    `DELETE FROM search WHERE rowid = ${INDEXED_MESSAGE}`,
    "search",
    "cannot be found",
  ],
  [
    "a deleted message that can be found",
    "INSERT INTO search (rowid, terms) VALUES (999999, '_1 injected')",
    "search",
    "was never a message",
  ],
  [
    "rows that belong to nothing",
    "INSERT INTO edits (room_no, message_seq, seq) VALUES (9999, 1, 2)",
    "references",
    "belong to nothing",
  ],
];

describe("the doctor finds", () => {
  test.each(DRIFTS)("%s", (_, sql, check, says) => {
    const dataDir = spoilt(sql);
    const found = look(dataDir);
    expect(found.drift).toBeGreaterThan(0);
    expect(words({ ...found, findings: found.findings.filter((each) => each.check === check) })).toContain(
      says,
    );
    rmSync(dataDir, { recursive: true });
  });
});

/** A copy of the healthy store with a change. */
function spoilt(sql: string): string {
  const dataDir = mkdtempSync(join(folder, "injected-"));
  cpSync(healthy, dataDir, { recursive: true });
  const database = new DatabaseSync(join(dataDir, "parley.db"));
  database.exec("PRAGMA foreign_keys = OFF");
  const { changes } = database.prepare(sql).run();
  database.close();
  expect(Number(changes)).toBeGreaterThan(0);
  return dataDir;
}

test("--deep compares every word of the search index", () => {
  const dataDir = spoilt(
    `UPDATE events SET body = json_set(body, '$.text', 'injected') WHERE row = (SELECT e.row FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq WHERE e.message = 1 AND a.seq IS NULL AND e.feed_no = 1 LIMIT 1)`,
  );
  expect(words(look(dataDir, true))).toContain("is found by other words than it says");
});

test("the report contains no message text", () => {
  const found = look(spoilt("UPDATE amendments SET text = 'secretsecret'"));
  expect(found.drift).toBeGreaterThan(0);
  expect(JSON.stringify(found)).not.toContain("secret");
});

test("a damaged file is reported, and the other checks still run", () => {
  const dataDir = mkdtempSync(join(folder, "damaged-"));
  cpSync(healthy, dataDir, { recursive: true });
  const path = join(dataDir, "parley.db");
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 8_192) * 4_096;
  bytes.fill(0xab, middle, middle + 8_192);
  writeFileSync(path, bytes);
  const found = look(dataDir);
  expect(found.counts.file).toBeGreaterThan(0);
  expect(found.looked.users).toBeGreaterThan(0);
});

test("the result is written next to the store, where the server's metrics read it", () => {
  const dataDir = spoilt("UPDATE rooms SET members = members + 1 WHERE room_no = 1");
  const { drift } = look(dataDir);
  expect(readDoctorResult(dataDir)).toMatchObject({ drift, at: expect.any(Number) });
});

test("deleted rooms and trimmed private feeds cause no differences", async () => {
  const dataDir = join(folder, "purged");
  const store = await openSqliteStore({
    dataDir,
    unsafeDurability: true,
    onFatal: (error) => {
      throw error;
    },
  });
  const newId = () => Bun.randomUUIDv7();
  const [ann] = await store.signIn([{ token_hash: "hash", name: "Ann", id: newId(), at: 1 }]);
  if (!ann || isFault(ann)) throw new Error("Ann could not sign in");
  const actor = { ...ann, walk_in: false };
  const commit = (bodies: readonly Body[]) =>
    store.commit(bodies.map((body) => ({ actor, nonce: newId(), at: 1, body })));
  const room = newId();
  const said = Array.from({ length: 2_500 }, (_, i): Body => {
    return { kind: "send_message", room: i % 2 ? LOBBY : room, text: `word ${i}` };
  });
  await commit([
    { kind: "join_room", room: LOBBY },
    { kind: "create_room", room, room_kind: "public", name: "Short-lived" },
    ...said,
  ]);
  // More read positions than a private feed keeps.
  for (let seq = 3; seq < 2_500; seq += 250) {
    const marks = Array.from(
      { length: 250 },
      (_, i): Body => ({ kind: "mark_read", room: LOBBY, seq: seq + i }),
    );
    await commit(
      marks.flatMap((mark, i): Body[] => [mark, { kind: "send_message", room: LOBBY, text: `more ${i}` }]),
    );
  }
  await commit([{ kind: "delete_room", room }]);
  const database = new DatabaseSync(join(dataDir, "parley.db"));
  const count = (sql: string) => Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  expect(words(look(dataDir, true))).toBe("");
  await until(20_000, "all is removed", () =>
    count("SELECT COUNT(*) FROM purges") === 0 &&
    count("SELECT MAX(floor) FROM feeds WHERE feed LIKE 'user.%'") > 0
      ? true
      : undefined,
  );
  await store.close();
  expect(words(look(dataDir, true))).toBe("");
  database.exec(`UPDATE members SET read_seq = read_seq - 1 WHERE room_no = 1`);
  database.close();
  expect(words(look(dataDir))).toContain("has read only up to");
}, 60_000);

test("a store of another version is rejected", () => {
  const version = (value: string) => () =>
    look(spoilt(`UPDATE meta SET value = '${value}' WHERE key = 'version'`));
  expect(version("999")).toThrow("written by a newer Parley");
  expect(version("1")).toThrow("Start the server once");
  expect(() => look(join(folder, "nowhere"))).toThrow("There is no store in");
});
