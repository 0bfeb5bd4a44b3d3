import { expect, test } from "bun:test";
import { attack, LIFTED } from "./attack.ts";
import { obstacleToProcessStats } from "./run/process-stats.ts";
import { seedOf } from "./run/verdict.ts";

const obstacle = obstacleToProcessStats();
if (obstacle) console.warn(`SKIPPED: the attack is not judged, because ${obstacle}.`);

const SHORT = { ms: 4_000, settle: 0 };

test.skipIf(obstacle !== null)(
  "LM-16 HT-9 a hostile guest on one connection and on ten, with default settings, does not delay an honest pair",
  async () => {
    const seed = seedOf();
    const { lines, red } = await attack({ ...SHORT, seed });
    console.log(`seed ${seed}\n${lines.join("\n")}`);
    expect(red).toEqual([]);
  },
  180_000,
);

test.skipIf(obstacle !== null)(
  "the same attack with the limits lifted is red",
  async () => {
    const { lines, red } = await attack({ ...SHORT, seed: seedOf(), env: LIFTED });
    console.log(lines.join("\n"));
    expect(red).not.toEqual([]);
  },
  180_000,
);
