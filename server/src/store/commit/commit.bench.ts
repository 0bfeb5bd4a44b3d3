/**
 * What a message costs in the store, in microseconds of CPU (all threads) and of time: the engine alone, and through the
 * worker with one batch on its way. Run it with Bun: `bun server/src/store/commit/commit.bench.ts [messages]`.
 */
import { randomFillSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault, type RoomId } from "@parley/protocol";
import type { Actor, Command } from "../../core/command.ts";
import { uuidv7 } from "../base/uuid.ts";
import { migrate } from "../migrations/migrate.ts";
import { Checkpoints } from "../sqlite/engine/checkpoints.ts";
import { makeDurable } from "../sqlite/engine/durability.ts";
import { SqliteFile } from "../sqlite/engine/file.ts";
import { SqliteWriter } from "../sqlite/engine/writer.ts";
import { openSqliteStore } from "../sqlite/sqlite.ts";
import type { Committed, SignIn, User } from "../store.ts";

type Target = {
  commit(commands: readonly Command[]): Promise<Committed>;
  signIn(requests: readonly SignIn[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
};

const MESSAGES = Number(process.argv[2] ?? 60_000);
const MEMBERS = 10;
const newId = uuidv7(randomFillSync);
const fatal = (error: unknown) => {
  throw error;
};
const WORDS =
  "the quick brown fox jumps over a lazy dog while no one looks at this long evening train of words".split(
    " ",
  );

function engine(dataDir: string): Target {
  const file = new SqliteFile(join(dataDir, "parley.db"));
  makeDurable(file, false);
  file.transaction(migrate({ now: Date.now(), newId, epoch: "bench" }));
  const writer = new SqliteWriter(file, newId);
  const checkpoints = new Checkpoints(file, fatal);
  return {
    async commit(commands) {
      const committed = writer.commit(commands, Date.now());
      checkpoints.written();
      return committed;
    },
    signIn: async (requests) => writer.signIn(requests),
    async close() {
      checkpoints.stop();
      file.close();
    },
  };
}

async function rooms(target: Target, count: number): Promise<[RoomId, Actor[]][]> {
  const made: [RoomId, Actor[]][] = [];
  for (let i = 0; i < count; i++) {
    const requests = Array.from({ length: MEMBERS }, (_, n) => {
      const id = newId(Date.now());
      return { token_hash: id, name: `guest ${i} ${n}`, id, at: 1 };
    });
    const users = (await target.signIn(requests)) as User[];
    const [owner, ...others] = users.map((user) => ({ ...user, walk_in: false })) as [Actor, ...Actor[]];
    const room = newId(Date.now());
    const create = { kind: "create_room", room, room_kind: "public", name: `room ${room}` } as const;
    const { verdicts } = await target.commit([
      command(owner, create),
      ...others.map((actor) => command(actor, { kind: "join_room", room })),
    ]);
    if (verdicts.some(isFault)) throw new Error("A room could not be made");
    made.push([room, [owner, ...others]]);
  }
  return made;
}

function command(actor: Actor, body: Command["body"]): Command {
  return { actor, body, nonce: newId(Date.now()), at: Date.now() };
}

function text(i: number): string {
  return Array.from({ length: 9 }, (_, n) => WORDS[(i * 7 + n * (1 + (i % 5))) % WORDS.length]).join(" ");
}

async function measure(
  name: string,
  open: (dataDir: string) => Promise<Target> | Target,
  feeds: number,
  batch: number,
) {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const target = await open(dataDir);
  const made = await rooms(target, feeds);
  const count = Math.min(MESSAGES, batch * 1_500);
  let next = 0;
  /** Made before the clock starts, so that only the store is measured. */
  const batches = (messages: number) =>
    Array.from({ length: Math.ceil(messages / batch) }, () =>
      Array.from({ length: batch }, () => {
        const n = next++;
        const [room, members] = made[n % made.length] as [RoomId, Actor[]];
        const actor = members[Math.floor(n / made.length) % MEMBERS] as Actor;
        return command(actor, { kind: "send_message", room, text: text(n) });
      }),
    );
  const run = async (work: Command[][]) => {
    let waiting: Promise<Committed> | undefined;
    for (const commands of work) {
      await waiting;
      waiting = target.commit(commands);
    }
    const committed = await waiting;
    if (committed?.verdicts.some(isFault)) throw new Error("A message was refused");
  };
  await run(batches(count / 3));
  const work = batches(count);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run(work);
  const time = ((performance.now() - start) * 1_000) / count;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${name.padEnd(8)} ${String(feeds).padStart(4)} feeds x ${String(batch).padStart(4)}: ` +
      `${((user + system) / count).toFixed(1).padStart(6)} us CPU (${(system / count).toFixed(1)} system), ` +
      `${time.toFixed(1).padStart(6)} us time a message`,
  );
  await target.close();
  rmSync(dataDir, { recursive: true });
}

for (const [feeds, batch] of [
  [200, 256],
  [200, 1_024],
  [1, 256],
  [1, 20],
] as const) {
  await measure("engine", engine, feeds, batch);
  await measure("worker", (dataDir) => openSqliteStore({ dataDir, onFatal: fatal }), feeds, batch);
}
