/** What the runner and a load process say to each other, one JSON object a line. */

/** First word of a load process: everybody is in the room. */
export type Ready = { readonly connections: number; readonly milliseconds: number };

/** One window: send for `warm` ms, then count for `measure` ms. `pid` is the server's, `cores` are its and the load's. */
export type WindowCommand = {
  readonly pid: number;
  readonly cores: readonly number[];
  readonly warm: number;
  readonly measure: number;
};

/** What one window came to. */
export type WindowResult = {
  readonly seconds: number;
  /** Messages that were answered, so they are on disk. */
  readonly messages: number;
  /** Events received, once for each member. */
  readonly deliveries: number;
  /** Frames that carried them. */
  readonly frames: number;
  readonly bytes: number;
  /** Round trips in ms. */
  readonly p50: number;
  readonly p99: number;
  /** CPU time of the server process, all its threads, in us; of the load; of everybody else on the two cores. */
  readonly serverCpu: number;
  readonly loadCpu: number;
  readonly others: number;
  /** Resident memory of the server. */
  readonly serverKiB: number;
};
