import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HitList, isFault, LOBBY, type SearchQuery, userFeed } from "@parley/protocol";
import type { Actor } from "../../../core/command.ts";
import { World } from "../../contract/world.contract.ts";
import { search } from "../../read/search.ts";
import { SqliteFile } from "../engine/file.ts";
import { openSqliteStore } from "../sqlite.ts";
import { ftsIndex } from "./fts-index.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A store that `fill` writes, and then a search in it. Each reading of the clock moves it by `tick` milliseconds. */
async function searchIn<T>(fill: (world: World) => Promise<T>, tick: number) {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-search-"));
  made.push(dataDir);
  const store = await openSqliteStore({
    dataDir,
    onFatal(error) {
      throw error;
    },
  });
  const never = () => {
    throw new Error("not here");
  };
  const filled = await fill(
    new World({ store, reopen: never, setClock: never, traces: never, discard: never }),
  );
  await store.close();
  let now = 0;
  const file = new SqliteFile(join(dataDir, "parley.db"), { readOnly: true });
  const clock = () => {
    now += tick;
    return now;
  };
  const ask = ({ id }: Actor, query: Partial<SearchQuery> & { readonly query: string }): HitList => {
    const found = file.read(search(ftsIndex, clock, { limit: 20, ...query }, { user: id }));
    if (isFault(found)) throw new Error(found.fault);
    return found;
  };
  const pages = (actor: Actor, query: Partial<SearchQuery> & { readonly query: string }) => {
    const all: HitList[] = [ask(actor, query)];
    for (let next = all[0]?.next; next; next = all.at(-1)?.next) {
      expect(all.length).toBeLessThan(10_000);
      all.push(ask(actor, { ...query, cursor: next }));
    }
    return all;
  };
  return { filled, pages };
}

const textsOf = (pages: readonly HitList[]) =>
  pages.flatMap(({ hits }) => hits.map(({ message }) => message.text));

describe("a search that runs out of time", () => {
  test("ends its page, and the next one continues: every hit is returned once", async () => {
    const { filled: ann, pages } = await searchIn(async (world) => {
      const ann = await world.guest("Ann");
      const rooms = [
        await world.room(ann),
        await world.room(ann),
        await world.room(ann),
        await world.room(ann),
      ];
      for (let i = 0; i < 400; i++) {
        const text = i % 7 === 0 ? `green tea ${i}` : `tea green ${i}`;
        await world.verdicts(world.send(ann, rooms[i % 4] as string, text));
      }
      return ann;
    }, 10);
    const green = Array.from({ length: 58 }, (_, i) => `green tea ${(57 - i) * 7}`);
    for (const query of ['"green tea"', "green-tea", '"green tea', '"green t']) {
      const found = pages(ann, { query });
      expect(textsOf(found)).toEqual(green);
      // Time for 14 candidates a page, not all of which are hits.
      expect(found.length).toBeGreaterThan(25);
      expect(found.filter(({ hits }) => hits.length === 0).length).toBeLessThan(found.length);
    }
    for (const query of ["tea ", "te", "t", "tea green"]) {
      expect(textsOf(pages(ann, { query, limit: 9 }))).toHaveLength(400);
    }
  });

  test("reveals no position of messages that the reader may not see", async () => {
    const { filled, pages } = await searchIn(async (world) => {
      const [ann, eve] = [await world.guest("Ann"), await world.guest("Eve")];
      const own: string[] = [];
      for (let i = 0; i < 5; i++) own.push(await world.room(eve));
      const shut = await world.room(ann, [], "private");
      await world.verdicts(...own.map((room) => world.send(eve, room, "tea of old")));
      // She may see so many messages that the query does not name her rooms.
      const [busy = ""] = own;
      for (let i = 0; i < 9; i++) {
        await world.store.commit(Array.from({ length: 4_000 }, () => world.send(ann, shut, "tea")));
        await world.store.commit(Array.from({ length: 1_000 }, () => world.send(eve, busy, "milk")));
      }
      await world.verdicts(...own.map((room) => world.send(eve, room, "tea of late")));
      return eve;
    }, 10);
    const rows = pages(filled, { query: "tea of", limit: 1 }).flatMap(({ next }) =>
      next === null ? [] : [next],
    );
    let edges = 0;
    for (const query of ["tea ", '"tea"']) {
      const found = pages(filled, { query, limit: 3 });
      expect(textsOf(found)).toEqual([...Array(5).fill("tea of late"), ...Array(5).fill("tea of old")]);
      for (const { next } of found) {
        if (next === null || rows.includes(next) || rows.includes(next - 1)) continue;
        expect(next % 16_384).toBe(0);
        edges++;
      }
    }
    expect(edges).toBeGreaterThan(0);
  });

  test("returns no hit twice when it ends among hidden messages right below one", async () => {
    const block = 16_384;
    const { filled: eve, pages } = await searchIn(async (world) => {
      const [ann, eve] = [await world.guest("Ann"), await world.guest("Eve")];
      const own: string[] = [];
      for (let i = 0; i < 5; i++) own.push(await world.room(eve));
      const shut = await world.room(ann, [], "private");
      const feeds = [LOBBY, shut, ...own, userFeed(ann.id), userFeed(eve.id)];
      const rows = async () =>
        [...(await world.store.heads(feeds)).values()].reduce((sum, { seq }) => sum + seq, 0);
      const say = (who: Actor, room: string, text: string, count: number) =>
        world.store.commit(Array.from({ length: count }, () => world.send(who, room, text)));
      await say(eve, own[0] as string, "milk", 6_000);
      await say(ann, shut, "tea", block - 20 - (await rows()));
      // Hidden messages, one visible message right below the edge of a block, hidden messages.
      await say(ann, shut, "tea", 16);
      await say(eve, own[1] as string, "tea of noon", 1);
      expect(await rows()).toBe(block - 3);
      await say(ann, shut, "tea", 8);
      return eve;
    }, 10);
    const found = pages(eve, { query: "tea ", limit: 3 });
    expect(textsOf(found)).toEqual(["tea of noon"]);
    expect(found.length).toBeGreaterThan(1);
  });
});
