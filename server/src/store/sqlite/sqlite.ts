import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Fault, RoomId } from "@parley/protocol";
import { OperatorError } from "../base/operator-error.ts";
import { coalesce } from "../commit/coalesce.ts";
import { RecentFeeds } from "../read/recent-feeds.ts";
import type { SignIn, Store, User } from "../store.ts";
import { backupBeforeMigration } from "./before-migration.ts";
import { makeDataFolder, narrowPermissions } from "./engine/data-folder.ts";
import { BUSY_MS, SqliteFile } from "./engine/file.ts";
import { lockStore } from "./engine/lock.ts";
import { SqliteReader } from "./engine/reader.ts";
import { WriterThread } from "./engine/writer-thread.ts";
import { QueryThread } from "./query/thread.ts";

export type SqliteOptions = {
  /** The folder that holds the store; it is made when missing. */
  readonly dataDir: string;
  /** Does not wait for the disk. A crash of the machine may lose what was acknowledged. For tests and trials. */
  readonly unsafeDurability?: boolean;
  /** Milliseconds UTC. */
  readonly clock?: () => number;
  /** Called after an error of the disk: nobody knows what is on it, so the process must end. Nothing is answered then. */
  readonly onFatal: (error: Error) => void;
  /** Whether a store of an older format is copied into its folder `backups` before it is changed; it is by default. */
  readonly backup?: boolean;
  /** Told each second of what the start waits for: a backup or a migration of a store that an older server wrote. */
  readonly onProgress?: (what: string, done: number) => void;
  /** Told of a defect that somebody got as the fault `internal`. */
  readonly onError?: (error: Error) => void;
  /** Told which files of the folder (`.` is the folder) other users could read until now. */
  readonly onNarrowed?: (names: readonly string[]) => void;
};

/** Milliseconds between two lines about how far a start is. */
const PROGRESS_EACH = 1_000;
/** Members up to which a list of them is read at once: sorting more would hold up those who send. */
const LARGE_ROOM = 500;
const MEMBERS_OF = "SELECT r.members FROM feeds f JOIN rooms r ON r.room_no = f.no WHERE f.feed = $1";

/**
 * Opens the store in a folder, and makes it when there is none.
 *
 * @throws OperatorError when another process has it, when it is of a newer version, when a restore or an import of it was
 * interrupted, and when the disk cannot promise durability.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { dataDir, unsafeDurability = false, clock = Date.now, onFatal, onError = () => {} } = options;
  const { backup = true, onProgress = () => {} } = options;
  makeDataFolder(dataDir);
  const narrowed = narrowPermissions(dataDir);
  const lock = lockStore(join(dataDir, "lock.db"));
  try {
    const path = join(dataDir, "parley.db");
    refuseHalfRestored(path);
    refuseHalfImported(path);
    const told = seldom(onProgress);
    const exists = existsSync(path);
    if (backup)
      await backupBeforeMigration({
        dataDir,
        now: clock(),
        progress: (done, total) => told("a backup before the migration", done / Math.max(total, 1)),
      });
    const migrating = (version: number, done: number) => {
      if (exists) told(`the store is brought to format ${version}`, done);
    };
    const writer = new WriterThread({ path, unsafeDurability, now: clock() }, onFatal, migrating);
    const epoch = await writer.opened;
    if (narrowed.length > 0) options.onNarrowed?.(narrowed);
    return await writer.closeIfThrown(() => {
      const file = new SqliteFile(path, { readOnly: true });
      file.pragma(`busy_timeout = ${BUSY_MS}`);
      const queries = new QueryThread({ path, epoch }, onError);
      return sqliteStore({ epoch, writer, file, queries, clock, lock });
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Passes on what is new or whole, and otherwise one line a second. */
function seldom(onProgress: (what: string, done: number) => void): (what: string, done: number) => void {
  let last = "";
  let at = 0;
  return (what, done) => {
    const now = performance.now();
    if (what === last && done < 1 && now - at < PROGRESS_EACH) return;
    last = what;
    at = now;
    onProgress(what, done);
  };
}

/** A restore that was cut off at its last step: the old store is aside, and the new one has not got its name. */
function refuseHalfRestored(path: string): void {
  if (existsSync(path) || !existsSync(`${path}.restoring`)) return;
  throw new OperatorError(
    `A restore of ${dirname(path)} was cut off. Restore again; what was there before is in its folder replaced-…, ` +
      `and can be moved back. To begin with an empty store instead, remove ${path}.restoring.`,
  );
}

/**
 * An import that was cut off: the store lies under another name and is not whole. A store begun in its place would keep it
 * from going on.
 */
export function refuseHalfImported(path: string): void {
  const part = `${path}.importing`;
  if (existsSync(path) || !existsSync(part)) return;
  throw new OperatorError(
    `An import into ${dirname(path)} was cut off. Type the same import again: it goes on where it was. ` +
      `To begin with an empty store instead, remove ${part}.`,
  );
}

type Parts = {
  readonly epoch: string;
  readonly writer: WriterThread;
  readonly file: SqliteFile;
  readonly queries: QueryThread;
  readonly clock: () => number;
  readonly lock: { release(): void };
};

function sqliteStore({ epoch, writer, file, queries, clock, lock }: Parts): Store {
  const reader = new SqliteReader(file, epoch);
  const signInNew = coalesce((requests: readonly SignIn[]) => writer.signIn(requests));
  // A stamp of the future, from a clock that was ahead, is left out: who follows a feed from here on knows its head already.
  const recent = new RecentFeeds(clock());
  const isLarge = (room: RoomId) => Number(file.get(MEMBERS_OF, [room])?.[0] ?? 0) > LARGE_ROOM;
  let closed: Promise<void> | undefined;
  const close = async () => {
    // The writer comes last: nobody may read from the log when it is carried into the database.
    await queries.close();
    await writer.close();
    file.close();
    lock.release();
  };
  return {
    epoch,
    async commit(commands) {
      const committed = await writer.commit(commands, clock());
      // Stamped anew: a commit may have waited for the disk longer than anybody looks back.
      const now = clock();
      for (const { feed, events } of committed.feeds) {
        const last = events.at(-1);
        if (last) recent.put(feed, now, { seq: last.seq, id: last.id });
      }
      return committed;
    },
    signIn: (requests) => signIn(requests, reader, signInNew),
    nameHeld: async (name) => reader.nameHeld(name),
    roomNamed: async (name) => reader.roomNamed(name),
    userByToken: async (tokenHash) => reader.userByToken(tokenHash),
    after: async (feed, seq, limit, who) => reader.after(feed, seq, limit, who),
    page: (room, where, who, meter) => queries.ask({ kind: "page", room, where, reader: who }, meter),
    heads: async (feeds) => reader.heads(feeds),
    stamped: async (since) => recent.since(since, clock()) ?? reader.stamped(since),
    feedAccess: async (user, positions) => reader.standings(user, positions),
    feedsOf: async (user) => reader.feedsOf(user),
    room: async (room, user) => reader.room(room, user),
    standing: async (room, user) => reader.standing(room, user),
    message: (room, id, who, meter) => queries.ask({ kind: "message", room, id, reader: who }, meter),
    history: (room, id, who, meter) => queries.ask({ kind: "history", room, id, reader: who }, meter),
    reads: async (room, who) => reader.reads(room, who),
    async members(room, who, meter) {
      if (isLarge(room)) return queries.ask({ kind: "members", room, reader: who }, meter);
      return reader.members(room, who);
    },
    search: (query, who, meter) => queries.ask({ kind: "search", query, reader: who }, meter),
    directory: (query, user, meter) => queries.ask({ kind: "directory", query, user }, meter),
    publicRooms: (meter) => queries.ask({ kind: "public_rooms" }, meter),
    users: (query, meter) => queries.ask({ kind: "users", query }, meter),
    user: (id) => queries.ask({ kind: "user", id }),
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** Guests whose token is known are answered from a read: a storm of them writes nothing. */
async function signIn(
  requests: readonly SignIn[],
  reader: SqliteReader,
  signInNew: Store["signIn"],
): Promise<readonly (User | Fault)[]> {
  const answers = requests.map((request) => reader.knownGuest(request));
  const fresh = requests.filter((_, i) => answers[i] === null);
  if (fresh.length === 0) return answers as (User | Fault)[];
  const made = await signInNew(fresh);
  let next = 0;
  return answers.map((answer) => answer ?? (made[next++] as User | Fault));
}
