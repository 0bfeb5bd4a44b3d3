import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault } from "@parley/protocol";
import { openSqliteStore } from "../sqlite.ts";
import { QueryThread } from "./thread.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "parley-queries-"));
  made.push(path);
  return path;
}

const crowd = Array.from({ length: 3_000 }, (_, i) => {
  return { token_hash: `t${i}`, name: `guest ${i}`, id: `user ${i}`, at: 1 };
});

async function fill(dataDir: string): Promise<void> {
  const store = await openSqliteStore({
    dataDir,
    onFatal(error) {
      throw error;
    },
  });
  await store.signIn(crowd);
  await store.close();
}

test("a thread that cannot start rejects all requests, and is started again when there is a store", async () => {
  const dataDir = folder();
  const errors: Error[] = [];
  const thread = new QueryThread({ path: join(dataDir, "parley.db"), epoch: "e" }, (error) =>
    errors.push(error),
  );
  const asked = Array.from({ length: 3 }, () => thread.ask({ kind: "users", query: { limit: 2 } }));
  for (const answer of await Promise.all(asked)) expect(answer).toEqual({ fault: "internal" });
  expect(errors.map(({ message }) => message).join()).toContain("unable to open");
  await fill(dataDir);
  expect(await thread.ask({ kind: "users", query: { limit: 2 } })).toMatchObject({
    users: [{ name: "guest 0" }, { name: "guest 1" }],
  });
  await thread.close();
  await expect(thread.ask({ kind: "users", query: { limit: 2 } })).rejects.toThrow("closed");
});

test("an error is one fault and is reported, and the next request is answered", async () => {
  const dataDir = folder();
  await fill(dataDir);
  const errors: Error[] = [];
  const path = join(dataDir, "parley.db");
  const thread = new QueryThread({ path, epoch: "e" }, (error) => errors.push(error));
  expect(isFault(await thread.ask({ kind: "user", id: "user 7" }))).toBe(false);
  truncateSync(path, 8_192);
  expect(await thread.ask({ kind: "users", query: { query: "999", limit: 100 } })).toEqual({
    fault: "internal",
  });
  expect(errors.map(({ message }) => message).join()).toMatch(/malformed|I\/O|not a database/);
  expect(
    await thread.ask({ kind: "directory", query: { limit: 5, cursor: "?" }, user: "user 1" }),
  ).toMatchObject({
    fault: "invalid",
  });
  await thread.close();
});
