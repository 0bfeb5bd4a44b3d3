import type { Counts } from "./counts.ts";
import type { StoreSpace } from "./store-space.ts";

/** Where the metrics come from that other parts keep. They are read when the metrics are requested. */
export type Figures = {
  readonly version: string;
  readonly runtime: string;
  readonly dataDir: string;
  readonly counts: Counts;
  readonly space: Pick<StoreSpace, "problem">;
  /** Whether a start found a damaged log that the operator has not acknowledged. */
  readonly logDamaged?: () => boolean;
};

/** What the parts report that are built after the store, which is measured from its opening on. */
export type NodeFigures = {
  readonly fanout: () => { readonly frames: number; readonly repairs: number; readonly lineages: number };
  readonly bus: () => BusFigures;
  /** Sockets that are open, signed in or not. */
  readonly open: () => number;
  /** Commands that wait for their batch. */
  readonly waiting: () => number;
  /** Whether `/readyz` answers 200. */
  readonly ready: () => Promise<boolean>;
};

/** What a bus reports (`Bus` of bus.ts). */
type BusFigures = {
  readonly counts: {
    readonly sent: number;
    readonly received: number;
    readonly unsent: number;
    readonly refused: number;
    readonly gaps: { readonly [reason: string]: number };
    readonly reconnects: number;
  };
  state(): string;
};

/** Before those parts are built. */
export const NOT_STARTED: NodeFigures = {
  fanout: () => ({ frames: 0, repairs: 0, lineages: 0 }),
  bus: () => ({
    counts: { sent: 0, received: 0, unsent: 0, refused: 0, gaps: {}, reconnects: 0 },
    state: () => "alone",
  }),
  open: () => 0,
  waiting: () => 0,
  ready: async () => false,
};
