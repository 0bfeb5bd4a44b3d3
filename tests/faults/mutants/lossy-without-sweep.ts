// A server whose fan-out trusts the bus: messages are lost, and it never asks the store what it missed.

import { Random } from "../../support/random.ts";
import { settings, startWith, wrap } from "./entry.ts";

const random = new Random(Number(process.env.FAULT_SEED ?? 1));

await startWith(settings(), {
  // Nothing has changed, whenever the sweep asks.
  store: (real) => wrap(real, { changes: async () => ({ feeds: new Map(), cursor: "", whole: true }) }),
  bus: (real) =>
    wrap(real, {
      // Gaps are not reported, and some messages of other nodes not delivered.
      onGap: () => () => {},
      subscribe: (listener) =>
        real.subscribe((message, own) => {
          if (own || !random.chance(0.3)) listener(message, own);
        }),
    }),
});
