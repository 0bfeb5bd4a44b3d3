import { expect, test } from "bun:test";
import { coalesce } from "./coalesce.ts";

test("what is asked during a call goes with the next, and each gets its own answers", async () => {
  const calls: number[][] = [];
  const ends: (() => void)[] = [];
  const ask = coalesce((items: readonly number[]) => {
    calls.push([...items]);
    return new Promise<string[]>((resolve) =>
      ends.push(() => resolve(items.map((item) => `answer ${item}`))),
    );
  });
  const first = ask([1]);
  const second = ask([2, 3]);
  const third = ask([4]);
  expect(calls).toEqual([[1]]);
  ends.shift()?.();
  expect(await first).toEqual(["answer 1"]);
  expect(calls).toEqual([[1], [2, 3, 4]]);
  ends.shift()?.();
  expect(await second).toEqual(["answer 2", "answer 3"]);
  expect(await third).toEqual(["answer 4"]);
});

test("a call that fails takes along only what went with it", async () => {
  let fail = true;
  const ask = coalesce(async (items: readonly number[]) => {
    if (fail) throw new Error("not now");
    return items;
  });
  await expect(ask([1])).rejects.toThrow("not now");
  fail = false;
  expect(await ask([2])).toEqual([2]);
});
