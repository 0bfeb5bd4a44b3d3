import { expect } from "bun:test";
import { directRoomId, isFault, LIMITS, LOBBY, type Page, type RoomId, userFeed } from "@parley/protocol";
import type { Where } from "../store.ts";
import { type Check, expectFault, freshId, type World } from "./world.contract.ts";

export function checkReads(check: Check): void {
  check("EV-3 after is contiguous, ascending and limited", async (world) => {
    const ann = await world.guest("Ann");
    const room = await filled(world, ann, 10);
    const seqs = async (seq: number, limit: number) => {
      const found = await world.store.after(room, seq, limit, { user: ann.id });
      return isFault(found) ? found.fault : found.map((event) => event.seq);
    };
    expect(await seqs(0, 300)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(await seqs(5, 3)).toEqual([6, 7, 8]);
    expect(await seqs(12, 3)).toEqual([]);
    expect(await seqs(99, 3)).toEqual([]);
  });

  check(
    "RS-7 after ends at its limit of bytes, which one large event may exceed, and continues from there",
    async (world) => {
      const ann = await world.guest("Ann");
      const room = await world.room(ann);
      const long = "🦜".repeat(LIMITS.text);
      const sends = Array.from({ length: 20 }, () => world.send(ann, room, long));
      for (const verdict of await world.verdicts(...sends)) expect(isFault(verdict)).toBe(false);
      const seqs: number[] = [];
      for (let asks = 0; asks < 10; asks++) {
        const found = await world.store.after(room, seqs.at(-1) ?? 0, 300, { user: ann.id });
        if (isFault(found)) throw new Error(found.fault);
        if (found.length === 0) break;
        const bytes = found.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0);
        expect(bytes).toBeLessThanOrEqual(LIMITS.replay_bytes);
        seqs.push(...found.map(({ seq }) => seq));
      }
      expect(seqs).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
    },
  );

  check(
    "EV-8 a page has at most 256 KB, nearest to the requested position, and reports whether there is more",
    async (world) => {
      const ann = await world.guest("Ann");
      const room = await world.room(ann);
      const sends = Array.from({ length: 40 }, () => world.send(ann, room, "\u0001".repeat(LIMITS.text / 2)));
      for (const verdict of await world.verdicts(...sends)) expect(isFault(verdict)).toBe(false);
      const page = async (where: Where) => {
        const found = (await world.store.page(room, where, { user: ann.id })) as Page;
        expect(Buffer.byteLength(JSON.stringify(found.messages))).toBeLessThanOrEqual(262_144);
        expect(found.messages.length).toBeGreaterThan(5);
        return found;
      };
      const seqs = ({ messages }: Page) => messages.map(({ seq }) => seq);
      const newest = await page({ limit: 100 });
      expect(newest).toMatchObject({ has_before: true, has_after: false });
      expect(newest.messages.at(-1)?.seq).toBe(42);
      const back = [...seqs(newest)];
      for (let more = newest.has_before; more; ) {
        const older = await page({ before: back[0] as number, limit: 6 });
        back.unshift(...seqs(older));
        more = older.has_before;
      }
      expect(back).toEqual(Array.from({ length: 40 }, (_, index) => index + 3));
      const next = await page({ after: 10, limit: 100 });
      expect(next).toMatchObject({ has_before: true, has_after: true });
      expect(next.messages[0]?.seq).toBe(11);
      const around = await page({ around: 20, limit: 100 });
      expect(around).toMatchObject({ has_before: true, has_after: true });
      const at = seqs(around).indexOf(20);
      expect(Math.abs(at - (around.messages.length - at))).toBeLessThanOrEqual(2);
    },
  );

  check("EV-8 reactions count in a page's bytes, too, and the requested message is in it", async (world) => {
    const ann = await world.guest("Ann");
    const people = await Promise.all(
      Array.from({ length: 8 }, (_, at) => world.guest(`${"🦜".repeat(31)}${at}`)),
    );
    const room = await world.room(ann, people);
    const sent: string[] = [];
    for (let count = 0; count < 12; count++) {
      const { placed } = await world.accepted(world.send(ann, room, "x"));
      sent.push(placed[0]?.id as string);
    }
    const emoji = Array.from({ length: 50 }, (_, at) => String.fromCodePoint(0x1f300 + at));
    for (const message of sent)
      for (const person of people)
        await world.verdicts(
          ...emoji.map((one) => world.command(person, { kind: "add_reaction", room, message, emoji: one })),
        );
    for (const where of [{ limit: 100 }, { limit: 100, around: 15 }]) {
      const found = (await world.store.page(room, where, { user: ann.id })) as Page;
      expect(Buffer.byteLength(JSON.stringify(found.messages))).toBeLessThanOrEqual(262_144);
      expect(found.has_before).toBe(true);
      expect(found.messages.length).toBeGreaterThan(2);
      if ("around" in where) expect(found.messages.map(({ seq }) => seq)).toContain(15);
    }
  });

  check("CM-11 the history of a message is its last texts, at most 256 KB of them", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const { placed } = await world.accepted(world.send(ann, room, "first"));
    const message = placed[0]?.id as string;
    for (let count = 0; count < 12; count++)
      await world.accepted(
        world.command(ann, { kind: "edit_message", room, message, text: `${count}${"🦜".repeat(7_000)}` }),
      );
    const found = await world.store.history(room, message, { user: ann.id });
    if (isFault(found)) throw new Error(found.fault);
    expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThanOrEqual(262_144);
    expect(found.map(({ text }) => Number.parseInt(text, 10))).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  check("RS-6 after is for members, and a private feed for its owner", async (world) => {
    const [ann, eve] = [await world.guest("Ann"), await world.guest("Eve")];
    const rooms = [await world.room(ann), await world.room(ann, [], "private")];
    for (const feed of [...rooms, userFeed(ann.id), freshId()]) {
      expectFault(await world.store.after(feed, 0, 10, { user: eve.id }), "no_such_room");
    }
    for (const feed of [...rooms, userFeed(ann.id)]) {
      expect(isFault(await world.store.after(feed, 0, 10, { user: ann.id }))).toBe(false);
      expect(isFault(await world.store.after(feed, 0, 10, "node"))).toBe(false);
    }
    const [room] = rooms as [RoomId];
    await world.accepted(world.command(eve, { kind: "join_room", room }));
    expect(isFault(await world.store.after(room, 0, 10, { user: eve.id }))).toBe(false);
    await world.accepted(world.command(eve, { kind: "leave_room", room }));
    expectFault(await world.store.after(room, 0, 10, { user: eve.id }), "no_such_room");
  });

  check("CM-13 pages, members and rooms: public for all users, private for members", async (world) => {
    const [ann, eve] = [await world.guest("Ann"), await world.guest("Eve")];
    const [open, shut] = [await world.room(ann), await world.room(ann, [], "private")];
    const asks = (room: RoomId, user: string) =>
      Promise.all([
        world.store.page(room, { limit: 5 }, { user }),
        world.store.members(room, { user }),
        world.store.room(room, user),
      ]);
    for (const answer of await asks(open, eve.id)) expect(isFault(answer)).toBe(false);
    for (const answer of await asks(shut, ann.id)) expect(isFault(answer)).toBe(false);
    for (const answer of await asks(shut, eve.id)) expectFault(answer, "no_such_room");
    for (const answer of await asks(freshId(), ann.id)) expectFault(answer, "no_such_room");
    for (const answer of await asks(userFeed(ann.id), ann.id)) expectFault(answer, "no_such_room");
  });

  check("EV-8 pages before, after and around a seq", async (world) => {
    const ann = await world.guest("Ann");
    const room = await filled(world, ann, 10);
    const page = async (where: Where) => {
      const found = (await world.store.page(room, where, { user: ann.id })) as Page;
      expect(found).toMatchObject({ room, epoch: world.store.epoch, as_of: 12 });
      return [found.messages.map(({ seq }) => seq), found.has_before, found.has_after];
    };
    expect(await page({ limit: 3 })).toEqual([[10, 11, 12], true, false]);
    expect(await page({ limit: 100 })).toEqual([[3, 4, 5, 6, 7, 8, 9, 10, 11, 12], false, false]);
    expect(await page({ before: 6, limit: 2 })).toEqual([[4, 5], true, true]);
    expect(await page({ before: 5, limit: 2 })).toEqual([[3, 4], false, true]);
    expect(await page({ before: 3, limit: 2 })).toEqual([[], false, true]);
    expect(await page({ after: 6, limit: 2 })).toEqual([[7, 8], true, true]);
    expect(await page({ after: 10, limit: 2 })).toEqual([[11, 12], true, false]);
    expect(await page({ after: 0, limit: 1 })).toEqual([[3], false, true]);
    expect(await page({ around: 7, limit: 4 })).toEqual([[5, 6, 7, 8], true, true]);
    expect(await page({ around: 3, limit: 4 })).toEqual([[3, 4, 5, 6], false, true]);
    expect(await page({ around: 12, limit: 4 })).toEqual([[9, 10, 11, 12], true, false]);
    expect(await page({ around: 1, limit: 50 })).toEqual([[3, 4, 5, 6, 7, 8, 9, 10, 11, 12], false, false]);
    expect(await page({ around: 7, limit: 1 })).toEqual([[7], true, true]);
  });

  check("heads returns the last event of the feeds that exist", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const last = async (feed: string) => (await world.events(feed)).at(-1)?.id as string;
    expect(await world.store.heads([room, LOBBY, userFeed(ann.id), freshId()])).toEqual(
      new Map([
        [room, { seq: 2, id: await last(room) }],
        [LOBBY, { seq: 1, id: await last(LOBBY) }],
        [userFeed(ann.id), { seq: 1, id: await last(userFeed(ann.id)) }],
      ]),
    );
  });

  check("changes returns the feeds with events since a cursor, whatever the clocks say", async (world) => {
    const ann = await world.guest("Ann");
    const first = await world.store.changes(null);
    expect(first.whole).toBe(false);
    const since = async (cursor: string) => {
      const { feeds, whole, cursor: next } = await world.store.changes(cursor);
      expect(whole).toBe(true);
      return { heads: [...feeds].map(([feed, { seq }]) => [feed, seq]), next };
    };
    world.setClock(20_000_000);
    const room = await world.room(ann);
    const second = await since(first.cursor);
    expect(second.heads).toEqual(
      expect.arrayContaining([
        [room, 2],
        [userFeed(ann.id), 1],
      ]),
    );
    // The clock is set back by hours: the order is that of the commits.
    world.setClock(1_000_000);
    const other = await world.room(ann);
    const third = await since(second.next);
    expect(third.heads).toEqual(
      expect.arrayContaining([
        [other, 2],
        [userFeed(ann.id), 2],
      ]),
    );
    expect(third.heads).not.toContainEqual([room, 2]);
    expect((await since(third.next)).heads).not.toContainEqual([other, 2]);
    // What cannot be known is said: a cursor that this store never returned.
    expect((await world.store.changes("another")).whole).toBe(false);
  });

  check(
    "RS-2 feedAccess: access, head, floor and the id at a seq, in the order of the positions",
    async (world) => {
      const [ann, eve] = [await world.guest("Ann"), await world.guest("Eve")];
      const room = await filled(world, ann, 1);
      const shut = await world.room(eve, [], "private");
      const events = await world.events(room);
      const [first, last] = [events[0], events.at(-1)];
      const position = (feed: string, seq = 0) => ({ feed, seq, id: "" });
      const found = await world.store.feedAccess(ann.id, [
        position(room, 1),
        position(room, 99),
        position(shut, 1),
        position(userFeed(ann.id)),
        position(userFeed(eve.id)),
        position(freshId()),
      ]);
      const gone = { entitled: false, head: 0, head_id: null, floor: 0, id_at_seq: null, room: null };
      expect(found).toMatchObject([
        { feed: room, head: 3, head_id: last?.id as string, floor: 0, id_at_seq: first?.id as string },
        { feed: room, head: 3, head_id: last?.id as string, floor: 0, id_at_seq: null },
        { feed: shut, ...gone },
        { feed: userFeed(ann.id), entitled: true, head: 1, floor: 0, id_at_seq: null, room: null },
        { feed: userFeed(eve.id), ...gone },
        gone,
      ]);
      expect(found[0]?.room).toMatchObject({ id: room, role: "owner", members: 1, peer: null });
      // Each head comes with its id: the two make a cursor (RS-1).
      const entry = (await world.store.feedsOf(ann.id)).find(({ feed }) => feed === room);
      expect(entry).toMatchObject({ head: 3, head_id: last?.id as string });
      const shown = await world.store.standing(room, ann.id);
      expect(shown).toMatchObject({ head: 3, head_id: last?.id as string });
      expect(await world.store.page(room, { limit: 1 }, { user: ann.id })).toMatchObject({
        as_of: 3,
        as_of_id: last?.id as string,
      });
    },
  );

  check("feedsOf lists a user's feeds by id, and members a room's by role and name", async (world) => {
    const [ann, bob] = [await world.guest("ann"), await world.guest("Bob")];
    const create = (room_kind: "public" | "private", name: string) => ({
      kind: "create_room" as const,
      room: freshId(),
      room_kind,
      name,
    });
    const [zoo, tea] = [create("private", "Zoo"), create("public", "älter")];
    const direct = directRoomId(ann.id, bob.id);
    await world.accepted(world.command(ann, zoo));
    await world.accepted(world.command(bob, tea));
    await world.accepted(world.command(ann, { kind: "create_direct", room: direct, user: bob.id }));
    const feeds = (await world.store.feedsOf(ann.id)).map(({ feed }) => feed);
    expect(feeds).toEqual([zoo.room, direct, userFeed(ann.id)].sort());
    await world.accepted(world.command(ann, { kind: "invite_member", room: zoo.room, user: bob.id }));
    expect(await world.store.members(zoo.room, { user: bob.id })).toEqual([
      { id: ann.id, name: "ann", role: "owner" },
      { id: bob.id, name: "Bob", role: "member" },
    ]);
    expect(await world.role(zoo.room, bob.id)).toBe("member");
    expect(await world.role(tea.room, ann.id)).toBeNull();
  });

  check("CM-9 a direct room shows each side the other", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = directRoomId(ann.id, bob.id);
    await world.accepted(world.command(ann, { kind: "create_direct", room, user: bob.id }));
    expect(await world.store.room(room, ann.id)).toEqual({
      id: room,
      kind: "direct",
      name: null,
      topic: "",
      members: 2,
      archived: false,
      role: "member",
      peer: { id: bob.id, name: "Bob" },
    });
    expect(await world.store.room(room, bob.id)).toMatchObject({ peer: { id: ann.id, name: "Ann" } });
  });
}

/** A room with `count` messages from seq 3 on. */
async function filled(world: World, owner: Parameters<World["room"]>[0], count: number): Promise<RoomId> {
  const room = await world.room(owner);
  await world.verdicts(...Array.from({ length: count }, (_, i) => world.send(owner, room, `message ${i}`)));
  return room;
}
