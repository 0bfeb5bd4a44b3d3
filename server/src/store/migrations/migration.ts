import type { Step } from "../base/steps.ts";

/** What a migration may use besides the store itself. `now` is in milliseconds UTC. */
export type MigrationContext = {
  readonly now: number;
  readonly newId: (at: number) => string;
  /** A new lineage, for a store that has none. */
  readonly epoch: string;
  /** Told now and then how far a migration is, from 0 to 1. */
  readonly progress?: (version: number, done: number) => void;
};

/**
 * One step forward, numbered without holes. It leaves the previous version of the server able to run: it adds, and what
 * is no longer used goes with a later one. `sqlite` are statements of definition, `fill` brings rows.
 */
export type Migration = {
  readonly version: number;
  readonly sqlite: readonly string[];
  fill(context: MigrationContext): Generator<Step, void, unknown>;
};
