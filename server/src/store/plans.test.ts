import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { STATEMENTS } from "./commit/rows.ts";
import * as read from "./read/statements.ts";
import { openSqliteStore } from "./sqlite/sqlite.ts";
import { SOURCES } from "./sqlite/transfer/export.ts";

/** Reads that scan a whole table on purpose: only at the start, or where recent feeds are not known. */
const WHOLE = new Set(["LAST_STAMP"]);

/** The steps of SQLite's plans that scan a whole table, or build an index of one for a single query. */
async function wholeTables(statements: ReadonlyMap<string, string>): Promise<string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-plans-"));
  try {
    const store = await openSqliteStore({
      dataDir,
      onFatal(error) {
        throw error;
      },
    });
    await store.close();
    const database = new DatabaseSync(join(dataDir, "parley.db"));
    const scans: string[] = [];
    for (const [name, sql] of statements) {
      const count = Math.max(0, ...[...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
      const values = Array.from({ length: count }, () => 1);
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql.replace(/\$(\d)/g, "?$1")}`).all(...values);
      for (const { detail } of plan as { detail: string }[]) {
        if (/^SCAN (e|events|members|m|nonces|feeds|f|users|u)\b|AUTOMATIC/.test(detail))
          scans.push(`${name}: ${detail}`);
      }
    }
    database.close();
    return scans;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

test("no read and no write of a commit scans a whole table", async () => {
  const reads = Object.entries(read).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1].startsWith("SELECT"),
  );
  const whole = reads.filter(([name, sql]) => !WHOLE.has(name) && sql.includes(" FROM "));
  expect(whole.length).toBeGreaterThan(15);
  expect(await wholeTables(new Map([...whole, ...Object.entries(STATEMENTS)]))).toEqual([]);
});

test("an export scans each table once", async () => {
  const queries = Object.entries(SOURCES).map(([name, { sql }]) => [name, sql] as const);
  const steps = await wholeTables(new Map(queries));

  expect(steps.filter((step) => !step.startsWith("members: "))).toEqual([
    "users: SCAN users",
    "feeds: SCAN f",
    "events: SCAN e",
  ]);
});

test("the check finds a statement that no index serves", async () => {
  const bad = "SELECT id FROM events WHERE feed_no = $1 AND seq = $2";
  expect(await wholeTables(new Map([["BAD", bad]]))).toHaveLength(1);
});

test("every statement that finds events by seq names the kind of events", () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.ts$/.test(name) && !/\.(test|contract|bench)\./.test(name),
  );
  const vague = files.filter((name) =>
    /FROM events(?: e)? WHERE (?:e\.)?feed_no = \$\d AND (?:e\.)?seq [<>=]+ \$\d(?! AND (?:e\.)?message)/.test(
      readFileSync(join(import.meta.dirname, name), "utf8"),
    ),
  );
  expect(vague.filter((name) => name !== "purge.ts")).toEqual([]);
});
