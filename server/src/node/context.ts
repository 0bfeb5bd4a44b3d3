import type { Config } from "../config/read.ts";
import type { Counts } from "../observe/counts.ts";
import type { Log } from "../observe/log.ts";
import type { TrafficLog } from "../observe/traffic-log.ts";

/** What every part of a node is built with. */
export type NodeContext = {
  readonly config: Config;
  readonly log: Log;
  readonly traffic: TrafficLog | null;
  readonly counts: Counts;
  /** The version of the server. */
  readonly version: string;
  /** Such as `bun 1.2.3`, for the metrics. */
  readonly runtime: string;
  /** UUIDv7 (RFC 9562): time first, so that new ids sort after old ones. */
  readonly newId: () => string;
  /** Milliseconds UTC. */
  readonly now: () => number;
  /** Milliseconds of a clock that never jumps, for all that waits or counts. */
  readonly monotonicNow: () => number;
};

/** How far the shutdown is. */
export type Lifecycle = {
  /** The process was asked to end: `/readyz` answers 503, everything else works. */
  leaving: boolean;
  /** No new work is taken. */
  draining: boolean;
};

export const MEGABYTE = 1_048_576;
