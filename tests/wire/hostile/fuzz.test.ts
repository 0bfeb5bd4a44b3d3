import { expect, test } from "bun:test";
import { fuzz } from "../../support/fuzz.ts";
import { HealthyPair } from "../../support/healthy-pair.ts";
import { startTestServer } from "../../support/test-server.ts";

/** `FUZZ_SEED` and `FUZZ_FRAMES` repeat a run, or make it longer. */
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 1_000_000));
const frames = Number(process.env.FUZZ_FRAMES ?? 20_000);

test("FT-1 FT-3 FT-5 mutated frames and any JSON: only documented faults and closes, and no error in the log", async () => {
  const server = await startTestServer();
  const errors: unknown[] = [];
  // The stage writes no log; what would be an error in it is kept.
  Object.assign(server.log, { error: (...what: unknown[]) => void errors.push(what) });
  const pair = await HealthyPair.start(server);
  try {
    const { sent, faults, closes, defects } = await fuzz({ port: server.port, seed, frames });
    console.log(
      `fuzz: seed ${seed}, ${sent} frames, faults ${JSON.stringify([...faults])}, closes ${JSON.stringify([...closes])}`,
    );
    expect(errors).toEqual([]);
    expect(defects).toEqual([]);
    // It went deep enough to be worth something.
    for (const code of ["bad_frame", "unknown_kind", "invalid", "no_such_room", "no_such_message"])
      expect({ code, met: faults.has(code) }).toEqual({ code, met: true });
    await pair.end();
  } finally {
    await server.end();
  }
}, 120_000);
