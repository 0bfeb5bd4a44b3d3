import { expect, test } from "bun:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import { Occupants } from "./occupants.ts";

function setUp() {
  const clock = new FakeClock();
  /** The size of each list that was published. */
  const published: number[] = [];
  const people = new Occupants(clock, (list) => void published.push(list.length));
  const add = (from: number, to: number) => {
    for (let i = from; i <= to; i++) people.add({ id: `u${i}`, name: `n${i}` });
  };
  return { clock, published, people, add };
}

test("in a quiet room each change is published once, at once", () => {
  const { clock, published, people, add } = setUp();
  add(1, 1);
  clock.advance(250);
  add(2, 2);
  clock.advance(250);
  people.remove("u1");
  clock.advance(10_000);
  expect(published).toEqual([1, 2, 1]);
  expect(clock.waiting).toBe(0);
});

test("changes within 250 ms are published together, as the newest state", () => {
  const { clock, published, add } = setUp();
  add(1, 50);
  expect(published).toEqual([1]);
  clock.advance(249);
  expect(published).toEqual([1]);
  clock.advance(1);
  expect(published).toEqual([1, 50]);
});

test("above 200 users a list is published at most every 5 s", () => {
  const { clock, published, people, add } = setUp();
  people.seed(Array.from({ length: 200 }, (_, i) => ({ id: `s${i}`, name: `s${i}` })));
  add(1, 10);
  expect(published).toEqual([201]);
  clock.advance(4_999);
  expect(published).toEqual([201]);
  clock.advance(1);
  expect(published).toEqual([201, 210]);
});

test("when a room crosses the size, a list that the other throttle had due is not published twice", () => {
  const { clock, published, people, add } = setUp();
  people.seed(Array.from({ length: 199 }, (_, i) => ({ id: `s${i}`, name: `s${i}` })));
  add(1, 2);
  expect(published).toEqual([200, 201]);
  people.remove("u2");
  // Small again: due 250 ms after the last small one, and the large one is cancelled.
  clock.advance(60_000);
  expect(published).toEqual([200, 201, 200]);
  expect(clock.waiting).toBe(0);
});

test("joining twice and leaving twice change nothing; the list is in the order of joining", () => {
  const { published, people, add, clock } = setUp();
  add(1, 3);
  expect(people.add({ id: "u2", name: "n2" })).toBe(false);
  expect(people.remove("unknown")).toBeNull();
  expect(people.list().map(({ id }) => id)).toEqual(["u1", "u2", "u3"]);
  clock.advance(1_000);
  expect(published).toEqual([1, 3]);
  expect(people.remove("u2")).toEqual({ id: "u2", name: "n2" });
  expect(people.size).toBe(2);
});
