import type { UserId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import type { KnownAuthors } from "./authors.ts";
import type { KnownFeeds } from "./known-feeds.ts";

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

/** What one attempt at a batch is given. */
export type Attempt = {
  readonly known: KnownFeeds;
  readonly authors: KnownAuthors;
  /** The numbers of authors that this attempt found or made; they hold once it is committed. */
  readonly learnt: Map<UserId, number>;
  readonly allocator: Allocator;
  /** Whether nonces are looked up before anything is decided. */
  lookUpNonces: boolean;
};
