import { CLOSE_CODES, FAULTS } from "@parley/protocol";
import { clientFrames } from "@parley/protocol/schemas";

/**
 * What the server counts while it works: plain numbers that only grow, unless a comment says otherwise. The code that does
 * the work increments them, without a lookup by name. They are read when the metrics are requested.
 */
export type Counts = {
  readonly sockets: SocketCounts;
  readonly signals: SignalCounts;
  /** Faults that were answered, by code, over all protocols. */
  readonly faults: FaultCounts;
  readonly commands: { readonly [kind: string]: { [outcome: string]: number } };
  /** Sockets that were refused before they had a session, by HTTP status or close code. */
  readonly upgradesRefused: { [code: string]: number };
  /** Events that were published on the bus. */
  events: number;
};

export type FaultCounts = { [code: string]: number };

/** Counters of the sessions. */
export type SocketCounts = {
  opened: number;
  /** Sessions that are signed in now; it also falls. */
  live: number;
  /** Connections that were closed because nothing was received within the heartbeat timeout. */
  silent: number;
  /** Frames that were received, by type; `refused` are those that could not be decoded. */
  readonly frames: { [type: string]: number };
  /** The same object as `Counts.faults`. */
  readonly faults: FaultCounts;
  /** `reset` frames, by reason. */
  readonly resets: { [why: string]: number };
  /** Sessions that ended, by close code. */
  readonly closes: { [code: string]: number };
};

/** Frames that carry signals. Signals are not stored, so only these counters show that they are sent. */
export type SignalCounts = { presence: number; typing: number; receipts: number };

/** All at 0, also for what has not happened yet: a rate needs a sample before the first increment. */
export function newCounts(): Counts {
  const faults = zeros(Object.keys(FAULTS));
  return {
    faults,
    sockets: {
      opened: 0,
      live: 0,
      silent: 0,
      frames: zeros([...Object.keys(clientFrames), "command", "refused"]),
      faults,
      resets: zeros(["epoch", "floor", "future", "lineage"]),
      closes: zeros(Object.keys(CLOSE_CODES)),
    },
    signals: { presence: 0, typing: 0, receipts: 0 },
    commands: {},
    upgradesRefused: zeros(["403", "404", "426", "429", "503", "1013", "4404", "4406"]),
    events: 0,
  };
}

function zeros(names: readonly string[]): { [name: string]: number } {
  return Object.fromEntries(names.map((name) => [name, 0]));
}
