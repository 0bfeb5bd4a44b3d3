import { randomBytes, randomFillSync } from "node:crypto";
import { type Fault, fault, type RoomId } from "@parley/protocol";
import { uuidv7 } from "../base/uuid.ts";
import { coalesce } from "../commit/coalesce.ts";
import type { Reads } from "../read/asks.ts";
import * as feeds from "../read/feeds.ts";
import * as lists from "../read/lists.ts";
import * as messages from "../read/messages.ts";
import * as rooms from "../read/rooms.ts";
import { search } from "../read/search.ts";
import * as users from "../read/users.ts";
import type { ReadMeter, SignIn, Store, User } from "../store.ts";
import { checkServer, firstConnection, makeSchema } from "./engine/boot.ts";
import { transaction } from "./engine/driver.ts";
import { Lanes } from "./engine/lanes.ts";
import { lockKeys, PresenceLock, type Sharing } from "./engine/locks.ts";
import { Patience } from "./engine/patience.ts";
import { Purger } from "./engine/purger.ts";
import { openSession, type Role } from "./engine/session.ts";
import { PostgresWriter } from "./engine/writer.ts";
import { changes } from "./reads/changes.ts";
import { ReadPool } from "./reads/read-pool.ts";
import { tsqueryIndex } from "./reads/tsquery-index.ts";
import { migrate } from "./schema/migrate.ts";
import { type Address, readAddress } from "./wire/address.ts";
import type { Connection } from "./wire/connection.ts";

export type PostgresOptions = {
  /** DATABASE_URL. */
  readonly url: string;
  /** Batches in flight at once. */
  readonly lanes?: number;
  /** Connections for reads. */
  readonly readers?: number;
  readonly sharing: Sharing;
  readonly unsafeDurability?: boolean;
  /** Milliseconds for which the start waits for the database. */
  readonly patience?: number;
  /** Milliseconds UTC, in place of the database's clock. For tests. */
  readonly clock?: () => number;
  /** Called when another process took the place of this one: it must end. */
  readonly onFatal: (error: Error) => void;
  /** Receives what the start waits for. */
  readonly onWait?: (reason: string) => void;
  /** Receives an error that a client received as a fault, and errors of work in the background. */
  readonly onError?: (error: Error) => void;
};

export type OpenedPostgres = {
  readonly store: Store;
  /** Whether a write succeeds, after one was refused for want of space. */
  readonly canWrite: () => Promise<boolean>;
};

const LANES = 4;
const READERS = 3;
const PATIENCE = 60_000;
/** Reads of one kind that may wait, and milliseconds until a refused one may come again. */
const MAX_WAITING = 200;
const RETRY_AFTER = 1_000;

/**
 * Opens the store in a database, and creates its tables when there are none.
 *
 * @throws OperatorError when the database cannot be reached, is not Parley's, or cannot promise durability.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<OpenedPostgres> {
  const address = readAddress(options.url);
  const { patience = PATIENCE, onWait = () => {}, unsafeDurability = false } = options;
  const owner = await firstConnection(address, { patience, onWait });
  let lock: PresenceLock | undefined;
  try {
    await checkServer(owner, unsafeDurability);
    const epoch = await migrated(owner, address, options.clock);
    lock = await PresenceLock.take(address, options.sharing, owner, options.onFatal);
    return postgresStore(address, epoch, lock, options);
  } catch (error) {
    await (lock?.release() ?? owner.close());
    throw error;
  }
}

/** Makes schema and tables under a lock: of several nodes that start at once, the first does it and the others find it done. */
async function migrated(owner: Connection, address: Address, clock = Date.now): Promise<string> {
  const keys = lockKeys(address, "migration");
  await owner.ask({ text: `SELECT pg_advisory_lock(${keys})`, unnamed: true });
  try {
    await makeSchema(owner, address);
    const context = {
      now: clock(),
      newId: uuidv7(randomFillSync),
      epoch: randomBytes(16).toString("hex"),
    };
    return await transaction(owner, migrate(context));
  } finally {
    await owner.ask({ text: `SELECT pg_advisory_unlock(${keys})`, unnamed: true });
  }
}

/** A connection that is opened when it is needed, and again when it was lost. */
function lasting(address: Address, role: Role) {
  let opening: Promise<Connection> | undefined;
  return {
    async connect(): Promise<Connection> {
      const known = await opening?.catch(() => undefined);
      if (known && !known.isLost) return known;
      opening = openSession(address, role);
      return opening;
    },
    async close(): Promise<void> {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

function postgresStore(
  address: Address,
  epoch: string,
  lock: PresenceLock,
  options: PostgresOptions,
): OpenedPostgres {
  const { clock, lanes = LANES, readers = READERS, onError = () => {} } = options;
  const newId = uuidv7(randomFillSync);
  const patience = new Patience();
  const sessions = Array.from({ length: lanes }, () => lasting(address, "writer"));
  const aside = lasting(address, "writer");
  const background = lasting(address, "writer");
  const probing = lasting(address, "writer");
  const signInLock = `SELECT pg_advisory_xact_lock(${lockKeys(address, "guests")})`;
  const writerOf = ({ connect }: ReturnType<typeof lasting>) =>
    new PostgresWriter({ connect, newId, clock, patience, signInLock, onError });
  const writers = new Lanes(sessions.map(writerOf));
  const guests = writerOf(aside);
  const pool = new ReadPool({ size: readers, open: () => openSession(address, "reader"), patience });
  const purger = new Purger({ address, connect: background.connect, onError });
  const signInNew = coalesce((requests: readonly SignIn[]) => guests.signIn(requests));

  /** A read whose error is a fault, as one that the embedded store's own thread carries out. */
  const slow = async <T>(make: () => Reads<T>, meter?: ReadMeter, bounded = true): Promise<T | Fault> => {
    if (bounded && pool.waiting >= MAX_WAITING) return fault("rate_limited", undefined, RETRY_AFTER);
    const began = performance.now();
    try {
      return await pool.read(make);
    } catch (error) {
      if (closed) throw error;
      onError(error as Error);
      return fault("internal");
    } finally {
      if (meter) meter.ms += performance.now() - began;
    }
  };
  let closed: Promise<void> | undefined;
  const close = async () => {
    patience.close();
    await purger.close();
    await writers.idle();
    await pool.close();
    await Promise.all([...sessions, aside, background, probing].map((session) => session.close()));
    await lock.release();
  };
  const known = (requests: readonly SignIn[]) => pool.readOne(() => users.knownGuests(requests));
  const store: Store = {
    epoch,
    async commit(commands) {
      if (closed) throw new Error("The store is closed");
      const committed = await writers.commit(commands);
      purger.committed(committed);
      return committed;
    },
    signIn: (requests) => signIn(requests, known, signInNew),
    nameHeld: (name) => pool.readOne(() => users.nameHeld(name)),
    roomNamed: (name) => pool.readOne(() => users.roomNamed(name)),
    generationOf: (user, device) => pool.readOne(() => users.generationOf(user, device)),
    userByToken: (tokenHash) => pool.readOne(() => users.userByToken(tokenHash)),
    after: (feed, seq, limit, who) => pool.read(() => feeds.after(feed, seq, limit, who)),
    page: (room, where, who, meter) => slow(() => messages.page(room, where, who, epoch), meter, false),
    heads: (asked) => pool.read(() => feeds.heads(asked)),
    changes: (cursor) => pool.use((connection) => changes(connection, cursor)),
    feedAccess: (user, positions) => pool.read(() => feeds.feedAccess(user, positions)),
    feedsOf: (user) => pool.read(() => feeds.feedsOf(user)),
    room: (room, user) => pool.read(() => rooms.room(room, user)),
    standing: (room, user) => pool.read(() => rooms.standing(room, user)),
    message: (room: RoomId, id, who, meter) => slow(() => messages.message(room, id, who), meter),
    history: (room, id, who, meter) => slow(() => messages.history(room, id, who), meter),
    reads: (room, who) => pool.read(() => rooms.reads(room, who)),
    members: (room, who, meter) => slow(() => rooms.members(room, who), meter),
    search: (query, who, meter) =>
      slow(() => search(tsqueryIndex, () => performance.now(), query, who), meter),
    directory: (query, user, meter) => slow(() => lists.directory(query, user), meter),
    publicRooms: (meter) => slow(() => lists.publicRooms(), meter),
    users: (query, meter) => slow(() => lists.users(query), meter),
    user: (id) => slow(() => lists.user(id)),
    async ping() {
      if (closed) throw new Error("The store is closed");
      const { rows } = await (await probing.connect()).ask({
        text: "SELECT value FROM meta WHERE key = 'epoch'",
      });
      return String(rows[0]?.[0]);
    },
    close() {
      closed ??= close();
      return closed;
    },
  };
  const canWrite = async () => {
    try {
      const connection = await probing.connect();
      await connection.ask({ text: "UPDATE meta SET value = value WHERE key = 'version'" });
      return true;
    } catch {
      return false;
    }
  };
  return { store, canWrite };
}

/** Guests with a known token are answered from a read: a reconnect storm writes nothing. */
async function signIn(
  requests: readonly SignIn[],
  known: (requests: readonly SignIn[]) => Promise<(User | Fault | null)[]>,
  signInNew: Store["signIn"],
): Promise<readonly (User | Fault)[]> {
  const answers = await known(requests);
  const fresh = requests.filter((_, i) => answers[i] === null);
  if (fresh.length === 0) return answers as (User | Fault)[];
  const made = await signInNew(fresh);
  let next = 0;
  return answers.map((answer) => answer ?? (made[next++] as User | Fault));
}
