import { expect, test } from "bun:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import { Occupants } from "./occupants.ts";

function setUp() {
  const clock = new FakeClock();
  /** How many were in each list that was told. */
  const told: number[] = [];
  const people = new Occupants(clock, (list) => void told.push(list.length));
  const add = (from: number, to: number) => {
    for (let i = from; i <= to; i++) people.add({ id: `u${i}`, name: `n${i}` });
  };
  return { clock, told, people, add };
}

test("in a quiet room each change is told once, at once", () => {
  const { clock, told, people, add } = setUp();
  add(1, 1);
  clock.advance(250);
  add(2, 2);
  clock.advance(250);
  people.remove("u1");
  clock.advance(10_000);
  expect(told).toEqual([1, 2, 1]);
  expect(clock.waiting).toBe(0);
});

test("what comes within 250 ms goes together, with the newest state", () => {
  const { clock, told, add } = setUp();
  add(1, 50);
  expect(told).toEqual([1]);
  clock.advance(249);
  expect(told).toEqual([1]);
  clock.advance(1);
  expect(told).toEqual([1, 50]);
});

test("above 200 people a list goes to all at most each 5 s", () => {
  const { clock, told, people, add } = setUp();
  people.seed(Array.from({ length: 200 }, (_, i) => ({ id: `s${i}`, name: `s${i}` })));
  add(1, 10);
  expect(told).toEqual([201]);
  clock.advance(4_999);
  expect(told).toEqual([201]);
  clock.advance(1);
  expect(told).toEqual([201, 210]);
});

test("where a room grows large or small again, what was due by the other pace is not told twice", () => {
  const { clock, told, people, add } = setUp();
  people.seed(Array.from({ length: 199 }, (_, i) => ({ id: `s${i}`, name: `s${i}` })));
  add(1, 2);
  expect(told).toEqual([200, 201]);
  people.remove("u2");
  // Small again: due 250 ms after the last small one, and the large one is called off.
  clock.advance(60_000);
  expect(told).toEqual([200, 201, 200]);
  expect(clock.waiting).toBe(0);
});

test("coming twice and going twice change nothing; the list is in the order of coming", () => {
  const { told, people, add, clock } = setUp();
  add(1, 3);
  expect(people.add({ id: "u2", name: "n2" })).toBe(false);
  expect(people.remove("nobody")).toBeNull();
  expect(people.list().map(({ id }) => id)).toEqual(["u1", "u2", "u3"]);
  clock.advance(1_000);
  expect(told).toEqual([1, 3]);
  expect(people.remove("u2")).toEqual({ id: "u2", name: "n2" });
  expect(people.size).toBe(2);
});
