import { expect, test } from "bun:test";
import { ReadBudget } from "./read-budget.ts";

const KB = 1_024;

test("LM-16 a read begins while any budget is left, and its cost delays the next", () => {
  let now = 0;
  const budget = new ReadBudget({ readRate: 100, readBurst: 200 }, () => now);
  expect(budget.take("ada", "192.0.2.1")).toBe(0);
  budget.charge("ada", "192.0.2.1", { bytes: 499 * KB });
  const wait = budget.take("ada", "192.0.2.1");
  // 300 KB are owed, and one is asked for: at 100 KB a second.
  expect(wait).toBe(3_010);
  now += wait - 2;
  expect(budget.take("ada", "192.0.2.1")).toBeGreaterThan(0);
  now += 3;
  expect(budget.take("ada", "192.0.2.1")).toBe(0);
});

test("LM-16 all connections of a user share one budget, wherever they come from; another user has another", () => {
  const budget = new ReadBudget({ readRate: 1, readBurst: 100 }, () => 0);
  budget.charge("ada", "192.0.2.1", { bytes: 100 * KB });
  expect(budget.take("ada", "192.0.2.2")).toBeGreaterThan(0);
  expect(budget.take("bim", "192.0.2.1")).toBe(0);
});

test("LM-16 an address has eight times the budget of a user, also for clients without an account", () => {
  const budget = new ReadBudget({ readRate: 1, readBurst: 100 }, () => 0);
  for (let user = 0; user < 7; user++) budget.charge(`user ${user}`, "192.0.2.1", { bytes: 100 * KB });
  budget.charge(null, "192.0.2.1", { bytes: 99 * KB });
  expect(budget.take("bim", "192.0.2.1")).toBe(0);
  expect(budget.take("cem", "192.0.2.1")).toBeGreaterThan(0);
  expect(budget.take(null, "192.0.2.1")).toBeGreaterThan(0);
  expect(budget.take("cem", "192.0.2.9")).toBe(0);
});

test("LM-16 a refused read of a user does not charge the address", () => {
  const budget = new ReadBudget({ readRate: 1, readBurst: 10 }, () => 0);
  budget.charge("ada", "192.0.2.1", { bytes: 10 * KB });
  for (let count = 0; count < 1_000; count++) expect(budget.take("ada", "192.0.2.1")).toBeGreaterThan(0);
  expect(budget.take("bim", "192.0.2.1")).toBe(0);
});

test("LM-16 a millisecond of reading counts as 32 KB", () => {
  const budget = new ReadBudget({ readRate: 32, readBurst: 32 }, () => 0);
  budget.charge("ada", "192.0.2.1", { bytes: 0, ms: 2 });
  expect(budget.take("ada", "192.0.2.1")).toBe(Math.ceil((33 / 32) * 1_000));
});

test("each read has a turn of the loop of its own, in the order of the calls", async () => {
  const budget = new ReadBudget(null, () => 0);
  const order: string[] = [];
  let turns = 0;
  let counting = true;
  const count = () => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const began: number[] = [];
  await Promise.all(
    ["a", "b", "c", "d"].map(async (name) => {
      await budget.turn();
      order.push(name);
      began.push(turns);
    }),
  );
  counting = false;
  expect(order).toEqual(["a", "b", "c", "d"]);
  expect(new Set(began).size).toBe(4);
});
