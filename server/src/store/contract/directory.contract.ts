import { expect } from "bun:test";
import { directRoomId, isFault, LOBBY, type RoomEntry } from "@parley/protocol";
import type { Actor } from "../../core/command.ts";
import { SYSTEM_USER } from "../base/system.ts";
import type { Store } from "../store.ts";
import { type Check, expectFault, freshId, type World } from "./world.contract.ts";

type Asked = Partial<Parameters<Store["directory"]>[0]>;

export function checkDirectory(check: Check): void {
  check("directory: public rooms and the user's own, by name; with mine only the own", async (world) => {
    const [ann, bob] = [await world.guest("ann"), await world.guest("Bob")];
    const zoo = await named(world, ann, "Zoo", "private");
    const tea = await named(world, bob, "älter", "public");
    const own = await named(world, ann, "Tea", "public");
    const duplicate = await named(world, ann, "tea", "private");
    const direct = directRoomId(ann.id, bob.id);
    await world.accepted(world.command(ann, { kind: "create_direct", room: direct, user: bob.id }));
    expect(ids(await rooms(world, ann))).toEqual([direct, LOBBY, ...[own, duplicate].sort(), zoo, tea]);
    expect(ids(await rooms(world, ann, { mine: true }))).toEqual([direct, ...[own, duplicate].sort(), zoo]);
    expect(ids(await rooms(world, bob))).toEqual([direct, LOBBY, own, tea]);
    expect(ids(await rooms(world, bob, { mine: true }))).toEqual([direct, tea]);
    const [first, lobby, ...rest] = await rooms(world, ann);
    expect(first).toEqual({
      id: direct,
      kind: "direct",
      name: null,
      topic: "",
      members: 2,
      archived: false,
      role: "member",
      peer: { id: bob.id, name: "Bob" },
    });
    expect(lobby).toMatchObject({ id: LOBBY, kind: "public", role: null, peer: null });
    for (const each of rest) expect(each).toEqual((await world.store.room(each.id, ann.id)) as RoomEntry);
  });

  check(
    "directory: a part of the name finds it, compared by name key; no character is special",
    async (world) => {
      const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob %_x")];
      const names = [
        "Green Tea",
        "green  house",
        "GREEN",
        "100%",
        "a_b",
        "Straße",
        "ＦＵＬＬ width",
        "'quoted\"",
      ];
      for (const [i, name] of names.entries()) await named(world, ann, name, i % 2 ? "public" : "private");
      await world.accepted(
        world.command(ann, { kind: "create_direct", room: directRoomId(ann.id, bob.id), user: bob.id }),
      );
      const found = async (query: string, more: Asked = {}) =>
        (await rooms(world, ann, { query, ...more })).map(({ name, peer }) => name ?? peer?.name);
      expect(await found("green")).toEqual(["GREEN", "green  house", "Green Tea"]);
      expect(await found(" GREEN h ")).toEqual(["green  house"]);
      expect(await found("n tea", { mine: true })).toEqual(["Green Tea"]);
      expect(await found("%")).toEqual(["100%", "Bob %_x"]);
      expect(await found("_")).toEqual(["a_b", "Bob %_x"]);
      expect(await found("full")).toEqual(["ＦＵＬＬ width"]);
      expect(await found("straße")).toEqual(["Straße"]);
      expect(await found("'quoted\"")).toEqual(["'quoted\""]);
      expect(await found("\\")).toEqual([]);
      expect(await found("")).toHaveLength(names.length + 2);
    },
  );

  check("directory: renamed, archived, deleted and left", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const [one, two] = [await named(world, ann, "One", "public"), await named(world, ann, "Two", "public")];
    const shut = await named(world, ann, "Shut", "private");
    for (const room of [one, two, shut]) {
      await world.accepted(world.command(ann, { kind: "invite_member", room, user: bob.id }));
    }
    await world.accepted(world.command(ann, { kind: "rename_room", room: one, name: "Uno" }));
    await world.accepted(world.command(ann, { kind: "archive_room", room: one }));
    expect(ids(await rooms(world, bob))).toEqual([LOBBY, shut, two, one]);
    expect((await rooms(world, bob, { query: "uno" }))[0]).toMatchObject({ name: "Uno", archived: true });
    expect(await rooms(world, bob, { query: "one" })).toEqual([]);
    await world.accepted(world.command(ann, { kind: "delete_room", room: one }));
    await world.accepted(world.command(ann, { kind: "delete_room", room: shut }));
    await world.accepted(world.command(bob, { kind: "leave_room", room: two }));
    expect(ids(await rooms(world, bob))).toEqual([LOBBY, two]);
    expect(ids(await rooms(world, bob, { mine: true }))).toEqual([]);
    // The name is free, and only the new room has it.
    const again = await named(world, bob, "Uno", "public");
    expect(ids(await rooms(world, ann, { query: "uno" }))).toEqual([again]);
  });

  check("directory: pages hold everything once, in order, also where names begin alike", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const long = "日".repeat(50);
    const names = [
      ...Array.from({ length: 25 }, (_, i) => [`room ${i}`, i % 3 ? "public" : "private"] as const),
      ...Array.from({ length: 6 }, () => ["same", "private"] as const),
      ...Array.from({ length: 6 }, (_, i) => [`${long} ${i}`, i % 2 ? "public" : "private"] as const),
      ...["\ud7a3", "\ufe45", "\ufe46", "😀", "😁"].map(
        (sign, i) => [`sign ${sign}`, i % 2 ? "public" : "private"] as const,
      ),
    ];
    for (const [name, kind] of names) await named(world, ann, name, kind);
    for (const mine of [false, true]) {
      const whole = ids(await rooms(world, ann, { mine, limit: 100 }));
      expect(new Set(whole).size).toBe(names.length + (mine ? 0 : 1));
      for (const limit of [1, 2, 3, 7, whole.length]) {
        expect(ids(await rooms(world, ann, { mine, limit }))).toEqual(whole);
      }
    }
    const signs = (await rooms(world, ann, { query: "sign" })).map(({ name }) => name?.slice(5));
    expect(signs).toEqual(["\ud7a3", "\ufe45", "\ufe46", "😀", "😁"]);
    const last = await world.store.directory({ limit: 100 }, bob.id);
    expect(last).toMatchObject({ next: null });
    const cursors = ["", "!", "AAAA", Buffer.from("no").toString("base64url"), "zzzzzzzzzzzzz\n", "é"];
    for (const cursor of cursors) {
      expectFault(await world.store.directory({ limit: 5, cursor }, ann.id), "invalid");
      expectFault(await world.store.users({ limit: 5, cursor }), "invalid");
    }
  });

  check("directory: a cursor stays valid when its room is gone", async (world) => {
    const ann = await world.guest("Ann");
    for (const name of ["qb one", "qb two", "qb zoo"]) await named(world, ann, name, "public");
    const first = await world.store.directory({ query: "qb", limit: 2 }, ann.id);
    if (isFault(first)) throw new Error(first.fault);
    expect(first.rooms.map(({ name }) => name)).toEqual(["qb one", "qb two"]);
    const room = first.rooms[1]?.id as string;
    await world.accepted(world.command(ann, { kind: "delete_room", room }));
    const cursor = first.next as string;
    expect(cursor.length).toBeLessThanOrEqual(256);
    expect(await world.store.directory({ query: "qb", limit: 2, cursor }, ann.id)).toMatchObject({
      rooms: [{ name: "qb zoo" }],
      next: null,
    });
  });

  check("users: all but the system user, by name, in pages", async (world) => {
    const people: Actor[] = [];
    for (const name of ["Zoe", "ann", "Ärmel", "Ann Lee", "ＡＮＮＡ", "100%", "日本"])
      people.push(await world.guest(name));
    const [zoe, ann, arm, lee, anna, percent, japan] = people as [
      Actor,
      Actor,
      Actor,
      Actor,
      Actor,
      Actor,
      Actor,
    ];
    const found = async (query?: string, limit = 100) => {
      const all: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await world.store.users({
          limit,
          ...(query === undefined ? {} : { query }),
          ...(cursor ? { cursor } : {}),
        });
        if (isFault(page)) throw new Error(page.fault);
        expect(page.users.length).toBeLessThanOrEqual(limit);
        all.push(...page.users.map(({ id }) => id));
        cursor = page.next ?? undefined;
      } while (cursor);
      return all;
    };
    const everybody = [percent, ann, lee, anna, zoe, arm, japan].map(({ id }) => id);
    expect(await found()).toEqual(everybody);
    for (const limit of [1, 2, 3, 7]) expect(await found(undefined, limit)).toEqual(everybody);
    expect(await found("ann")).toEqual([ann.id, lee.id, anna.id]);
    expect(await found("N L")).toEqual([lee.id]);
    expect(await found("%")).toEqual([percent.id]);
    expect(await found("ar")).toEqual([]);
    expect(await found("parley")).toEqual([]);
    expect(await world.store.user(zoe.id)).toEqual({ id: zoe.id, name: "Zoe" });
    for (const id of [SYSTEM_USER.id, freshId()]) expectFault(await world.store.user(id), "no_such_user");
  });

  check("members of a large room have the same order as those of a small one", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann, [], "private");
    const requests = Array.from({ length: 600 }, (_, i) => {
      return { token_hash: `crowd ${i}`, name: `crowd ${i}`, id: freshId(), at: 1 };
    });
    await world.store.signIn(requests);
    await world.verdicts(
      ...requests.map(({ id }) => world.command(ann, { kind: "invite_member", room, user: id })),
    );
    const found = await world.store.members(room, { user: ann.id });
    if (isFault(found)) throw new Error(found.fault);
    expect(found).toHaveLength(601);
    expect(found[0]).toEqual({ id: ann.id, name: "Ann", role: "owner" });
    const names = found.slice(1).map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    const eve = await world.guest("Eve");
    expectFault(await world.store.members(room, { user: eve.id }), "no_such_room");
  });

  check("many reads at once are answered or rejected with a retry time; commits go on", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    await world.verdicts(...Array.from({ length: 200 }, (_, i) => world.send(ann, room, `tea ${i}`)));
    const asked = Array.from({ length: 500 }, () =>
      world.store.search({ query: "tea", limit: 5 }, { user: ann.id }),
    );
    await world.accepted(world.send(ann, room, "in between"));
    const answers = await Promise.all(asked);
    const away = answers.filter(isFault);
    expect(away.length).toBeGreaterThan(0);
    for (const fault of away) expect(fault).toEqual({ fault: "rate_limited", retry_after: 1_000 });
    expect(answers.length - away.length).toBeGreaterThanOrEqual(199);
    expect(isFault(await world.store.search({ query: "tea", limit: 5 }, { user: ann.id }))).toBe(false);
  });
}

async function named(world: World, owner: Actor, name: string, room_kind: "public" | "private") {
  const room = freshId();
  await world.accepted(world.command(owner, { kind: "create_room", room, room_kind, name }));
  return room;
}

function ids(rooms: readonly RoomEntry[]): string[] {
  return rooms.map(({ id }) => id);
}

/** The rooms of all pages. */
async function rooms(world: World, { id }: Actor, asked: Asked = {}): Promise<RoomEntry[]> {
  const all: RoomEntry[] = [];
  const limit = asked.limit ?? 100;
  let cursor: string | undefined;
  do {
    const page = await world.store.directory({ ...asked, limit, ...(cursor ? { cursor } : {}) }, id);
    if (isFault(page)) throw new Error(page.fault);
    expect(page.rooms.length).toBeLessThanOrEqual(limit);
    all.push(...page.rooms);
    cursor = page.next ?? undefined;
  } while (cursor);
  return all;
}
