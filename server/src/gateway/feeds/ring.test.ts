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
  test("returns the events above a seq, and null when it no longer has them", () => {
    const ring = new Ring(new RingBudget(1_000_000));
    filled(ring, 1, 1_000);
    expect(ring.since(1_000 - Ring.SIZE, 1_000)).toHaveLength(Ring.SIZE);
    expect(ring.since(1_000 - Ring.SIZE - 1, 1_000)).toBeNull();
    expect(ring.since(998, 1_000)?.map(({ seq }) => seq)).toEqual([999, 1_000]);
    expect(ring.at(900, 1_000)?.seq).toBe(900);
  });

  test("keeps only its last events while the budget of all rings is full, and its full size again afterwards", () => {
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

  test("takes older events from the store, without a gap, up to its size", () => {
    const budget = new RingBudget(1_000_000);
    const ring = new Ring(budget);
    const stored = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, i) => event(from + i));
    ring.backfill(stored(90, 99), 100, ring.cleared);
    expect(ring.since(99, 100)).toBeNull();
    ring.backfill(stored(91, 100), 100, ring.cleared);
    expect(ring.since(90, 100)?.map(({ seq }) => seq)).toEqual(stored(91, 100).map(({ seq }) => seq));
    ring.push(event(101));
    ring.backfill(stored(81, 95), 101, ring.cleared);
    expect(ring.since(80, 101)).toHaveLength(21);
    ring.backfill(stored(1, 70), 101, ring.cleared);
    expect(ring.since(79, 101)).toBeNull();
    ring.backfill([], 101, ring.cleared);
    const other = new Ring(budget);
    other.backfill(stored(1, 300), 300, other.cleared);
    expect(other.since(300 - Ring.SIZE, 300)).toHaveLength(Ring.SIZE);
    expect(other.since(300 - Ring.SIZE - 1, 300)).toBeNull();
    ring.clear();
    other.clear();
    expect(budget.used).toBe(0);
  });

  test("a ring that is cleared leaves nothing in the budget", () => {
    const budget = new RingBudget(1_000);
    const ring = new Ring(budget);
    filled(ring, 1, 700);
    ring.clear();
    expect(budget.used).toBe(0);
  });
});
