import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { World } from "../contract/world.contract.ts";
import { LOG_BYTES } from "./engine/durability.ts";
import { SqliteFile } from "./engine/file.ts";
import { openSqliteStore } from "./sqlite.ts";

const dataDir = mkdtempSync(join(tmpdir(), "parley-log-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const never = () => {
  throw new Error("not here");
};

test("a log that grew because of a long reader shrinks again after the reader is closed", async () => {
  const store = await openSqliteStore({ dataDir, unsafeDurability: true, onFatal: never });
  const world = new World({ store, reopen: never, setClock: never, traces: never, discard: never });
  const ann = await world.guest("Ann");
  const room = await world.room(ann);
  const path = join(dataDir, "parley.db");
  const bytes = () => statSync(`${path}-wal`).size;
  const reader = new SqliteFile(path, { readOnly: true });
  reader.exec("BEGIN");
  reader.get("SELECT COUNT(*) FROM events", []);
  const text = "x".repeat(7_900);
  while (bytes() < 2 * LOG_BYTES)
    await store.commit(Array.from({ length: 500 }, () => world.send(ann, room, text)));
  reader.exec("COMMIT");
  reader.close();
  // A pause checkpoints the log, and the next commit starts it over.
  for (let i = 0; i < 1_000 && bytes() > LOG_BYTES; i++) {
    await world.verdicts(world.send(ann, room, `after ${i}`));
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  expect(bytes()).toBeLessThanOrEqual(LOG_BYTES);
  await store.close();
}, 60_000);
