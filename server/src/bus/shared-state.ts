/**
 * What the nodes share besides messages. It is lost when its server restarts, and may be out of reach: then each call answers
 * null, within a second, and the caller goes on with what its own node knows.
 */
export interface SharedState {
  /** A number above all that any node has got before. */
  order(): Promise<number | null>;
}

/** A single process shares nothing. */
export const NOTHING_SHARED: SharedState = { order: async () => null };
