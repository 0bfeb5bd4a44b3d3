import { expect, test } from "bun:test";
import { fault, LOBBY } from "@parley/protocol";
import type { Command } from "../core/command.ts";
import type { Store, Verdict } from "./store.ts";
import { ByteQuota, limitWrites } from "./write-limits.ts";

const command = (user: string, text: string, walk_in = false): Command => ({
  actor: { id: user, name: user, walk_in },
  nonce: text,
  at: 1,
  body: { kind: "send_message", room: LOBBY, text },
});
const word = (verdict: Verdict) => ("fault" in verdict ? verdict.fault : "ok");

/** A store that accepts every command, and the nonces that it received. */
function setUp(bytesPerDay: number) {
  const world = { now: 0, low: false, texts: [] as string[] };
  const store = {
    commit: async (commands: readonly Command[]) => {
      for (const { nonce } of commands) world.texts.push(nonce);
      return { verdicts: commands.map(() => ({ placed: [], at: 1, duplicate: false })), feeds: [] };
    },
    signIn: async () => [{ id: "u", name: "U" }],
    heads: async () => new Map([["lobby", { seq: 7, id: null }]]),
  } as unknown as Store;
  const limits = { bytesPerDay, isDiskLow: () => world.low, now: () => world.now };
  return { world, store: limitWrites(store, limits) };
}

test("LM-15 a user may write a number of bytes a day; others and the order are not affected", async () => {
  const { world, store } = setUp(2_000);
  const say = async (...commands: Command[]) => (await store.commit(commands)).verdicts;
  const long = "x".repeat(600);
  const first = await say(
    command("ann", long),
    command("ann", `${long}2`),
    command("ann", "s"),
    command("bob", "b"),
  );
  expect(first.map(word)).toEqual(["ok", "rate_limited", "held", "ok"]);
  const wait = (first[1] as { retry_after: number }).retry_after;
  expect(wait).toBeGreaterThan(0);
  expect(world.texts).toEqual([long, "b"]);
  expect((await say(command("walk", long, true), command("walk", long, true))).map(word)).toEqual([
    "ok",
    "ok",
  ]);
  world.now += wait;
  expect((await say(command("ann", `${long}2`))).map(word)).toEqual(["ok"]);
});

test("LM-15 a message larger than the quota is accepted when the quota is full", () => {
  const quota = new ByteQuota(1_000);
  expect(quota.take("ann", 5_000, 0)).toBe(0);
  expect(quota.take("ann", 1, 0)).toBeGreaterThan(0);
  expect(quota.take("ann", 1_000, 86_400_000)).toBe(0);
});

test("FT-4 LM-15 below the reserve writes get storage and reads go on", async () => {
  const { world, store } = setUp(0);
  const send = async () => (await store.commit([command("ann", "x")])).verdicts.map(word);
  expect(await send()).toEqual(["ok"]);
  world.low = true;
  expect(await send()).toEqual(["storage"]);
  expect(await store.signIn([{ token_hash: "t", name: "n", id: "i", at: 1 }])).toEqual([fault("storage")]);
  expect(await store.heads(["lobby"])).toEqual(new Map([["lobby", { seq: 7, id: null }]]));
  world.low = false;
  expect(await send()).toEqual(["ok"]);
});
