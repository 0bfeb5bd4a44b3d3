import { expect } from "bun:test";
import { examine } from "@parley/server/offline.ts";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";

/** A store without a server and without fsync. */
export async function openStore(dataDir: string) {
  return openSqliteStore({
    dataDir,
    unsafeDurability: true,
    onFatal: (error) => {
      throw error;
    },
  });
}

/** The doctor finds nothing. */
export function expectHealthy(dataDir: string): void {
  const found = examine({ dataDir, deep: true, now: Date.now });
  expect(found.findings.map(({ check, where, text }) => `${check} ${where} ${text}`)).toEqual([]);
  expect(found.drift).toBe(0);
}
