import type { Step } from "../base/steps.ts";

/** What a migration may use besides the store itself. `now` is in milliseconds UTC. */
export type MigrationContext = {
  readonly now: number;
  readonly newId: (at: number) => string;
  /** A new lineage, for a store that has none. */
  readonly epoch: string;
  /** Receives the progress of a migration, from 0 to 1. */
  readonly progress?: (version: number, done: number) => void;
};

/**
 * One step forward, numbered without holes. `sqlite` holds statements that define tables and indexes, `fill` writes rows of
 * the embedded store. `postgres` holds all that the step is there, rows included; the first formats had no PostgreSQL.
 */
export type Migration = {
  readonly version: number;
  readonly sqlite: readonly string[];
  readonly postgres?: readonly string[];
  fill(context: MigrationContext): Generator<Step, void, unknown>;
};
