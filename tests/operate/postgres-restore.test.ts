import { afterEach, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { type Client, createClient, newToken } from "@parley/sdk";
import { findPostgres, startPostgres } from "@parley/server/testing/throwaway-postgres.ts";
import { freePort } from "../support/child-process.ts";
import { RestClient } from "../support/rest-client.ts";
import { ServerProcess } from "../support/server-process.ts";
import { WireClient } from "../support/test-server.ts";

const bin = findPostgres();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Runs a program of PostgreSQL as an operator would. */
function run(program: string, ...args: readonly string[]): void {
  const done = spawnSync(join(bin ?? "", program), args, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${program}: ${done.error?.message ?? done.stderr}`);
}

/** Resolves when the lobby of this client shows exactly these texts. */
function shows(client: Client, texts: readonly string[]): Promise<void> {
  const { timeline } = client.room(LOBBY);
  return new Promise((resolve) => {
    const look = () => {
      const shown = timeline.get().items.flatMap(({ text }) => (text ? [text] : []));
      if (JSON.stringify(shown) === JSON.stringify(texts)) resolve();
    };
    timeline.subscribe(look);
    look();
  });
}

test.skipIf(!bin)(
  "P6 a dump that is restored into another database and marked gets a new epoch, and clients reload (skipped without PostgreSQL)",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-pg-restore-"));
    ends.push(() => rmSync(folder, { recursive: true, force: true }));
    const postgres = await startPostgres();
    ends.push(() => postgres.discard());
    const [original, port] = [new URL(postgres.newUrl()), await freePort()];
    const schema = original.searchParams.get("schema") ?? "";
    const restored = new URL(original);
    restored.pathname = "/restored";
    const start = async (url: URL) => {
      const server = await ServerProcess.start({
        port,
        dataDir: join(folder, "unused"),
        log: join(folder, "out"),
        env: { DATABASE_URL: url.href },
      });
      ends.push(() => server.kill());
      return server;
    };
    let guests = 0;
    const epochAt = async () => {
      const client = new WireClient({ port });
      const { epoch } = await client.hello(`Guest ${++guests}`);
      client.close();
      return epoch;
    };
    /** The address for PostgreSQL's own tools, to which `schema` is no parameter. */
    const plain = (url: URL) => url.href.split("?")[0] as string;

    const first = await start(original);
    const ann = await RestClient.guest(first, "Ann");
    await ann.call("PUT", `/rooms/${LOBBY}/members/me`);
    await ann.says(LOBBY, "before the dump");
    const before = await epochAt();
    const client = createClient({ url: first.url, token: newToken(), name: "Bim" });
    ends.push(() => client.stop());
    client.start();
    client.room(LOBBY).open();
    await shows(client, ["before the dump"]);

    const dump = join(folder, "parley.dump");
    run("pg_dump", "--format=custom", `--schema=${schema}`, `--file=${dump}`, plain(original));
    await ann.says(LOBBY, "after the dump");
    await shows(client, ["before the dump", "after the dump"]);
    await first.stop();

    run(
      "createdb",
      `--maintenance-db=${plain(original)}`,
      "--encoding=UTF8",
      "--template=template0",
      "restored",
    );
    run("pg_restore", "--exit-on-error", `--dbname=${plain(restored)}`, dump);
    run(
      "psql",
      "-v",
      "ON_ERROR_STOP=1",
      plain(restored),
      "-c",
      `INSERT INTO ${schema}.meta (key, value) VALUES ('copied_at', '0') ON CONFLICT DO NOTHING`,
    );
    const second = await start(restored);
    const after = await epochAt();
    expect(after).not.toBe(before);
    await new RestClient(second, ann.token).says(LOBBY, "after the restore");
    await shows(client, ["before the dump", "after the restore"]);
    // Once: the next start continues this lineage.
    await second.stop();
    await start(restored);
    expect(await epochAt()).toBe(after);
  },
  60_000,
);
