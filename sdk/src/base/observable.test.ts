import { expect, test } from "bun:test";
import { batch, Derived } from "./observable.ts";

test("a snapshot keeps its identity until something changes, and is made only when looked at", () => {
  let made = 0;
  const derived = new Derived(() => ({ made: ++made }));
  const first = derived.get();
  expect(derived.get()).toBe(first);
  derived.invalidate();
  derived.invalidate();
  expect(derived.get()).toEqual({ made: 2 });
});

test("a change without a visible difference keeps the old snapshot", () => {
  let value = 1;
  const derived = new Derived(
    () => ({ value }),
    (one, other) => one.value === other.value,
  );
  const first = derived.get();
  derived.invalidate();
  expect(derived.get()).toBe(first);
  value = 2;
  derived.invalidate();
  expect(derived.get()).toEqual({ value: 2 });
});

test("listeners hear of each change, in a batch once, and leave by what they got", () => {
  const derived = new Derived(() => 0);
  let calls = 0;
  const listener = () => void calls++;
  const leave = derived.subscribe(listener);
  derived.subscribe(listener);
  derived.invalidate();
  expect(calls).toBe(2);
  leave();
  leave();
  batch(() => {
    derived.invalidate();
    batch(() => derived.invalidate());
    expect(calls).toBe(2);
  });
  expect(calls).toBe(3);
});
