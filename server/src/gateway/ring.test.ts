import { describe, expect, test } from "bun:test";
import type { WireEvent } from "@parley/protocol";
import { Ring, RingBudget } from "./ring.ts";

const event = (seq: number): WireEvent => ({
  seq,
  id: `${seq}`,
  kind: "message_sent",
  text: "x".repeat(100),
});

function filled(ring: Ring, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) ring.push(event(seq));
}

describe("a ring", () => {
  test("gives what is above a seq, and null when it no longer has it", () => {
    const ring = new Ring(new RingBudget(1_000_000));
    filled(ring, 1, 1_000);
    expect(ring.since(1_000 - Ring.SIZE, 1_000)).toHaveLength(Ring.SIZE);
    expect(ring.since(1_000 - Ring.SIZE - 1, 1_000)).toBeNull();
    expect(ring.since(998, 1_000)?.map(({ seq }) => seq)).toEqual([999, 1_000]);
    expect(ring.at(900, 1_000)?.seq).toBe(900);
  });

  test("keeps its last few while the budget of all rings is full, and its whole again afterwards", () => {
    const budget = new RingBudget(50_000);
    const [one, two] = [new Ring(budget), new Ring(budget)];
    filled(one, 1, 300);
    filled(two, 1, 1_000);
    expect(two.since(1_000 - Ring.LEAST, 1_000)).toHaveLength(Ring.LEAST);
    expect(two.since(1_000 - Ring.SIZE, 1_000)).toBeNull();
    expect(budget.used).toBeLessThan(60_000);
    one.clear();
    filled(two, 1_001, 1_500);
    expect(two.since(1_500 - Ring.SIZE, 1_500)).toHaveLength(Ring.SIZE);
  });

  test("a ring that is cleared leaves nothing in the budget", () => {
    const budget = new RingBudget(1_000);
    const ring = new Ring(budget);
    filled(ring, 1, 700);
    ring.clear();
    expect(budget.used).toBe(0);
  });
});
