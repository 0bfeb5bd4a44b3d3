// Not a bug but a bus at its worst: it loses, repeats and reorders, all of which the fan-out must bear.

import { Random } from "../../support/random.ts";
import { settings, startWith, wrap } from "./entry.ts";

const random = new Random(Number(process.env.FAULT_SEED ?? 1));
/** The longest a message is held up, in milliseconds. */
const LATE = 200;

await startWith(settings(), {
  bus: (real) =>
    wrap(real, {
      publish(message) {
        const luck = random.next();
        if (luck < 0.25) return;
        if (luck < 0.55) setTimeout(() => real.publish(message), random.int(1, LATE));
        else real.publish(message);
        if (random.chance(0.15)) setTimeout(() => real.publish(message), random.int(0, LATE));
      },
    }),
});
