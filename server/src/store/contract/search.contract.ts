import { expect } from "bun:test";
import { directRoomId, type HitList, isFault, LOBBY, type SearchQuery } from "@parley/protocol";
import type { Actor } from "../../core/command.ts";
import { CASES } from "./search-texts.contract.ts";
import { type Check, expectFault, freshId, type World } from "./world.contract.ts";

type Asked = Partial<SearchQuery> & { readonly query: string };

export function checkSearch(check: Check): void {
  for (const { about, texts, queries } of CASES) {
    check(`search, ${about}`, async (world) => {
      const ann = await world.guest("Ann");
      const room = await world.room(ann);
      await world.verdicts(...texts.map((text) => world.send(ann, room, text)));
      for (const [query, expected] of queries) {
        const found = await textsOf(world, ann, { query, limit: 100 });
        expect({ query, found: found.reverse() }).toEqual({
          query,
          found: expected.map((place) => texts[place] as string),
        });
      }
    });
  }

  check("search: a hit is the current message, with its reactions and its room", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const direct = directRoomId(ann.id, bob.id);
    await world.accepted(world.command(ann, { kind: "create_direct", room: direct, user: bob.id }));
    const send = world.send(ann, room, "frist tea");
    const answer = world.send(bob, direct, "tea for two");
    await world.verdicts(send, answer);
    const message = send.nonce;
    await world.verdicts(
      world.command(ann, { kind: "edit_message", room, message, text: "first tea", mentions: [bob.id] }),
    );
    const { hits } = await searched(world, ann, { query: "first" });
    const id = hits[0]?.message.id as string;
    await world.accepted(world.command(bob, { kind: "add_reaction", room, message: id, emoji: "👍" }));
    const found = await searched(world, bob, { query: "tea" });
    const page = await world.store.page(room, { limit: 10 }, { user: bob.id });
    if (isFault(page)) throw new Error(page.fault);
    expect(found.hits).toEqual([
      { room: direct, room_name: null, message: expect.objectContaining({ text: "tea for two" }) },
      { room, room_name: `room ${room}`, message: page.messages[0] as never },
    ]);
    expect(found.hits[1]?.message).toMatchObject({
      text: "first tea",
      mentions: [bob.id],
      reactions: [{ emoji: "👍", count: 1, mine: true }],
    });
    expect(found.next).toBeNull();
    expect(await textsOf(world, ann, { query: "frist" })).toEqual([]);
  });

  check("search: edited and deleted in the batch that sent it, and later", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const [one, two, three] = ["tea one", "tea two", "tea three"].map((text) =>
      world.send(ann, room, text),
    ) as [ReturnType<World["send"]>, ReturnType<World["send"]>, ReturnType<World["send"]>];
    const edit = (message: string, text: string) =>
      world.command(ann, { kind: "edit_message", room, message, text });
    const remove = (message: string) => world.command(ann, { kind: "delete_message", room, message });
    await world.verdicts(one, edit(one.nonce, "coffee one"), two, remove(two.nonce), three);
    expect(await textsOf(world, ann, { query: "tea" })).toEqual(["tea three"]);
    expect(await textsOf(world, ann, { query: "coffee" })).toEqual(["coffee one"]);
    expect(await textsOf(world, ann, { query: "coffee", author: ann.id })).toEqual(["coffee one"]);
    await world.verdicts(edit(three.nonce, "milk"), remove(one.nonce));
    expect(await textsOf(world, ann, { query: "tea" })).toEqual([]);
    expect(await textsOf(world, ann, { query: "coffee" })).toEqual([]);
    await world.reopen();
    expect(await textsOf(world, ann, { query: "milk" })).toEqual(["milk"]);
  });

  check("search: only what the reader may see, also by count and cursor", async (world) => {
    const [ann, eve] = [await world.guest("Ann"), await world.guest("Eve")];
    const [open, shut] = [await world.room(ann), await world.room(ann, [], "private")];
    const own = await world.room(eve);
    await world.verdicts(
      world.send(eve, own, "secret of mine"),
      ...Array.from({ length: 300 }, (_, i) => world.send(ann, i % 2 ? shut : open, `secret ${i}`)),
    );
    const nothing = { hits: [], next: null };
    const one = await searched(world, eve, { query: "secret", limit: 1 });
    expect(one).toMatchObject({ hits: [{ room: own }], next: null });
    expect(await searched(world, eve, { query: "secret 1" })).toEqual(nothing);
    for (const query of ["secret", "secret ", '"secret 1', "s", "...", ""]) {
      expectFault(await asks(world, eve, { query, room: shut }), "no_such_room");
      expectFault(await asks(world, eve, { query, room: freshId() }), "no_such_room");
    }
    // A search in a public room needs no membership.
    expect((await searched(world, eve, { query: "secret", room: open })).hits).toHaveLength(20);
    await world.accepted(world.command(eve, { kind: "join_room", room: open }));
    expect((await textsOf(world, eve, { query: "secret", limit: 100 })).length).toBe(151);
    await world.accepted(world.command(eve, { kind: "leave_room", room: open }));
    expect((await textsOf(world, eve, { query: "secret" })).length).toBe(1);
    await world.accepted(world.command(ann, { kind: "invite_member", room: shut, user: eve.id }));
    expect((await textsOf(world, eve, { query: "secret", limit: 100 })).length).toBe(151);
    await world.accepted(world.command(ann, { kind: "remove_member", room: shut, user: eve.id }));
    expect((await textsOf(world, eve, { query: "secret" })).length).toBe(1);
    expectFault(await asks(world, eve, { query: "secret", room: shut }), "no_such_room");
    const outsider = await world.guest("Mia");
    expect(await searched(world, outsider, { query: "secret" })).toEqual(nothing);
  });

  check(
    "search: finds messages of an archived room, and none of a deleted one, also for the node",
    async (world) => {
      const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
      const [kept, gone] = [await world.room(ann, [bob]), await world.room(ann, [bob])];
      await world.verdicts(world.send(bob, kept, "tea here"), world.send(bob, gone, "tea there"));
      await world.accepted(world.command(ann, { kind: "archive_room", room: kept }));
      await world.accepted(world.command(ann, { kind: "delete_room", room: gone }));
      for (const who of [ann, bob]) expect(await textsOf(world, who, { query: "tea" })).toEqual(["tea here"]);
      expectFault(await asks(world, bob, { query: "tea", room: gone }), "no_such_room");
      const all = await world.store.search({ query: "tea", limit: 10 }, "node");
      expect((all as HitList).hits.map(({ message }) => message.text)).toEqual(["tea here"]);
    },
  );

  check(
    "search: pages continue below the last hit, newest first, without duplicates or holes",
    async (world) => {
      const ann = await world.guest("Ann");
      const rooms = [
        await world.room(ann),
        await world.room(ann),
        await world.room(ann),
        await world.room(ann),
      ];
      // In batches: the messages of one batch are stored room by room.
      for (let from = 0; from < 250; from += 2) {
        const pair = [from, from + 1].map((i) => {
          return world.send(ann, rooms[(i >> 1) % 4] as string, i % 5 === 0 ? `tea ${i}` : `coffee ${i}`);
        });
        await world.verdicts(...pair);
      }
      for (const query of ["tea ", "te", "t", '"tea"', "coffee ", "c", '"coffee 1']) {
        const whole = await textsOf(world, ann, { query, limit: 100 });
        expect(whole.length).toBeGreaterThan(49);
        expect(await textsOf(world, ann, { query, limit: 7 })).toEqual(whole);
        const numbers = whole.map((text) => Number(text.split(" ")[1]));
        expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
      }
      const last = await searched(world, ann, { query: "tea ", limit: 50 });
      expect([last.hits.length, last.next]).toEqual([50, null]);
      expect(await searched(world, ann, { query: "tea ", cursor: 1 })).toEqual({ hits: [], next: null });
      expect((await searched(world, ann, { query: "tea ", cursor: 2 ** 52 })).hits).toHaveLength(20);
    },
  );

  check(
    "search: a page has at most 256 KB of hits, and the next one continues without a hole",
    async (world) => {
      const ann = await world.guest("Ann");
      const room = await world.room(ann);
      const sends = Array.from({ length: 24 }, () => world.send(ann, room, `parrot ${"🦜".repeat(7_000)}`));
      for (const verdict of await world.verdicts(...sends)) expect(isFault(verdict)).toBe(false);
      const seqs: number[] = [];
      let cursor: number | null | undefined;
      for (let pages = 0; pages < 30 && cursor !== null; pages++) {
        const query = { query: "parrot", limit: 100, ...(cursor === undefined ? {} : { cursor }) };
        const found = await world.store.search(query, { user: ann.id });
        if (isFault(found)) throw new Error(found.fault);
        expect(Buffer.byteLength(JSON.stringify(found.hits))).toBeLessThanOrEqual(262_144);
        seqs.push(...found.hits.map(({ message }) => message.seq));
        cursor = found.next;
      }
      expect(seqs).toEqual(Array.from({ length: 24 }, (_, index) => 26 - index));
    },
  );

  check("search: by author and by time, from `after` on and before `before`", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const day = 86_400_000;
    const at = (days: number) => 100 * day + days * day;
    const send = (who: Actor, days: number) =>
      world.command(who, { kind: "send_message", room, text: `tea of day ${days}` }, { at: at(days) });
    await world.verdicts(...Array.from({ length: 40 }, (_, i) => send(i % 4 === 0 ? bob : ann, i)));
    const days = async (query: Partial<SearchQuery>) =>
      (await textsOf(world, ann, { query: "tea ", limit: 100, ...query })).map((text) =>
        Number(text.split(" ")[3]),
      );
    expect(await days({ before: at(3) })).toEqual([2, 1, 0]);
    expect(await days({ after: at(37) })).toEqual([39, 38, 37]);
    expect(await days({ after: at(37) + 1 })).toEqual([39, 38]);
    expect(await days({ after: at(10), before: at(13) })).toEqual([12, 11, 10]);
    expect(await days({ after: at(13), before: at(10) })).toEqual([]);
    expect(await days({ author: bob.id })).toEqual([36, 32, 28, 24, 20, 16, 12, 8, 4, 0]);
    expect(await days({ author: bob.id, after: at(9), before: at(24) })).toEqual([20, 16, 12]);
    expect(await days({ author: bob.id, query: "t", limit: 3 })).toEqual([
      36, 32, 28, 24, 20, 16, 12, 8, 4, 0,
    ]);
    expect(await days({ author: freshId() })).toEqual([]);
  });

  check("search: times after the clock was an hour ahead, and set back", async (world) => {
    const ann = await world.guest("Ann");
    const rooms = [await world.room(ann), await world.room(ann)] as [string, string];
    const [hour, base] = [3_600_000, 1_700_000_000_000];
    const clock = [0, 10, 3_610, 3_620, 30, 40, 50, 3_630].map((seconds) => base + seconds * 1_000);
    // Two rooms: in one feed times never decrease.
    for (const [i, at] of clock.entries()) {
      const room = rooms[at > base + hour ? 0 : 1];
      await world.accepted(world.command(ann, { kind: "send_message", room, text: `tea ${i}` }, { at }));
    }
    const found = async (query: Partial<SearchQuery>) =>
      (await textsOf(world, ann, { query: "tea ", ...query })).map((text) => Number(text.split(" ")[1]));
    expect(await found({ before: base + hour })).toEqual([6, 5, 4, 1, 0]);
    expect(await found({ after: base + hour })).toEqual([7, 3, 2]);
    expect(await found({ after: base + 30_000, before: base + 41_000 })).toEqual([5, 4]);
  });

  check("search: in the lobby, without rooms, and in one of many rooms", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    await world.verdicts(
      world.command(ann, { kind: "join_room", room: LOBBY }),
      world.send(ann, LOBBY, "tea in the lobby"),
    );
    expect(await textsOf(world, bob, { query: "tea" })).toEqual([]);
    expect(await textsOf(world, bob, { query: "tea", room: LOBBY })).toEqual(["tea in the lobby"]);
    const rooms: string[] = [];
    for (let i = 0; i < 12; i++) rooms.push(await world.room(ann, i % 3 === 0 ? [bob] : []));
    await world.verdicts(
      ...Array.from({ length: 1_200 }, (_, i) => world.send(ann, rooms[i % 12] ?? LOBBY, `tea ${i % 12}`)),
    );
    for (const query of ["tea ", "te", "t", '"tea', "tea 3", "tea 3 "]) {
      const found = await textsOf(world, bob, { query, limit: 30 });
      expect(new Set(found)).toEqual(
        new Set(query.includes("3") ? ["tea 3"] : ["tea 0", "tea 3", "tea 6", "tea 9"]),
      );
      expect(found).toHaveLength(query.includes("3") ? 100 : 400);
    }
  });
}

function asks(world: World, { id }: Actor, query: Asked) {
  return world.store.search({ limit: 20, ...query }, { user: id });
}

export async function searched(world: World, actor: Actor, query: Asked): Promise<HitList> {
  const found = await asks(world, actor, query);
  if (isFault(found)) throw new Error(found.fault);
  return found;
}

/** The texts of the hits of all pages. */
async function textsOf(world: World, actor: Actor, query: Asked): Promise<string[]> {
  const all: string[] = [];
  let cursor: number | undefined;
  do {
    const { hits, next } = await searched(world, actor, cursor === undefined ? query : { ...query, cursor });
    all.push(...hits.map(({ message }) => message.text));
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return all;
}
