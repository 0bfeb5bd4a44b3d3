import { expect, test } from "bun:test";
import { fault, LOBBY } from "@parley/protocol";
import type { Command } from "../core/command.ts";
import type { Store, Verdict } from "./store.ts";
import { limitWrites } from "./write-limits.ts";

const command: Command = {
  actor: { id: "ann", name: "ann", walk_in: false },
  nonce: "n",
  at: 1,
  body: { kind: "send_message", room: LOBBY, text: "x" },
};
const word = (verdict: Verdict) => ("fault" in verdict ? verdict.fault : "ok");

test("FT-4 LM-15 below the reserve writes get storage and reads go on", async () => {
  const world = { low: false };
  const real = {
    commit: async (commands: readonly Command[]) => ({
      verdicts: commands.map(() => ({ placed: [], at: 1, duplicate: false })),
      feeds: [],
    }),
    signIn: async () => [{ id: "u", name: "U" }],
    heads: async () => new Map([["lobby", { seq: 7, id: null }]]),
  } as unknown as Store;
  const store = limitWrites(real, { isDiskLow: () => world.low });
  const send = async () => (await store.commit([command])).verdicts.map(word);
  expect(await send()).toEqual(["ok"]);
  world.low = true;
  expect(await send()).toEqual(["storage"]);
  expect(await store.signIn([{ token_hash: "t", name: "n", id: "i", at: 1 }])).toEqual([fault("storage")]);
  expect(await store.heads(["lobby"])).toEqual(new Map([["lobby", { seq: 7, id: null }]]));
  world.low = false;
  expect(await send()).toEqual(["ok"]);
});
