import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import {
  findPostgres,
  PASSWORD,
  startPostgres,
  type ThrowawayPostgres,
} from "@parley/server/testing/throwaway-postgres.ts";
import { freePort } from "../support/child-process.ts";
import { parleyIn } from "../support/cli.ts";
import { RestClient } from "../support/rest-client.ts";
import { ServerProcess } from "../support/server-process.ts";

// Without PostgreSQL on the machine there is no server to start.
describe.skipIf(!findPostgres())("a server with DATABASE_URL", () => {
  let postgres: ThrowawayPostgres;
  const folder = mkdtempSync(join(tmpdir(), "parley-on-postgres-"));
  let logs = 0;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres.discard();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(url: string, env: Record<string, string> = {}) {
    const log = join(folder, `${++logs}.log`);
    const options = {
      port: await freePort(),
      dataDir: join(folder, "unused"),
      log,
      env: { DATABASE_URL: url, ...env },
    };
    return { log, server: ServerProcess.start(options) };
  }
  /** What a start that fails prints. */
  async function refused(url: string): Promise<string> {
    const { log, server } = await start(url);
    await expect(server).rejects.toThrow("the process ended");
    return readFileSync(log, "utf8");
  }
  async function textsIn(client: RestClient): Promise<string[]> {
    const { body } = await client.get(`/rooms/${LOBBY}/messages?limit=100`);
    return body.messages.map(({ text }: { text: string }) => text);
  }

  test("P1 what was acknowledged is there after kill -9, and the password is in no log", async () => {
    const url = postgres.guardedUrl();
    const first = await start(url);
    const server = await first.server;
    const ann = await RestClient.guest(server, "Ann");
    await ann.call("PUT", `/rooms/${LOBBY}/members/me`);
    const acknowledged: string[] = [];
    const sending = (async () => {
      for (let i = 0; ; i++) {
        await ann.says(LOBBY, `message ${i}`);
        acknowledged.push(`message ${i}`);
        if (acknowledged.length === 20) void server.kill();
      }
    })();
    await expect(sending).rejects.toThrow();
    await server.kill();

    const second = await start(url);
    const again = await second.server;
    try {
      const texts = await textsIn(new RestClient(again, ann.token));
      expect(texts.slice(0, acknowledged.length)).toEqual(acknowledged);
      expect(texts.length).toBeLessThanOrEqual(acknowledged.length + 1);
      expect(await (await fetch(`${again.url}/healthz`)).json()).toMatchObject({ durability: "fsync" });
    } finally {
      await again.kill();
    }
    for (const { log } of [first, second]) {
      const text = readFileSync(log, "utf8");
      for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(text).not.toContain(secret);
    }
  });

  test("what was acknowledged is there after a crash of PostgreSQL, and the server goes on without a restart", async () => {
    const { server } = await start(postgres.newUrl());
    const running = await server;
    try {
      const ann = await RestClient.guest(running, "Ann");
      await ann.call("PUT", `/rooms/${LOBBY}/members/me`);
      await ann.says(LOBBY, "before");
      await postgres.restart("immediate");
      await ann.says(LOBBY, "after");
      expect(await textsIn(ann)).toEqual(["before", "after"]);
    } finally {
      await running.kill();
    }
  });

  test("a second server is refused without REDIS_URL, and the first goes on", async () => {
    const url = postgres.newUrl();
    const { server } = await start(url);
    const first = await server;
    try {
      expect(await refused(url)).toContain("only with REDIS_URL");
      await RestClient.guest(first, "Ann");
    } finally {
      await first.kill();
    }
  });

  test("a start that cannot succeed says what to change, and not the password", async () => {
    const wrong = postgres.guardedUrl().replace(encodeURIComponent(PASSWORD), "wrong-secret");
    const refusals = {
      "the password of the user guarded is wrong": wrong,
      "there is no database nothing": postgres.newUrl().replace("/parley?", "/nothing?"),
      "not an address of PostgreSQL": "postgresql:wrong-secret",
    };
    for (const [words, url] of Object.entries(refusals)) {
      const text = await refused(url);
      expect(text).toContain(words.startsWith("not an") ? "DATABASE_URL" : words);
      expect(text).not.toContain("wrong-secret");
    }
  });

  test("the tables of another program and a newer store are refused", async () => {
    const url = postgres.newUrl();
    const schema = new URL(url).searchParams.get("schema");
    await postgres.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.invoices (id bigint)`);
    expect(await refused(url)).toContain("tables of another program (invoices)");
    await postgres.query(`DROP TABLE ${schema}.invoices`);
    const { server } = await start(url);
    await (await server).stop();
    await postgres.query(`UPDATE ${schema}.meta SET value = '999' WHERE key = 'version'`);
    expect(await refused(url)).toContain("written by a newer Parley");
  });

  test("a server that cannot promise durability is refused", async () => {
    try {
      for (const [line, words] of [
        ["fsync = off", "fsync is off"],
        ["full_page_writes = off", "full_page_writes is off"],
        ["synchronous_commit = off", "synchronous_commit is off"],
      ] as const) {
        await postgres.configure([line]);
        expect(await refused(postgres.newUrl())).toContain(words);
      }
    } finally {
      await postgres.configure([]);
    }
  });

  test("a start waits for a database that is still starting, and says so", async () => {
    const url = postgres.newUrl();
    await postgres.stopServer("fast");
    const { log, server } = await start(url);
    const waiting = server.then((running) => running.kill());
    const deadline = Date.now() + 20_000;
    while (!readFileSafely(log).includes("waiting for PostgreSQL")) {
      if (Date.now() > deadline) throw new Error("the start did not say that it waits");
      await Bun.sleep(20);
    }
    await postgres.startServer();
    await waiting;
  });
});

test("subcommands on an embedded store say what to use instead when the store is in PostgreSQL", async () => {
  for (const subcommand of [["backup", "copy"], ["doctor"], ["export", "copy"]]) {
    const { code, out, err } = await parleyIn(
      { DATABASE_URL: `postgresql://ann:${"secret"}@db/parley` },
      ...subcommand,
    );
    expect(code).not.toBe(0);
    expect(err).toContain("pg_dump");
    expect(out + err).not.toContain("secret");
  }
});

function readFileSafely(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
