/**
 * Durable messages a second of the store on PostgreSQL beside the embedded one, in the same run and on the same disk: batches
 * of 10, 50 and 200 in 1, 20 and 200 rooms, one and four calls in flight. Starts a PostgreSQL of its own. Run it with Bun:
 * `bun server/src/store/postgres/postgres.bench.ts [seconds of each slice]`. Slices of the two alternate; it prints medians.
 */
import { randomFillSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault, type RoomId } from "@parley/protocol";
import type { Actor, Command } from "../../core/command.ts";
import { startPostgres } from "../../testing/throwaway-postgres.ts";
import { uuidv7 } from "../base/uuid.ts";
import { openSqliteStore } from "../sqlite/sqlite.ts";
import type { Store, User } from "../store.ts";
import { openPostgresStore } from "./postgres.ts";

const SECONDS = Number(process.argv[2] ?? 1.5);
const SLICES = 3;
const MEMBERS = 10;
/** Clock ticks a second of /proc. */
const TICKS = 100;
const newId = uuidv7(randomFillSync);
const TEXT = "a message of about as many words as people write in one line of a chat, on average";

type Room = { readonly id: RoomId; readonly members: readonly Actor[] };
type Figures = { readonly rate: number; readonly cpu: number };

function command(actor: Actor, body: Command["body"]): Command {
  return { actor, body, nonce: newId(Date.now()), at: Date.now() };
}

async function makeRooms(store: Store, count: number): Promise<Room[]> {
  const rooms: Room[] = [];
  for (let i = 0; i < count; i++) {
    const requests = Array.from({ length: MEMBERS }, (_, n) => {
      const id = newId(Date.now());
      return { token_hash: id, name: `guest ${count} ${i} ${n}`, id, at: 1 };
    });
    const users = (await store.signIn(requests)) as User[];
    const members = users.map((user): Actor => ({ ...user, walk_in: false }));
    const [owner, ...others] = members as [Actor, ...Actor[]];
    const id = newId(Date.now());
    const create = { kind: "create_room", room: id, room_kind: "public", name: `room ${id}` } as const;
    const joins = others.map((actor) => command(actor, { kind: "join_room", room: id }));
    const { verdicts } = await store.commit([command(owner, create), ...joins]);
    if (verdicts.some(isFault)) throw new Error("A room could not be made");
    rooms.push({ id, members });
  }
  return rooms;
}

/** Messages a second, and us of CPU a message, with so many calls in flight. */
async function slice(
  store: Store,
  rooms: readonly Room[],
  batch: number,
  inFlight: number,
  backends: () => number,
): Promise<Figures> {
  let next = 0;
  let done = 0;
  const end = performance.now() + SECONDS * 1_000;
  const began = performance.now();
  const cpu = process.cpuUsage();
  const ticks = backends();
  const one = async () => {
    while (performance.now() < end) {
      const commands = Array.from({ length: batch }, () => {
        const n = next++;
        const { id, members } = rooms[n % rooms.length] as Room;
        const actor = members[Math.floor(n / rooms.length) % MEMBERS] as Actor;
        return command(actor, { kind: "send_message", room: id, text: TEXT });
      });
      const { verdicts } = await store.commit(commands);
      if (verdicts.some(isFault))
        throw new Error(`A message was refused: ${JSON.stringify(verdicts.find(isFault))}`);
      done += batch;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    rate: done / seconds,
    cpu: (user + system + ((backends() - ticks) * 1_000_000) / TICKS) / done,
  };
}

/** Ticks of CPU that the processes of a PostgreSQL server used. */
function ticksUnder(parent: number): number {
  let sum = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      if (Number(fields[1]) === parent) sum += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended.
    }
  }
  return sum;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}

const fatal = (error: unknown) => {
  throw error;
};
const postgres = await startPostgres();
const dataDir = mkdtempSync(join(tmpdir(), "parley-bench-"));
const embedded = await openSqliteStore({ dataDir, onFatal: fatal });
const { store } = await openPostgresStore({ url: postgres.newUrl(), sharing: "sole", onFatal: fatal });
console.log(
  "rooms  batch  in flight   SQLite msg/s (us CPU)   PostgreSQL msg/s (us CPU)   ratio   CPU ratio",
);
for (const count of [1, 20, 200]) {
  const [here, there] = [await makeRooms(embedded, count), await makeRooms(store, count)];
  for (const batch of [10, 50, 200]) {
    for (const inFlight of [1, 4]) {
      const [one, other]: [Figures[], Figures[]] = [[], []];
      for (let i = 0; i < SLICES; i++) {
        one.push(await slice(embedded, here, batch, inFlight, () => 0));
        other.push(await slice(store, there, batch, inFlight, () => ticksUnder(postgres.pid)));
      }
      const of = (figures: readonly Figures[]) =>
        [median(figures.map(({ rate }) => rate)), median(figures.map(({ cpu }) => cpu))] as const;
      const [[rate, cpu], [rateThere, cpuThere]] = [of(one), of(other)];
      const shown = (value: number, width: number, digits = 0) => value.toFixed(digits).padStart(width);
      console.log(
        `${shown(count, 5)} ${shown(batch, 6)} ${shown(inFlight, 10)} ${shown(rate, 14)} (${shown(cpu, 6, 1)}) ` +
          `${shown(rateThere, 17)} (${shown(cpuThere, 6, 1)}) ${shown(rateThere / rate, 13, 2)} ${shown(cpuThere / cpu, 11, 2)}`,
      );
    }
  }
}
await store.close();
await embedded.close();
await postgres.discard();
rmSync(dataDir, { recursive: true });
