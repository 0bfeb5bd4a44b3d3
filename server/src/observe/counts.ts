import { CLOSE_CODES, FAULTS } from "@parley/protocol";
import { clientFrames } from "@parley/protocol/schemas";

/**
 * What the server counts while it works: plain numbers that only ever grow, unless a comment says otherwise. Whoever does
 * the work adds one; nobody looks up a name for it. They are read when somebody asks for the metrics.
 */
export type Counts = {
  readonly sockets: SocketCounts;
  readonly signals: SignalCounts;
  /** Faults that were answered, by code: over every wire. */
  readonly faults: FaultCounts;
  readonly commands: { readonly [kind: string]: { [outcome: string]: number } };
  /** Sockets that were refused before they had a session, by HTTP status or close code. */
  readonly upgradesRefused: { [code: string]: number };
  /** Events that went onto the bus. */
  events: number;
};

export type FaultCounts = { [code: string]: number };

/** What sessions do. */
export type SocketCounts = {
  opened: number;
  /** Sessions that are signed in now; goes up and down. */
  live: number;
  /** Peers that gave no sign of life and were dropped. */
  silent: number;
  /** Frames that came in, by type; `refused` are those that could not be read. */
  readonly frames: { [type: string]: number };
  /** The same object as `Counts.faults`. */
  readonly faults: FaultCounts;
  /** Copies of feeds that clients were told to drop, by reason. */
  readonly resets: { [why: string]: number };
  /** Sessions that ended, by close code. */
  readonly closes: { [code: string]: number };
};

/** Frames that carry signals: nothing of them is stored, so only these figures say that they flow. */
export type SignalCounts = { presence: number; typing: number; receipts: number };

/** All at 0, also what has not happened yet: a rate begins with a figure before the first. */
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
