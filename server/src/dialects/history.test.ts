import { expect, test } from "bun:test";
import { isFault, type Message, type Page } from "@parley/protocol";
import type { Where } from "../store/store.ts";
import { tailOf } from "./history.ts";

/** A room whose messages are numbered from 1; `deleted` says which are gone. */
function room(last: number, deleted: (seq: number) => boolean) {
  const asked: Where[] = [];
  const page = async (_: string, where: Where) => {
    asked.push(where);
    const end = where.before ?? last + 1;
    const begin = Math.max(1, end - where.limit);
    const messages = Array.from({ length: end - begin }, (_, i) => {
      const seq = begin + i;
      return { seq, id: `m${seq}`, deleted: deleted(seq) } as unknown as Message;
    });
    return { messages, has_before: begin > 1, as_of: last } as unknown as Page;
  };
  return { store: { page }, asked };
}

async function seqs(stage: ReturnType<typeof room>, count: number, before?: number) {
  const tail = await tailOf(
    stage.store as never,
    "lobby",
    { count, ...(before === undefined ? {} : { before }) },
    "node",
  );
  if (isFault(tail)) throw new Error(tail.fault);
  return tail.messages.map(({ seq }) => seq);
}

test("the last ones, oldest first, and no more are asked for than are needed", async () => {
  const stage = room(50, () => false);
  expect(await seqs(stage, 3)).toEqual([48, 49, 50]);
  expect(stage.asked).toEqual([{ limit: 3 }]);
  expect(await seqs(stage, 2, 10)).toEqual([8, 9]);
  expect(
    await seqs(
      room(2, () => false),
      10,
    ),
  ).toEqual([1, 2]);
  expect(
    await seqs(
      room(0, () => false),
      10,
    ),
  ).toEqual([]);
});

test("deleted ones do not count", async () => {
  expect(
    await seqs(
      room(1_000, (seq) => seq > 20),
      3,
    ),
  ).toEqual([18, 19, 20]);
  expect(
    await seqs(
      room(1_000, (seq) => seq % 2 === 0),
      3,
    ),
  ).toEqual([995, 997, 999]);
});

test("a room of nothing but deleted messages is not read to its beginning for ever", async () => {
  const stage = room(1_000_000, () => true);
  expect(await seqs(stage, 10)).toEqual([]);
  expect(stage.asked.length).toBe(100);
});
