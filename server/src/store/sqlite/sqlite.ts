import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Fault, FeedId, RoomId } from "@parley/protocol";
import { OperatorError } from "../base/operator-error.ts";
import { coalesce } from "../commit/coalesce.ts";
import * as feeds from "../read/feeds.ts";
import { RecentFeeds } from "../read/recent-feeds.ts";
import * as rooms from "../read/rooms.ts";
import * as users from "../read/users.ts";
import type { Committed, Head, SignIn, Store, User } from "../store.ts";
import { backupBeforeMigration } from "./before-migration.ts";
import { makeDataFolder, narrowPermissions } from "./engine/data-folder.ts";
import { BUSY_MS, SqliteFile } from "./engine/file.ts";
import { lockStore } from "./engine/lock.ts";
import { WriterThread } from "./engine/writer-thread.ts";
import { QueryThread } from "./query/thread.ts";

export type SqliteOptions = {
  /** The folder of the store; it is created when missing. */
  readonly dataDir: string;
  /** Without fsync: a crash of the machine may lose what was acknowledged. For tests and trials. */
  readonly unsafeDurability?: boolean;
  /** Milliseconds UTC. */
  readonly clock?: () => number;
  /** Called after an I/O error: the content of the disk is unknown, so the process must end. Waiting calls are not answered. */
  readonly onFatal: (error: Error) => void;
  /** Whether a store of an older format is copied into its folder `backups` before it is migrated (default). */
  readonly backup?: boolean;
  /** Receives each second what the start waits for: the backup or the migration of a store of an older format. */
  readonly onProgress?: (what: string, done: number) => void;
  /** Receives an error that a client received as the fault `internal`. */
  readonly onError?: (error: Error) => void;
  /** Receives the files (`.` is the folder) that other users of the system could read until now. */
  readonly onNarrowed?: (names: readonly string[]) => void;
};

/** Milliseconds between two reports of the progress of a start. */
const PROGRESS_EACH = 1_000;
/** Up to this number of members a list is read on this thread: sorting more would delay the sockets. */
const LARGE_ROOM = 500;
const MEMBERS_OF = "SELECT r.members FROM feeds f JOIN rooms r ON r.room_no = f.no WHERE f.feed = $1";

/**
 * Opens the store in a folder, and creates it when there is none.
 *
 * @throws OperatorError when another process has the store open, when it is of a newer version, and when the disk
 * cannot promise durability.
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
    const report = oncePerSecond(onProgress);
    const exists = existsSync(path);
    if (backup)
      await backupBeforeMigration({
        dataDir,
        now: clock(),
        progress: (done, total) => report("a backup before the migration", done / Math.max(total, 1)),
      });
    const migrating = (version: number, done: number) => {
      if (exists) report(`the store is brought to format ${version}`, done);
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

/** Reports a new step and its end at once, and otherwise once a second. */
function oncePerSecond(
  onProgress: (what: string, done: number) => void,
): (what: string, done: number) => void {
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

/** A restore that was interrupted at its last step: the old store is moved away, and the new one is not renamed yet. */
function refuseHalfRestored(path: string): void {
  if (existsSync(path) || !existsSync(`${path}.restoring`)) return;
  throw new OperatorError(
    `A restore of ${dirname(path)} was cut off. Restore again; what was there before is in its folder replaced-…, ` +
      `and can be moved back. To begin with an empty store instead, remove ${path}.restoring.`,
  );
}

/**
 * An import that was interrupted: the store has another name and is not complete. A new store in its place would prevent the
 * import from continuing.
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
  const signInNew = coalesce((requests: readonly SignIn[]) => writer.signIn(requests));
  const recent = new RecentFeeds(() => performance.now());
  const isLarge = (room: RoomId) => Number(file.get(MEMBERS_OF, [room])?.[0] ?? 0) > LARGE_ROOM;
  let closed: Promise<void> | undefined;
  const close = async () => {
    // The writer closes last: its checkpoint needs a log without readers.
    await queries.close();
    await writer.close();
    file.close();
    lock.release();
  };
  return {
    epoch,
    async commit(commands) {
      const committed = await writer.commit(commands, clock());
      if (committed.feeds.length > 0) recent.put(headsOf(committed));
      return committed;
    },
    signIn: (requests) => signIn(requests, file, signInNew),
    nameHeld: async (name) => file.readOne(users.nameHeld(name)),
    roomNamed: async (name) => file.readOne(users.roomNamed(name)),
    generationOf: async (user, device) => file.readOne(users.generationOf(user, device)),
    userByToken: async (tokenHash) => file.readOne(users.userByToken(tokenHash)),
    after: async (feed, seq, limit, who) => file.read(feeds.after(feed, seq, limit, who)),
    page: (room, where, who, meter) => queries.ask({ kind: "page", room, where, reader: who }, meter),
    heads: async (asked) => file.read(feeds.heads(asked)),
    changes: async (cursor) => recent.since(cursor),
    feedAccess: async (user, positions) => file.read(feeds.feedAccess(user, positions)),
    feedsOf: async (user) => file.read(feeds.feedsOf(user)),
    room: async (room, user) => file.read(rooms.room(room, user)),
    standing: async (room, user) => file.read(rooms.standing(room, user)),
    message: (room, id, who, meter) => queries.ask({ kind: "message", room, id, reader: who }, meter),
    history: (room, id, who, meter) => queries.ask({ kind: "history", room, id, reader: who }, meter),
    reads: async (room, who) => file.read(rooms.reads(room, who)),
    async members(room, who, meter) {
      if (isLarge(room)) return queries.ask({ kind: "members", room, reader: who }, meter);
      return file.read(rooms.members(room, who));
    },
    search: (query, who, meter) => queries.ask({ kind: "search", query, reader: who }, meter),
    directory: (query, user, meter) => queries.ask({ kind: "directory", query, user }, meter),
    publicRooms: (meter) => queries.ask({ kind: "public_rooms" }, meter),
    users: (query, meter) => queries.ask({ kind: "users", query }, meter),
    user: (id) => queries.ask({ kind: "user", id }),
    ping: () => writer.ping(),
    close() {
      closed ??= close();
      return closed;
    },
  };
}

function* headsOf({ feeds }: Committed): Iterable<readonly [FeedId, Head]> {
  for (const { feed, events } of feeds) {
    const last = events.at(-1);
    if (last) yield [feed, { seq: last.seq, id: last.id }];
  }
}

/** Guests with a known token are answered from a read: a reconnect storm writes nothing. */
async function signIn(
  requests: readonly SignIn[],
  file: SqliteFile,
  signInNew: Store["signIn"],
): Promise<readonly (User | Fault)[]> {
  const answers = file.readOne(users.knownGuests(requests));
  const fresh = requests.filter((_, i) => answers[i] === null);
  if (fresh.length === 0) return answers as (User | Fault)[];
  const made = await signInNew(fresh);
  let next = 0;
  return answers.map((answer) => answer ?? (made[next++] as User | Fault));
}
