import { describe, expect, test } from "bun:test";
import { type Fault, fault, type Nonce } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import type { Committed, Verdict } from "../store.ts";
import { Lane } from "./queue.ts";

/** A store whose batches a test ends by hand, and a turn of the event loop that it ends too. */
class Stage {
  readonly batches: Nonce[][] = [];
  readonly told: string[] = [];
  readonly lane: Lane;
  #end: { resolve(committed: Committed): void; reject(error: Error): void }[] = [];
  #turn: (() => void)[] = [];

  constructor(maxBatch = 1_024, largeBatch = 1) {
    const commit = (commands: readonly Command[]) => {
      this.batches.push(commands.map(({ nonce }) => nonce));
      this.told.push(`batch ${this.batches.length}`);
      return new Promise<Committed>((resolve, reject) => this.#end.push({ resolve, reject }));
    };
    this.lane = new Lane({ commit }, { maxBatch, largeBatch, defer: (run) => this.#turn.push(run) });
    this.lane.onBatch(({ verdicts }) => this.told.push(`heard of ${verdicts.length}`));
  }

  submit(nonce: Nonce, order: string | null = "s/room"): void {
    const [sender, room] = placeOf(order);
    this.lane.submit(command(nonce, room), sender, (verdict) => this.told.push(`${nonce} ${word(verdict)}`));
  }

  hold(nonce: Nonce): void {
    this.lane.hold(placeOf("s/room")[0] as object, "room", nonce);
  }

  skip(nonce: Nonce): void {
    this.lane.skip(placeOf("s/room")[0] as object, "room", nonce);
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
    const stage = new Stage();
    stage.submit("a");
    stage.submit("b", "other");
    expect(stage.batches).toEqual([]);
    stage.turn();
    expect(stage.batches).toEqual([["a", "b"]]);
    await stage.end();
    expect(stage.news()).toEqual(["batch 1", "a ok", "b ok", "heard of 2"]);
  });

  test("a small batch waits until the answers are out, so that those who were just answered join it", async () => {
    const stage = new Stage(1_024, 3);
    stage.lane.submit(command("a"), null, () => stage.submit("after a", null));
    stage.turn();
    stage.submit("b");
    stage.submit("c");
    await stage.end();
    expect(stage.batches).toEqual([["a"]]);
    stage.turn();
    expect(stage.batches).toEqual([["a"], ["b", "c", "after a"]]);
  });

  test("what comes while a batch commits makes the next, which, when it is large, begins before the answers", async () => {
    const stage = new Stage();
    stage.submit("a");
    stage.turn();
    stage.submit("b");
    stage.submit("c");
    expect(stage.batches).toEqual([["a"]]);
    await stage.end();
    expect(stage.news()).toEqual(["batch 1", "batch 2", "a ok", "heard of 1"]);
    expect(stage.batches).toEqual([["a"], ["b", "c"]]);
    await stage.end();
    expect(stage.news()).toEqual(["b ok", "c ok", "heard of 2"]);
  });

  test("a batch has its limit, and the rest keeps its order", async () => {
    const stage = new Stage(2);
    for (const nonce of ["a", "b", "c", "d", "e"]) stage.submit(nonce, null);
    stage.turn();
    await stage.end();
    await stage.end();
    await stage.end();
    expect(stage.batches).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  test("FT-2 when the store fails as a whole the outcome is unknown, so the fault is not final", async () => {
    const stage = new Stage();
    stage.submit("a");
    stage.turn();
    await stage.fail();
    expect(stage.news()).toEqual(["batch 1", "a internal", "heard of 1"]);
    stage.submit("b");
    expect(stage.news()).toEqual(["b held"]);
  });

  test("idle waits for the last listener", async () => {
    const stage = new Stage();
    await stage.lane.idle();
    stage.submit("a");
    let idle = false;
    const waiting = stage.lane.idle().then(() => {
      idle = true;
    });
    stage.turn();
    stage.submit("b");
    await stage.end();
    expect(idle).toBe(false);
    stage.lane.onBatch(() => expect(idle).toBe(false));
    await stage.end();
    expect(idle).toBe(false);
    stage.turn();
    await waiting;
    expect(idle).toBe(true);
  });

  test("an answer may submit the next command", async () => {
    const stage = new Stage();
    stage.lane.submit(command("a"), null, () => stage.submit("b", null));
    stage.turn();
    await stage.end();
    stage.turn();
    expect(stage.batches).toEqual([["a"], ["b"]]);
  });
});

describe("CM-7 order over refusals", () => {
  test("commands queued behind one that failed are held, those of others are not", async () => {
    const stage = new Stage();
    stage.submit("a");
    stage.turn();
    stage.submit("b");
    stage.submit("x", "s/elsewhere");
    stage.submit("y", "other/room");
    stage.submit("z", null);
    await stage.end({ a: fault("internal") });
    expect(stage.batches[1]).toEqual(["x", "y", "z"]);
    expect(stage.news()).toEqual(["batch 1", "batch 2", "a internal", "b held", "heard of 1"]);
  });

  test("a batch of which all is held makes no batch", async () => {
    const stage = new Stage();
    stage.submit("a");
    stage.turn();
    stage.submit("b");
    await stage.end({ a: fault("storage") });
    stage.turn();
    expect(stage.batches).toEqual([["a"]]);
    await stage.lane.idle();
  });

  test("later ones are held until the same nonce comes again", async () => {
    const stage = new Stage();
    stage.submit("a");
    stage.turn();
    await stage.end({ a: fault("internal") });
    stage.submit("b");
    stage.submit("a");
    stage.submit("b");
    stage.turn();
    expect(stage.news().filter((each) => each.endsWith("held"))).toEqual(["b held"]);
    expect(stage.batches[1]).toEqual(["a", "b"]);
  });

  test("or until it is skipped; skipping another does nothing", async () => {
    const stage = new Stage();
    stage.hold("a");
    stage.skip("b");
    stage.submit("b");
    stage.skip("a");
    stage.submit("b");
    stage.turn();
    expect(stage.told[0]).toBe("b held");
    expect(stage.batches).toEqual([["b"]]);
  });

  test("the first that was refused is the one that must come again", async () => {
    const stage = new Stage();
    stage.submit("a");
    stage.turn();
    stage.hold("b");
    stage.hold("c");
    await stage.end({ a: fault("internal") });
    stage.submit("b");
    stage.submit("a");
    stage.submit("b");
    stage.turn();
    expect(stage.batches[1]).toEqual(["a", "b"]);
  });

  test("a final fault holds nothing", async () => {
    const stage = new Stage();
    stage.submit("a");
    stage.turn();
    stage.submit("b");
    await stage.end({ a: fault("not_a_member") });
    expect(stage.batches[1]).toEqual(["b"]);
  });

  test("a sender held in more rooms than an honest one could be is told apart", () => {
    const { lane } = new Stage();
    const sender = {};
    const bearable = Array.from({ length: 300 }, (_, i) => lane.hold(sender, `room ${i}`, "a"));
    expect(bearable.slice(0, 256)).not.toContain(false);
    expect(bearable.slice(256)).not.toContain(true);
    expect(lane.hold({}, "room 1", "a")).toBe(true);
  });
});
