/** The WebSocket subprotocol a client offers and the server echoes (SPEC HS-1). */
export const SUBPROTOCOL = "parley.v1";

/** Grows by one with each change of the wire that an old peer would notice; the history is in WIRE-HISTORY.md. */
export const WIRE_VERSION = 1;
