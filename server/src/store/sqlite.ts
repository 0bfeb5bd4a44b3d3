import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Fault } from "@parley/protocol";
import type { Command } from "../core/command.ts";
import { lockStore } from "./lock.ts";
import { unpack } from "./packing.ts";
import { RecentFeeds } from "./recent-feeds.ts";
import { SqliteFile } from "./sqlite-file.ts";
import type { Reply, Request, WorkerStart } from "./sqlite-port.ts";
import { SqliteReader } from "./sqlite-reader.ts";
import type { Committed, SignIn, Store, User } from "./store.ts";

export type SqliteOptions = {
  /** The folder that holds the store; it is made when missing. */
  readonly dataDir: string;
  /** Does not wait for the disk. A crash of the machine may lose what was acknowledged. For tests and trials. */
  readonly unsafeDurability?: boolean;
  /** Milliseconds UTC. */
  readonly clock?: () => number;
  /** Called after an error of the disk: nobody knows what is on it, so the process must end. Nothing is answered then. */
  readonly onFatal: (error: Error) => void;
};

const BUSY_MS = 5_000;

/**
 * Opens the store in a folder, and makes it when there is none. Throws a sentence for the operator when another process
 * has it, when it is of a newer version, and when the disk cannot promise durability.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { dataDir, unsafeDurability = false, clock = Date.now, onFatal } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockStore(join(dataDir, "lock.db"));
  const path = join(dataDir, "parley.db");
  try {
    const writer = new Writer({ path, unsafeDurability, now: clock() }, onFatal);
    const epoch = await writer.opened;
    const file = new SqliteFile(path, { readOnly: true });
    file.pragma(`busy_timeout = ${BUSY_MS}`);
    return sqliteStore(epoch, writer, file, clock, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

function sqliteStore(
  epoch: string,
  writer: Writer,
  file: SqliteFile,
  clock: () => number,
  release: () => void,
): Store {
  const reader = new SqliteReader(file, epoch);
  const recent = new RecentFeeds(Math.max(clock(), reader.lastStamp()));
  return {
    epoch,
    async commit(commands) {
      const committed = await writer.commit(commands, clock());
      // Stamped anew: a commit may have waited for the disk longer than anybody looks back.
      const now = clock();
      for (const { feed, events } of committed.feeds) recent.put(feed, now, events.at(-1)?.seq ?? 0);
      return committed;
    },
    signIn: (requests) => signIn(requests, reader, writer),
    userByToken: async (tokenHash) => reader.userByToken(tokenHash),
    after: async (feed, seq, limit, who) => reader.after(feed, seq, limit, who),
    page: async (room, where, who) => reader.page(room, where, who),
    heads: async (feeds) => reader.heads(feeds),
    stamped: async (since) => recent.since(since, clock()) ?? reader.stamped(since),
    standings: async (user, positions) => reader.standings(user, positions),
    feedsOf: async (user) => reader.feedsOf(user),
    rooms: async (user) => reader.rooms(user),
    room: async (room, user) => reader.room(room, user),
    members: async (room, who) => reader.members(room, who),
    role: async (room, user) => reader.role(room, user),
    async close() {
      await writer.close();
      file.close();
      release();
    },
  };
}

/** Guests whose token is known are answered from a read: a storm of them writes nothing. */
async function signIn(
  requests: readonly SignIn[],
  reader: SqliteReader,
  writer: Writer,
): Promise<(User | Fault)[]> {
  const answers = requests.map((request) => reader.knownGuest(request));
  const fresh = requests.filter((_, i) => answers[i] === null);
  if (fresh.length === 0) return answers as (User | Fault)[];
  const made = await writer.signIn(fresh);
  let next = 0;
  return answers.map((answer) => answer ?? (made[next++] as User | Fault));
}

/** The worker, as the thread of the sockets sees it: requests go in, and come back answered in order. */
class Writer {
  readonly opened: Promise<string>;
  readonly #worker: Worker;
  #waiting: ((reply: Reply) => void)[] = [];
  #closed: Promise<void> | undefined;

  constructor(start: WorkerStart, onFatal: (error: Error) => void) {
    this.#worker = new Worker(new URL("./sqlite-worker.ts", import.meta.url), { workerData: start });
    this.opened = new Promise((resolve, reject) => {
      this.#waiting.push((reply) => {
        if (reply.kind === "open") resolve(reply.epoch);
        else reject(new Error(reply.kind === "refused" ? reply.message : `The store said ${reply.kind}`));
      });
    });
    this.#worker.on("message", (reply: Reply) => {
      if (reply.kind !== "fatal") {
        this.#waiting.shift()?.(reply);
        return;
      }
      this.#waiting = [];
      onFatal(new Error(reply.message));
    });
    // A defect that ended the thread. What was on its way is never answered.
    this.#worker.on("error", (error) => {
      this.#closed = Promise.resolve();
      onFatal(error as Error);
    });
  }

  async commit(commands: readonly Command[], now: number): Promise<Committed> {
    const reply = await this.#ask({ kind: "commit", commands: JSON.stringify(commands), now });
    if (reply.kind !== "committed") throw new Error(`The store answered ${reply.kind} to a commit`);
    return unpack(reply.committed);
  }

  async signIn(requests: readonly SignIn[]): Promise<readonly (User | Fault)[]> {
    const reply = await this.#ask({ kind: "sign_in", requests });
    if (reply.kind !== "signed_in") throw new Error(`The store answered ${reply.kind} to a sign-in`);
    return reply.answers;
  }

  close(): Promise<void> {
    this.#closed ??= this.#ask({ kind: "close" }).then(() => undefined);
    return this.#closed;
  }

  #ask(request: Request): Promise<Reply> {
    if (this.#closed) return Promise.reject(new Error("The store is closed"));
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage(request);
    });
  }
}
