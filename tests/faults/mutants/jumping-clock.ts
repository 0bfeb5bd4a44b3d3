// Not a bug but a clock at its worst: it jumps an hour ahead and back again, as after a wrong time server.

import { Random } from "../../support/random.ts";
import { settings, startWith } from "./entry.ts";

const HOUR = 3_600_000;
const random = new Random(Number(process.env.FAULT_SEED ?? 1));
const real = Date.now.bind(Date);
let offset = 0;
// Only the clock on the wall jumps; performance.now() and timers are another clock.
Date.now = () => real() + offset;

function jump(): void {
  offset = random.pick([-HOUR, 0, HOUR]) ?? 0;
  setTimeout(jump, random.int(50, 800));
}
jump();

await startWith(settings(), {});
