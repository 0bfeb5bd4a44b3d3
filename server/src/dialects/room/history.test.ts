import { expect, test } from "bun:test";
import { isFault, type Message, type Page } from "@parley/protocol";
import type { Where } from "../../store/store.ts";
import { readTail } from "./history.ts";

/** A room of so many messages, numbered from 1, that pages as the store does: deleted ones are left out on request. */
function room(last: number, deleted: (seq: number) => boolean = () => false) {
  const asked: Where[] = [];
  const live = Array.from({ length: last }, (_, i) => i + 1).filter((seq) => !deleted(seq));
  const page = async (_: string, where: Where) => {
    asked.push(where);
    if (where.live !== true) throw new Error("asked for deleted messages");
    const below = live.filter((seq) => seq < (where.before ?? last + 1));
    const messages = below.slice(-where.limit).map((seq) => ({ seq, id: `m${seq}` }) as unknown as Message);
    return { messages, has_before: below.length > where.limit, as_of: last } as unknown as Page;
  };
  return { store: { page }, asked };
}

async function seqs(stage: ReturnType<typeof room>, count: number, before?: number) {
  const where = { count, ...(before === undefined ? {} : { before }) };
  const tail = await readTail(stage.store as never, "lobby", where, "node");
  if (isFault(tail)) throw new Error(tail.fault);
  return tail.messages.map(({ seq }) => seq);
}

test("the last ones, oldest first, and no more are read than are needed", async () => {
  const stage = room(50);
  expect(await seqs(stage, 3)).toEqual([48, 49, 50]);
  expect(stage.asked).toEqual([{ limit: 3, live: true }]);
  expect(await seqs(stage, 2, 10)).toEqual([8, 9]);
  expect(await seqs(room(2), 10)).toEqual([1, 2]);
  expect(await seqs(room(0), 10)).toEqual([]);
});

test("deleted ones do not count, and cost no page", async () => {
  const stage = room(10_000, (seq) => seq > 20);
  expect(await seqs(stage, 3)).toEqual([18, 19, 20]);
  expect(stage.asked).toHaveLength(1);
  expect(
    await seqs(
      room(10_000, () => true),
      10,
    ),
  ).toEqual([]);
});

test("more than a page is put together from pages, without a gap", async () => {
  const stage = room(500, (seq) => seq % 2 === 0);
  expect(await seqs(stage, 240)).toEqual(Array.from({ length: 240 }, (_, i) => 21 + 2 * i));
  expect(stage.asked.map(({ limit }) => limit)).toEqual([100, 100, 40]);
});
