import { tokenOf } from "../../support/recording/recorded-client.ts";
import type { RunOptions } from "../run/fault-run.ts";
import type { World } from "../run/world.ts";

/** Actions a second of all clients together. */
const A_SECOND = 60;
/** Sign-ins at once. */
const SLICE = 100;

/**
 * Thousands of clients read more than they write. All are members before the run begins: otherwise each would receive the
 * joining of all others, and the records would hold little else.
 */
export function crowd(
  clients: number,
): Pick<RunOptions, "clients" | "pace" | "screens" | "weights" | "prepare"> {
  const weights = { create: 0, direct: 0, burst: 0, look: 0 };
  // A script thinks for 32 ms on average, at a pace of 1.
  return { clients, pace: clients / A_SECOND / 0.032, screens: 20, weights, prepare: enrol };
}

async function enrol({ url, seed, people }: World): Promise<void> {
  for (let from = 0; from < people.length; from += SLICE) {
    await Promise.all(
      people.slice(from, from + SLICE).map(async (name) => {
        const body = JSON.stringify({ name, token: tokenOf(seed, name) });
        const answer = await fetch(`${url}/api/v1/guests`, { method: "POST", body });
        if (!answer.ok) throw new Error(`${name} cannot sign in: ${await answer.text()}`);
      }),
    );
  }
}
