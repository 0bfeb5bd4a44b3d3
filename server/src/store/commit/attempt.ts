import type { FeedId, UserId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import type { KnownAuthors } from "./authors.ts";
import type { KnownFeeds, OpenFeed } from "./known-feeds.ts";

/**
 * Times, ids and numbers that an engine gives to a batch. They are asked for only after the lock (see `Lock` in steps.ts),
 * so that an engine can fetch them with it.
 */
export type Allocator = {
  /** Milliseconds UTC on the engine's clock, with which the feeds are stamped. */
  now(): number;
  /**
   * When a command is carried out, milliseconds UTC: its events have this time, or that of the event before if it is later.
   * An engine that several processes write to answers with its own clock whatever `command.at` is: one process with a
   * clock that is ahead would move the time of each room that it writes to, for good.
   */
  timeOf(command: Command): number;
  /** Makes the id of an event for its time. */
  newId(at: number): string;
  /** Makes the number under which an event's row is kept, above those of all batches that were committed before the lock. */
  newRow(): number;
};

/**
 * The attempts at one batch. The engine drives `commit` with it in a transaction and calls `keep` after COMMIT; where the
 * transaction is rolled back it does nothing, and may drive `commit` with it again.
 */
export class Attempt {
  readonly known: KnownFeeds;
  readonly authors: KnownAuthors;
  readonly allocator: Allocator;
  /** Whether nonces are looked up before anything is decided. */
  lookUpNonces: boolean;
  /** The numbers of authors that this attempt found or made; they hold once it is committed. */
  readonly learnt = new Map<UserId, number>();
  #feeds: ReadonlyMap<FeedId, OpenFeed> = new Map();

  constructor({ known, authors, allocator, lookUpNonces }: AttemptParts) {
    this.known = known;
    this.authors = authors;
    this.allocator = allocator;
    this.lookUpNonces = lookUpNonces;
  }

  /** The body of the commit begins with these feeds, which it took out of `known`. */
  begin(feeds: ReadonlyMap<FeedId, OpenFeed>): void {
    this.#feeds = feeds;
    this.learnt.clear();
  }

  /** Gives back what the batch knows. Only after its COMMIT: otherwise it was folded with events that do not exist. */
  keep(): void {
    this.known.keep(this.#feeds.values());
    this.authors.keep(this.learnt);
  }
}

export type AttemptParts = Pick<Attempt, "known" | "authors" | "allocator" | "lookUpNonces">;
