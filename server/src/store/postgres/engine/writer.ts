import { type Fault, type FeedId, fault, isFault, type WireEvent } from "@parley/protocol";
import type { Command } from "../../../core/command.ts";
import { type Steps, write } from "../../base/steps.ts";
import { Attempt } from "../../commit/attempt.ts";
import { KnownAuthors } from "../../commit/authors.ts";
import { commit } from "../../commit/commit.ts";
import { KnownFeeds } from "../../commit/known-feeds.ts";
import { signIn } from "../../commit/sign-in.ts";
import type { Committed, SignIn, User, Verdict } from "../../store.ts";
import type { Connection, Query } from "../wire/connection.ts";
import { failure } from "../wire/errors.ts";
import { OutcomeUnknown, transaction } from "./driver.ts";
import { publishDuplicates } from "./lost-answers.ts";
import type { Patience } from "./patience.ts";
import { RowNumbers } from "./row-numbers.ts";

/** Batches that look for duplicates at once after there was one. */
const LOOK_UP_BATCHES = 64;

export type WriterParts = {
  /** The connection of this writer, opened when it is needed. Rejects when the database cannot be reached. */
  readonly connect: () => Promise<Connection>;
  readonly newId: (at: number) => string;
  /** Milliseconds UTC, in place of the database's clock. For tests. */
  readonly clock?: (() => number) | undefined;
  readonly patience: Patience;
  /** SQL that waits until no other node makes guests: the keys of the table do not refuse a name that only looks alike. */
  readonly signInLock: string;
  readonly onError: (error: Error) => void;
};

/** One batch at a time. Several writers of several nodes share a store: the rows of the feeds are locked. */
export class PostgresWriter {
  readonly #parts: WriterParts;
  readonly #known = new KnownFeeds(false);
  readonly #authors = new KnownAuthors();
  readonly #rows = new RowNumbers();
  #lookUpBatches = 0;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  async commit(commands: readonly Command[]): Promise<Committed> {
    try {
      return await this.#attempt(commands);
    } catch (error) {
      switch (failure(error)) {
        case "full":
          return { verdicts: commands.map(() => fault("storage")), feeds: [] };
        case "lost":
        case "again":
          // The database cannot be had, or other writers hold the feeds: one by one would not help.
          this.#parts.onError(error as Error);
          return { verdicts: commands.map(() => fault("internal")), feeds: [] };
        case "other":
          return this.#oneByOne(commands);
      }
    }
  }

  async signIn(requests: readonly SignIn[]): Promise<(User | Fault)[]> {
    const { patience, connect, onError, signInLock } = this.#parts;
    const attempt = async () => {
      while (true) {
        const answers = await transaction(await connect(), locked(signInLock, signIn(requests)), {
          keep: isWhole,
        });
        if (answers) return answers;
      }
    };
    try {
      return await patience.run(attempt, isPassing);
    } catch (error) {
      const kind = failure(error);
      if (kind === "full") return requests.map(() => fault("storage"));
      if (requests.length === 1 || kind !== "other") {
        onError(error as Error);
        return requests.map(() => fault("internal"));
      }
      const answers: (User | Fault)[] = [];
      for (const request of requests) answers.push(...(await this.signIn([request])));
      return answers;
    }
  }

  /** One transaction, repeated with what it has learnt, on another connection where this one was lost. */
  async #attempt(commands: readonly Command[]): Promise<Committed> {
    const { newId, clock } = this.#parts;
    const rows = this.#rows;
    const attempt = new Attempt({
      known: this.#known,
      authors: this.#authors,
      allocator: {
        now: clock ?? (() => rows.now),
        timeOf: clock ? ({ at }) => at : () => rows.now,
        newId,
        newRow: () => rows.next(),
      },
      lookUpNonces: this.#lookUpBatches > 0,
    });
    /** Whether an earlier try may have been committed. */
    let unknown = false;
    const committed = await this.#parts.patience.run(
      () => this.#try(commands, attempt),
      (error) => {
        if (error instanceof OutcomeUnknown) {
          unknown = true;
          attempt.lookUpNonces = true;
          return true;
        }
        if (isPassing(error)) return true;
        if (attempt.lookUpNonces || failure(error) !== "other") return false;
        // The key of nonces refuses a duplicate. Now it is looked up.
        attempt.lookUpNonces = true;
        return true;
      },
    );
    const duplicates = hasDuplicate(committed);
    this.#lookUpBatches = duplicates ? LOOK_UP_BATCHES : Math.max(0, this.#lookUpBatches - 1);
    return unknown && duplicates ? publishDuplicates(committed, await this.#parts.connect()) : committed;
  }

  async #try(commands: readonly Command[], attempt: Attempt): Promise<Committed> {
    while (true) {
      const committed = await transaction(await this.#parts.connect(), commit(commands, attempt), {
        onLock: this.#rows,
        keep: isWhole,
        last: (result) => (result && result.feeds.length > 0 ? [batchOf(result)] : []),
      });
      if (!committed) continue;
      attempt.keep();
      return committed;
    }
  }

  /** After a failure of the batch: what fails alone is `internal`, and its author's later commands to that room wait (P5). */
  async #oneByOne(commands: readonly Command[]): Promise<Committed> {
    const feeds = new Map<FeedId, WireEvent[]>();
    const held = new Set<string>();
    const verdicts: Verdict[] = [];
    for (const command of commands) {
      const order = `${command.actor.id} ${command.body.room}`;
      if (held.has(order)) {
        verdicts.push(fault("held"));
        continue;
      }
      const verdict = await this.#alone(command, feeds);
      if (isFault(verdict) && (verdict.fault === "internal" || verdict.fault === "storage")) held.add(order);
      verdicts.push(verdict);
    }
    return { verdicts, feeds: [...feeds].map(([feed, events]) => ({ feed, events })) };
  }

  async #alone(command: Command, feeds: Map<FeedId, WireEvent[]>): Promise<Verdict> {
    try {
      const committed = await this.#attempt([command]);
      for (const { feed, events } of committed.feeds)
        feeds.set(feed, [...(feeds.get(feed) ?? []), ...events]);
      return committed.verdicts[0] as Verdict;
    } catch (error) {
      if (failure(error) === "full") return fault("storage");
      this.#parts.onError(error as Error);
      return fault("internal");
    }
  }
}

/** Whether a repeat may succeed although nothing was learnt. */
function isPassing(error: unknown): boolean {
  const kind = failure(error);
  return kind === "lost" || kind === "again";
}

/** The changed feeds with their heads, as one row in the transaction of the batch. */
function batchOf({ feeds }: Committed): Query {
  return {
    text: "INSERT INTO batches (feeds, lasts) VALUES ($1, $2)",
    values: [
      `{${feeds.map(({ feed }) => `"${feed}"`)}}`,
      `{${feeds.map(({ events }) => events.at(-1)?.seq ?? 0)}}`,
    ],
  };
}

function* locked<T>(lock: string, steps: Steps<T>): Steps<T> {
  yield write(lock, [[]]);
  return yield* steps;
}

function isWhole(result: unknown): boolean {
  return result !== null;
}

function hasDuplicate({ verdicts }: Committed): boolean {
  return verdicts.some((verdict) => "duplicate" in verdict && verdict.duplicate);
}
