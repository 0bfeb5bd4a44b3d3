/**
 * What a search costs in a store of a million messages: milliseconds as the server's main thread sees them, median and
 * 95th of 50. Run it with Bun: `bun bench/micro/search.bench.ts [messages]`. It needs about a kilobyte of disk a message.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault, type SearchQuery } from "@parley/protocol";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import type { Store, User } from "@parley/server/store/store.ts";
import { type Filled, fillStore } from "../store/fill-store.ts";

const MESSAGES = Number(process.argv[2] ?? 1_000_000);
/** A folder that is kept, and used again if it is there. */
const KEPT = process.env.FILLED;
const RUNS = 50;

type Asked = readonly [what: string, who: User, query: Partial<SearchQuery> & { readonly query: string }];

function searches(filled: Filled): Asked[] {
  const { everywhere, aside, quiet, words, rare, rooms, from, to } = filled;
  const [one, other, third] = words as [string, string, string];
  const [usual, unusual] = [words[300] as string, words[8_000] as string];
  const [busy, still] = [rooms[0] as string, rooms.at(-1) as string];
  const then = from + (to - from) / 10;
  return [
    ["common word, 200 rooms", everywhere, { query: `${one} ` }],
    ["common word, 3 quiet rooms", aside, { query: `${one} ` }],
    ["usual word, 200 rooms", everywhere, { query: `${usual} ` }],
    ["usual word, 3 quiet rooms", aside, { query: `${usual} ` }],
    ["rare word, 200 rooms", everywhere, { query: `${rare} ` }],
    ["rare word, 3 quiet rooms", aside, { query: `${rare} ` }],
    ["no such word", everywhere, { query: "nowhereatall " }],
    ["two common words", everywhere, { query: `${one} ${other} ` }],
    ["common and rare", everywhere, { query: `${one} ${rare} ` }],
    ["common and unusual", everywhere, { query: `${one} ${unusual} ` }],
    ["one letter", everywhere, { query: one[0] as string }],
    ["one letter, 3 quiet rooms", aside, { query: one[0] as string }],
    ["two letters", everywhere, { query: one.slice(0, 2) }],
    ["beginning of a rare word", everywhere, { query: rare.slice(0, 5) }],
    ["a beginning that nothing has", everywhere, { query: "xq" }],
    ["common word and a letter", everywhere, { query: `${one} ${other[0]}` }],
    ["rare word and a letter", everywhere, { query: `${rare} ${other[0]}` }],
    ["common word and a beginning that nothing has", everywhere, { query: `${one} xq` }],
    ["phrase of two common words", everywhere, { query: `"${one} ${other}"` }],
    ["phrase of three common words", everywhere, { query: `"${one} ${other} ${third}"` }],
    ["phrase that no message has", everywhere, { query: `"${one} ${usual} ${other}"` }],
    ["common word in the busiest room", everywhere, { query: `${one} `, room: busy }],
    ["common word in a quiet room", everywhere, { query: `${one} `, room: still }],
    ["rare word in a quiet room", everywhere, { query: `${rare} `, room: still }],
    ["common word of a quiet author", everywhere, { query: `${one} `, author: quiet.id }],
    ["letter of a quiet author", everywhere, { query: one[0] as string, author: quiet.id }],
    [
      "common word of an unknown author",
      everywhere,
      { query: `${one} `, author: "01900000-0000-7000-9000-ffffffffffff" },
    ],
    ["common word, long ago", everywhere, { query: `${one} `, before: then }],
    ["two common words, long ago", everywhere, { query: `${one} ${other} `, before: then }],
    ["rare word, long ago", everywhere, { query: `${rare} `, before: then }],
    ["one letter, long ago", everywhere, { query: one[0] as string, before: then }],
    [
      "common word within a day, long ago",
      everywhere,
      { query: `${one} `, before: then, after: then - 86_400_000 },
    ],
    [
      "phrase that no message has, 3 quiet rooms, long ago",
      aside,
      { query: `"${one} ${usual} ${other}"`, before: then },
    ],
    ["forty common words", everywhere, { query: words.slice(0, 40).join(" ") }],
    ["sixty letters", everywhere, { query: "abcdefghiklmnoprstuvwz".split("").join("* ").repeat(3) }],
  ];
}

async function measure(store: Store, [what, who, query]: Asked): Promise<void> {
  const times: number[] = [];
  let hits = 0;
  let next: number | null = null;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    const found = await store.search({ limit: 20, ...query }, { user: who.id });
    times.push(performance.now() - start);
    if (isFault(found)) throw new Error(found.fault);
    hits = found.hits.length;
    next = found.next;
  }
  const worst = Math.max(...times);
  times.sort((one, other) => one - other);
  const [median, p95] = [times[Math.floor(RUNS / 2)] as number, times[Math.floor(RUNS * 0.95)] as number];
  const figures = [median, p95, worst].map((ms) => ms.toFixed(2).padStart(8)).join("");
  console.log(
    `${what.padEnd(50)} ${figures}  ${String(hits).padStart(3)} hits${next === null ? "" : ", more"}`,
  );
}

const dataDir = KEPT ?? mkdtempSync(join(tmpdir(), "parley-search-"));
try {
  const store = await openSqliteStore({
    dataDir,
    unsafeDurability: true,
    onFatal(error) {
      throw error;
    },
    onError: (error) => console.error(error),
  });
  const start = performance.now();
  const filled = await fillStore(store, { messages: MESSAGES });
  const seconds = (performance.now() - start) / 1_000;
  const megabytes = statSync(join(dataDir, "parley.db")).size / 1e6;
  console.log(`${MESSAGES} messages in ${seconds.toFixed(0)} s, ${megabytes.toFixed(0)} MB`);
  console.log(`${"".padEnd(50)}   median     p95   worst (ms)`);
  for (const asked of searches(filled)) await measure(store, asked);
  await store.close();
} finally {
  if (!KEPT) rmSync(dataDir, { recursive: true });
}
