import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import type { WireEvent } from "@parley/protocol";
import { wireEvent } from "../base/event-text.ts";
import type { Committed } from "../store.ts";
import { pack, unpack } from "./packing.ts";

const ID = "0192c1f0-0000-7000-8000-000000000000";

function said(seq: number, text: string): WireEvent {
  const head = { seq, id: ID, kind: "message_sent", actor: ID, name: "Ada", at: 1, nonce: ID } as const;
  return wireEvent(head, JSON.stringify({ text }));
}

function batch(of: { readonly [feed: string]: number }, text: string): Committed {
  const feeds = Object.entries(of).map(([feed, count]) => ({
    feed,
    events: Array.from({ length: count }, (_, i) => said(i + 1, text)),
  }));
  return { verdicts: [], feeds };
}

test("a batch comes out as it went in", () => {
  const committed: Committed = {
    ...batch({ quiet: 1, lively: 40 }, 'a "line"\nand \u2028 Grüße'),
    verdicts: [{ placed: [{ feed: "lively", seq: 7, id: ID }], at: 5, duplicate: false }],
  };
  expect(unpack(pack(committed))).toEqual(committed);
});

test("verdicts of every kind keep their order", () => {
  const { feeds } = batch({ one: 2, other: 3 }, "a");
  const at = (feed: string, seq: number) => ({ feed, seq, id: ID });
  const committed: Committed = {
    feeds,
    verdicts: [
      { fault: "held" },
      { placed: [at("other", 3)], at: 9, duplicate: false },
      { placed: [at("one", 1), at("other", 2)], at: 12, duplicate: false },
      { placed: [], at: 4, duplicate: false },
      { placed: [at("one", 2)], at: 8, duplicate: true },
      { placed: [at("one", 2)], at: 3, duplicate: false },
      { placed: [at("another batch", 2)], at: 3, duplicate: false },
    ],
  };
  expect(unpack(pack(committed))).toEqual(committed);
  expect(unpack(pack({ ...committed, verdicts: committed.verdicts.slice(1) })).verdicts).toEqual(
    committed.verdicts.slice(1),
  );
  expect(unpack(pack({ verdicts: [], feeds: [] }))).toEqual({ verdicts: [], feeds: [] });
});

test("who keeps an event of a quiet room does not keep the whole batch that it came in", () => {
  const committed = batch({ quiet: 1, lively: 2_000 }, "x".repeat(500));
  const kept: WireEvent[] = [];
  Bun.gc(true);
  const before = heapStats().heapSize;
  for (let i = 0; i < 64; i++) {
    const [event] = unpack(structuredClone(pack(committed))).feeds[0]?.events ?? [];
    if (event) kept.push(event);
  }
  Bun.gc(true);
  const grown = heapStats().heapSize - before;
  expect(kept).toHaveLength(64);
  // All batches together have 90 million characters, what is kept of them 50,000.
  expect(grown).toBeLessThan(10_000_000);
});
