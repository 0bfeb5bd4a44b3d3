import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault } from "@parley/protocol";
import { freshId, World } from "../../contract/world.contract.ts";
import { openSqliteStore } from "../sqlite.ts";
import { makeDurable } from "./durability.ts";
import { SqliteFile } from "./file.ts";
import { Purges } from "./purges.ts";
import { SqliteWriter } from "./writer.ts";

const fatal = (error: unknown) => {
  throw error;
};

/** A store with a deleted room of that many messages, which are not removed yet. */
async function deleted(dataDir: string, messages: number): Promise<SqliteFile> {
  const store = await openSqliteStore({ dataDir, onFatal: fatal });
  const never = () => {
    throw new Error("not here");
  };
  const world = new World({ store, reopen: never, setClock: never, traces: never, discard: never });
  const ann = await world.guest("Ann");
  const room = await world.room(ann);
  await store.commit(Array.from({ length: messages }, (_, i) => world.send(ann, room, `goneword ${i}`)));
  const deletion = world.command(ann, { kind: "delete_room", room });
  await store.close();
  const file = new SqliteFile(join(dataDir, "parley.db"));
  makeDurable(file, false);
  // Not by the store: it would begin to remove before it closes, on a slow machine all of it.
  const { verdicts } = new SqliteWriter(file, freshId).commit([deletion], deletion.at);
  expect(verdicts.map(isFault)).toEqual([false]);
  return file;
}

async function inFolder(body: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-purges-"));
  try {
    await body(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

/** Runs purges until `enough` returns true, which is called after each transaction. */
async function removed(file: SqliteFile, enough: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const purges = new Purges(file, fatal, () => {
    if (enough()) resolve();
  });
  await promise;
  purges.stop();
}

test("void rows are removed 500 at a time, each slice in a transaction of its own", async () => {
  await inFolder(async (dataDir) => {
    const file = await deleted(dataDir, 2_300);
    const left = () => Number(file.get("SELECT COUNT(*) FROM events WHERE message = 1", [])?.[0]);
    // On a slow machine the store itself may remove a slice between its last answer and its close.
    const seen = [left()];
    expect(seen).toEqual([2_300]);
    await removed(file, () => {
      if (seen.at(-1) !== left()) seen.push(left());
      return file.get("SELECT 1 FROM purges", []) === undefined;
    });
    expect(seen.at(-1)).toBe(0);
    expect(seen.length).toBe(1 + Math.ceil(2_300 / 500));
    for (const [i, count] of seen.slice(1).entries()) expect((seen[i] ?? 0) - count).toBeLessThanOrEqual(500);
    file.close();
  });
});

test("the index is merged afterwards, so that no removed word stays on its pages", async () => {
  await inFolder(async (dataDir) => {
    const file = await deleted(dataDir, 1_200);
    const pages = () =>
      Number(
        file.get(
          "SELECT COUNT(*) FROM search_data WHERE instr(block, CAST('goneword' AS BLOB)) > 0",
          [],
        )?.[0],
      );
    expect(pages()).toBeGreaterThan(0);
    await removed(file, () => pages() === 0);
    expect(file.get("SELECT 1 FROM purges", [])).toBeUndefined();
    file.close();
  });
});

test("P1 damage on the disk that a purge reads is fatal", async () => {
  await inFolder(async (dataDir) => {
    const file = await deleted(dataDir, 3_000);
    // All but the first pages, with the rows that the purge has to remove.
    truncateSync(join(dataDir, "parley.db"), 8_192);
    const failure = await new Promise<unknown>((resolve) => new Purges(file, resolve, () => {}));
    expect(String(failure)).toContain("malformed");
    file.close();
  });
});
