import { type Fault, type FeedId, fault, isFault, type WireEvent } from "@parley/protocol";
import type { Command } from "../../../core/command.ts";
import { Attempt } from "../../commit/attempt.ts";
import { KnownAuthors } from "../../commit/authors.ts";
import { commit } from "../../commit/commit.ts";
import { KnownFeeds } from "../../commit/known-feeds.ts";
import { signIn } from "../../commit/sign-in.ts";
import type { Committed, SignIn, User, Verdict } from "../../store.ts";
import { failure } from "./errors.ts";
import type { SqliteFile } from "./file.ts";

/** Batches that look for duplicates at once after there was one. */
const LOOK_UP_BATCHES = 64;

/** Attempts at a sign-in. Another writer could take a name in between: SQLite has none, so a second one fails, too. */
const SIGN_IN_ATTEMPTS = 2;

/** The one writer of a SQLite store. Its methods are synchronous and return what is on disk; an error that they throw is fatal. */
export class SqliteWriter {
  readonly #file: SqliteFile;
  readonly #newId: (at: number) => string;
  readonly #known: KnownFeeds;
  readonly #authors = new KnownAuthors();
  readonly #newRow: () => number;
  /** Batches that still begin with a look for duplicates. */
  #lookUpBatches = 0;

  /** `shared` is for tests: rows and facts of one of several writers. */
  constructor(
    file: SqliteFile,
    newId: (at: number) => string,
    shared?: { readonly known: KnownFeeds; readonly newRow: () => number },
  ) {
    this.#file = file;
    this.#newId = newId;
    this.#known = shared?.known ?? new KnownFeeds(true);
    this.#newRow = shared?.newRow ?? rowsAfter(file);
  }

  /** `now` is in milliseconds UTC on the store's clock. */
  commit(commands: readonly Command[], now: number): Committed {
    try {
      return this.#attempt(commands, now);
    } catch (error) {
      switch (failure(error)) {
        case "fatal":
          throw error;
        case "full":
          return { verdicts: commands.map(() => fault("storage")), feeds: [] };
        case "other":
          return this.#oneByOne(commands, now);
      }
    }
  }

  signIn(requests: readonly SignIn[]): (User | Fault)[] {
    try {
      for (let attempt = 0; attempt < SIGN_IN_ATTEMPTS; attempt++) {
        const answers = this.#file.transaction(signIn(requests), isWhole);
        if (answers) return answers;
      }
      throw new Error("The id of a new guest exists");
    } catch (error) {
      const kind = failure(error);
      if (kind === "fatal") throw error;
      if (kind === "full") return requests.map(() => fault("storage"));
      if (requests.length === 1) return [fault("internal")];
      return requests.flatMap((request) => this.signIn([request]));
    }
  }

  /**
   * One transaction, repeated with what it has learnt: names that are taken, duplicates among the commands. Where there was a
   * duplicate there are more: a client sends again all that had no answer.
   */
  #attempt(commands: readonly Command[], now: number): Committed {
    const attempt = new Attempt({
      known: this.#known,
      authors: this.#authors,
      allocator: { now: () => now, timeOf, newId: this.#newId, newRow: this.#newRow },
      lookUpNonces: this.#lookUpBatches > 0,
    });
    while (true) {
      try {
        const committed = this.#file.transaction(commit(commands, attempt), isWhole);
        if (!committed) continue;
        attempt.keep();
        this.#lookUpBatches = hasDuplicate(committed)
          ? LOOK_UP_BATCHES
          : Math.max(0, this.#lookUpBatches - 1);
        return committed;
      } catch (error) {
        if (attempt.lookUpNonces || failure(error) !== "other") throw error;
        attempt.lookUpNonces = true;
      }
    }
  }

  /** After a failure of the batch: what fails alone is `internal`, and its author's later commands to that room wait (P5). */
  #oneByOne(commands: readonly Command[], now: number): Committed {
    const feeds = new Map<FeedId, WireEvent[]>();
    const held = new Set<string>();
    const verdicts = commands.map((command): Verdict => {
      const order = `${command.actor.id} ${command.body.room}`;
      if (held.has(order)) return fault("held");
      const verdict = this.#alone(command, now, feeds);
      if (isFault(verdict) && (verdict.fault === "internal" || verdict.fault === "storage")) held.add(order);
      return verdict;
    });
    return { verdicts, feeds: [...feeds].map(([feed, events]) => ({ feed, events })) };
  }

  #alone(command: Command, now: number, feeds: Map<FeedId, WireEvent[]>): Verdict {
    try {
      const committed = this.#attempt([command], now);
      for (const { feed, events } of committed.feeds) {
        feeds.set(feed, [...(feeds.get(feed) ?? []), ...events]);
      }
      return committed.verdicts[0] as Verdict;
    } catch (error) {
      switch (failure(error)) {
        case "fatal":
          throw error;
        case "full":
          return fault("storage");
        case "other":
          return fault("internal");
      }
    }
  }
}

/** The numbers of rows above those that the store has. */
export function rowsAfter(file: SqliteFile): () => number {
  let row = Number(file.get("SELECT COALESCE(MAX(row), 0) FROM events", [])?.[0]);
  return () => ++row;
}

function isWhole(result: unknown): boolean {
  return result !== null;
}

/** The clock of the only process that writes is the store's. */
function timeOf({ at }: Command): number {
  return at;
}

function hasDuplicate({ verdicts }: Committed): boolean {
  return verdicts.some((verdict) => "duplicate" in verdict && verdict.duplicate);
}
