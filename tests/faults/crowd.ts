/** A crowd reads more than it writes: at this pace each of them does something every ten seconds or so. */
export const CROWD = { pace: 300, weights: { create: 0, direct: 0, burst: 0, look: 0 } };
