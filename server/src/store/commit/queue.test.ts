import { describe, expect, test } from "bun:test";
import { type Fault, fault, type Nonce } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import type { Committed, Verdict } from "../store.ts";
import { CommitQueue } from "./queue.ts";

/** A store whose batches a test ends by hand, and a turn of the event loop that it ends too. */
class Harness {
  readonly batches: Nonce[][] = [];
  readonly told: string[] = [];
  readonly queue: CommitQueue;
  #end: { resolve(committed: Committed): void; reject(error: Error): void }[] = [];
  #turn: (() => void)[] = [];

  constructor(maxBatch = 1_024, largeBatch = 1) {
    const commit = (commands: readonly Command[]) => {
      this.batches.push(commands.map(({ nonce }) => nonce));
      this.told.push(`batch ${this.batches.length}`);
      return new Promise<Committed>((resolve, reject) => this.#end.push({ resolve, reject }));
    };
    this.queue = new CommitQueue({ commit }, { maxBatch, largeBatch, defer: (run) => this.#turn.push(run) });
    this.queue.onBatch(({ verdicts }) => this.told.push(`heard of ${verdicts.length}`));
  }

  submit(nonce: Nonce, order: string | null = "s/room"): void {
    const [sender, room] = placeOf(order);
    this.queue.submit(command(nonce, room), sender, (verdict) => this.told.push(`${nonce} ${word(verdict)}`));
  }

  hold(nonce: Nonce): void {
    this.queue.hold(placeOf("s/room")[0] as object, "room", nonce);
  }

  skip(nonce: Nonce): void {
    this.queue.skip(placeOf("s/room")[0] as object, "room", nonce);
  }

  turn(): void {
    while (this.#turn.length > 0) for (const run of this.#turn.splice(0)) run();
  }

  /** Ends the batch that is committing. Commands without a verdict here are accepted. */
  async end(faults: Record<Nonce, Fault> = {}): Promise<void> {
    const nonces = this.batches[this.batches.length - this.#end.length] as Nonce[];
    const verdicts = nonces.map((nonce) => faults[nonce] ?? OK);
    this.#end.shift()?.resolve({ verdicts, feeds: [] });
    await settled();
  }

  async fail(): Promise<void> {
    this.#end.shift()?.reject(new Error("the store is gone"));
    await settled();
  }

  /** What was told since the last look. */
  news(): string[] {
    return this.told.splice(0);
  }
}

const OK: Verdict = { placed: [], at: 1, duplicate: false };

const senders = new Map<string, object>();

/** An order such as `s/room`: the sender `s`, an object that stays the same, and the room. */
function placeOf(order: string | null): [object | null, string] {
  if (order === null) return [null, "lobby"];
  const [name = "", room = "lobby"] = order.split("/");
  const sender = senders.get(name) ?? {};
  senders.set(name, sender);
  return [sender, room];
}

function command(nonce: Nonce, room = "lobby"): Command {
  const actor = { id: "user", name: "Ann", walk_in: false };
  return { actor, nonce, at: 1, body: { kind: "join_room", room } };
}

function word(verdict: Verdict): string {
  return "fault" in verdict ? verdict.fault : "ok";
}

async function settled(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

describe("batches", () => {
  test("a lone command goes when the turn is over, and what came in the same turn goes with it", async () => {
    const harness = new Harness();
    harness.submit("a");
    harness.submit("b", "other");
    expect(harness.batches).toEqual([]);
    harness.turn();
    expect(harness.batches).toEqual([["a", "b"]]);
    await harness.end();
    expect(harness.news()).toEqual(["batch 1", "a ok", "b ok", "heard of 2"]);
  });

  test("a small batch waits until the answers are out, so that those who were just answered join it", async () => {
    const harness = new Harness(1_024, 3);
    harness.queue.submit(command("a"), null, () => harness.submit("after a", null));
    harness.turn();
    harness.submit("b");
    harness.submit("c");
    await harness.end();
    expect(harness.batches).toEqual([["a"]]);
    harness.turn();
    expect(harness.batches).toEqual([["a"], ["b", "c", "after a"]]);
  });

  test("what comes while a batch commits makes the next, which, when it is large, begins before the answers", async () => {
    const harness = new Harness();
    harness.submit("a");
    harness.turn();
    harness.submit("b");
    harness.submit("c");
    expect(harness.batches).toEqual([["a"]]);
    await harness.end();
    expect(harness.news()).toEqual(["batch 1", "batch 2", "a ok", "heard of 1"]);
    expect(harness.batches).toEqual([["a"], ["b", "c"]]);
    await harness.end();
    expect(harness.news()).toEqual(["b ok", "c ok", "heard of 2"]);
  });

  test("a batch has its limit, and the rest keeps its order", async () => {
    const harness = new Harness(2);
    for (const nonce of ["a", "b", "c", "d", "e"]) harness.submit(nonce, null);
    harness.turn();
    await harness.end();
    await harness.end();
    await harness.end();
    expect(harness.batches).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  test("FT-2 when the store fails as a whole the outcome is unknown, so the fault is not final", async () => {
    const harness = new Harness();
    harness.submit("a");
    harness.turn();
    await harness.fail();
    expect(harness.news()).toEqual(["batch 1", "a internal", "heard of 1"]);
    harness.submit("b");
    expect(harness.news()).toEqual(["b held"]);
  });

  test("idle waits for the last listener", async () => {
    const harness = new Harness();
    await harness.queue.idle();
    harness.submit("a");
    let idle = false;
    const waiting = harness.queue.idle().then(() => {
      idle = true;
    });
    harness.turn();
    harness.submit("b");
    await harness.end();
    expect(idle).toBe(false);
    harness.queue.onBatch(() => expect(idle).toBe(false));
    await harness.end();
    expect(idle).toBe(false);
    harness.turn();
    await waiting;
    expect(idle).toBe(true);
  });

  test("an answer may submit the next command", async () => {
    const harness = new Harness();
    harness.queue.submit(command("a"), null, () => harness.submit("b", null));
    harness.turn();
    await harness.end();
    harness.turn();
    expect(harness.batches).toEqual([["a"], ["b"]]);
  });
});

describe("CM-7 order over refusals", () => {
  test("commands queued behind one that failed are held, those of others are not", async () => {
    const harness = new Harness();
    harness.submit("a");
    harness.turn();
    harness.submit("b");
    harness.submit("x", "s/elsewhere");
    harness.submit("y", "other/room");
    harness.submit("z", null);
    await harness.end({ a: fault("internal") });
    expect(harness.batches[1]).toEqual(["x", "y", "z"]);
    expect(harness.news()).toEqual(["batch 1", "batch 2", "a internal", "b held", "heard of 1"]);
  });

  test("a batch of which all is held makes no batch", async () => {
    const harness = new Harness();
    harness.submit("a");
    harness.turn();
    harness.submit("b");
    await harness.end({ a: fault("storage") });
    harness.turn();
    expect(harness.batches).toEqual([["a"]]);
    await harness.queue.idle();
  });

  test("later ones are held until the same nonce comes again", async () => {
    const harness = new Harness();
    harness.submit("a");
    harness.turn();
    await harness.end({ a: fault("internal") });
    harness.submit("b");
    harness.submit("a");
    harness.submit("b");
    harness.turn();
    expect(harness.news().filter((each) => each.endsWith("held"))).toEqual(["b held"]);
    expect(harness.batches[1]).toEqual(["a", "b"]);
  });

  test("or until it is skipped; skipping another does nothing", async () => {
    const harness = new Harness();
    harness.hold("a");
    harness.skip("b");
    harness.submit("b");
    harness.skip("a");
    harness.submit("b");
    harness.turn();
    expect(harness.told[0]).toBe("b held");
    expect(harness.batches).toEqual([["b"]]);
  });

  test("the first that was refused is the one that must come again", async () => {
    const harness = new Harness();
    harness.submit("a");
    harness.turn();
    harness.hold("b");
    harness.hold("c");
    await harness.end({ a: fault("internal") });
    harness.submit("b");
    harness.submit("a");
    harness.submit("b");
    harness.turn();
    expect(harness.batches[1]).toEqual(["a", "b"]);
  });

  test("a final fault holds nothing", async () => {
    const harness = new Harness();
    harness.submit("a");
    harness.turn();
    harness.submit("b");
    await harness.end({ a: fault("not_a_member") });
    expect(harness.batches[1]).toEqual(["b"]);
  });

  test("a sender held in more rooms than an honest one could be is told apart", () => {
    const { queue } = new Harness();
    const sender = {};
    const bearable = Array.from({ length: 300 }, (_, i) => queue.hold(sender, `room ${i}`, "a"));
    expect(bearable.slice(0, 256)).not.toContain(false);
    expect(bearable.slice(256)).not.toContain(true);
    expect(queue.hold({}, "room 1", "a")).toBe(true);
  });
});
