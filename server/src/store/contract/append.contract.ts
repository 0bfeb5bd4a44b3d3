import { expect } from "bun:test";
import { fromWire, isFault, LOBBY, userFeed } from "@parley/protocol";
import { accepted, type Check, freshId, POISON_AT, words } from "./world.contract.ts";

export function checkAppends(check: Check): void {
  check("a ping reads the epoch, and is refused when the store is closed", async (world) => {
    const { store } = world;
    const ann = await world.guest("Ann");
    const [committed, ...epochs] = await Promise.all([
      store.commit([world.command(ann, { kind: "join_room", room: LOBBY })]),
      store.ping(),
      store.ping(),
    ]);
    expect(words(committed)).toEqual(["ok"]);
    expect(epochs).toEqual([store.epoch, store.epoch]);
    await store.close();
    await expect(store.ping()).rejects.toThrow();
    await world.reopen();
    expect(await world.store.ping()).toBe(store.epoch);
  });

  check("CM-6 create, join and send in one batch", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = freshId();
    const committed = await world.store.commit([
      world.command(ann, { kind: "create_room", room, room_kind: "public", name: "Tea", topic: "leaves" }),
      world.command(bob, { kind: "join_room", room }),
      world.send(bob, room, "hello"),
    ]);
    expect(words(committed)).toEqual(["ok", "ok", "ok"]);
    expect((await world.events(room)).map(({ kind }) => kind)).toEqual([
      "room_created",
      "member_joined",
      "member_joined",
      "message_sent",
    ]);
    expect((await world.events(userFeed(bob.id)))[0]).toMatchObject({
      kind: "room_added",
      room,
      room_seq: 3,
    });
    expect(accepted(committed.verdicts[1]).placed.map(({ feed, seq }) => ({ feed, seq }))).toEqual([
      { feed: room, seq: 3 },
      { feed: userFeed(bob.id), seq: 1 },
    ]);
  });

  check("CM-12 a commit returns the events that the feeds hold", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = freshId();
    const committed = await world.store.commit([
      world.command(ann, { kind: "create_room", room, room_kind: "private", name: "Tea", members: [bob.id] }),
      world.send(bob, room, "first"),
      world.send(ann, room, "second"),
    ]);
    expect(committed.feeds.map(({ feed }) => feed).sort()).toEqual(
      [room, userFeed(ann.id), userFeed(bob.id)].sort(),
    );
    for (const { feed, events } of committed.feeds)
      expect(await world.events(feed)).toEqual(events.map(fromWire));
    for (const { feed, events } of committed.feeds) {
      for (const { seq, id } of events) {
        const placed = committed.verdicts.flatMap((verdict) => (isFault(verdict) ? [] : verdict.placed));
        expect(placed).toContainEqual({ feed, seq, id });
      }
    }
  });

  check("CM-5 a refused command in the middle does not touch the others", async (world) => {
    const [ann, eve] = [await world.guest("Ann"), await world.guest("Eve")];
    const room = await world.room(ann);
    const verdicts = await world.verdicts(
      world.send(ann, room, "one"),
      world.send(eve, room, "not in it"),
      world.send(ann, freshId(), "nowhere"),
      world.send(ann, room, "two"),
    );
    expect(words(verdicts)).toEqual(["ok", "not_a_member", "no_such_room", "ok"]);
    expect(await world.texts(room)).toEqual(["one", "two"]);
  });

  check("CM-4 a refused command leaves no trace, and its nonce may be used again", async (world) => {
    const [ann, eve] = [await world.guest("Ann"), await world.guest("Eve")];
    const room = await world.room(ann);
    const send = world.send(eve, room, "let me in");
    expect(words(await world.verdicts(send))).toEqual(["not_a_member"]);
    expect(words(await world.verdicts(send))).toEqual(["not_a_member"]);
    const join = world.command(eve, { kind: "join_room", room });
    expect(words(await world.verdicts(send, join, send))).toEqual(["not_a_member", "ok", "ok"]);
    expect(await world.texts(room)).toEqual(["let me in"]);
  });

  check("CM-6 a send after a leave in the same batch is refused", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const verdicts = await world.verdicts(
      world.send(bob, room, "bye"),
      world.command(bob, { kind: "leave_room", room }),
      world.send(bob, room, "still here"),
      world.command(bob, { kind: "join_room", room }),
      world.send(bob, room, "back"),
    );
    expect(words(verdicts)).toEqual(["ok", "ok", "not_a_member", "ok", "ok"]);
    expect(await world.texts(room)).toEqual(["bye", "back"]);
    expect(await world.role(room, bob.id)).toBe("member");
  });

  check("CM-10 the last owner cannot leave, in a batch and later", async (world) => {
    const ann = await world.guest("Ann");
    const room = freshId();
    const create = world.command(ann, { kind: "create_room", room, room_kind: "public", name: "Tea" });
    const leave = () => world.command(ann, { kind: "leave_room", room });
    expect(words(await world.verdicts(create, leave()))).toEqual(["ok", "last_owner"]);
    expect(words(await world.verdicts(leave()))).toEqual(["last_owner"]);
    await world.reopen();
    expect(words(await world.verdicts(leave()))).toEqual(["last_owner"]);
  });

  check("P4 batches that name two feeds in opposite order both go through", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const [one, two] = [await world.room(ann, [bob]), await world.room(ann, [bob])];
    const batches = Array.from({ length: 20 }, (_, i) => {
      const [first, second] = i % 2 === 0 ? [one, two] : [two, one];
      return world.store.commit([world.send(ann, first, `a${i}`), world.send(bob, second, `b${i}`)]);
    });
    for (const committed of await Promise.all(batches)) expect(words(committed)).toEqual(["ok", "ok"]);
    for (const room of [one, two]) {
      const events = await world.events(room);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      expect((await world.texts(room)).map((text) => text.slice(1))).toEqual(
        Array.from({ length: 20 }, (_, i) => String(i)),
      );
    }
  });

  check(
    "CM-8 a public room's name goes to the first command of a batch, and to no later one",
    async (world) => {
      const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
      const create = (name: string, room_kind: "public" | "private" = "public") =>
        world.command(ann, { kind: "create_room", room: freshId(), room_kind, name });
      const room = await world.room(bob);
      expect(
        words(await world.verdicts(create("Tea  Room"), create("tea room"), create("TEA room", "private"))),
      ).toEqual(["ok", "room_name_taken", "ok"]);
      const batch = [
        create("ｔｅａ room"),
        world.send(bob, room, "hi"),
        create("Tea Room"),
        create("Coffee"),
      ];
      expect(words(await world.verdicts(...batch))).toEqual([
        "room_name_taken",
        "ok",
        "room_name_taken",
        "ok",
      ]);
      expect(await world.texts(room)).toEqual(["hi"]);
      expect(words(await world.verdicts(create("lobby")))).toEqual(["room_name_taken"]);
      const found = await world.store.directory({ query: "tea", limit: 100 }, bob.id);
      expect(found).toMatchObject({ rooms: [{ name: "Tea  Room" }], next: null });
    },
  );

  check("CM-8 a room whose name was taken was not created: its id is free", async (world) => {
    const ann = await world.guest("Ann");
    const room = freshId();
    const create = (name: string) =>
      world.command(ann, { kind: "create_room", room, room_kind: "public", name });
    expect(
      words(await world.verdicts(create("Lobby"), world.send(ann, room, "?"), create("Tea"), create("More"))),
    ).toEqual(["room_name_taken", "no_such_room", "ok", "room_exists"]);
  });

  check("EV-1 times never decrease in a feed, also when clocks do", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const at = (time: number) => world.command(ann, { kind: "send_message", room, text: "x" }, { at: time });
    const verdicts = await world.verdicts(at(5_000_000), at(2_000_000), at(6_000_000));
    expect(verdicts.map((verdict) => accepted(verdict).at)).toEqual([5_000_000, 5_000_000, 6_000_000]);
    await world.reopen();
    expect((await world.accepted(at(3_000_000))).at).toBe(6_000_000);
    const times = (await world.events(room)).map((event) => event.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  check(
    "CM-7 a command that fails alone gets internal, and its author's later commands to that room are held",
    async (world) => {
      const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
      const [room, other] = [await world.room(ann, [bob]), await world.room(ann, [bob])];
      const poison = world.command(bob, { kind: "send_message", room, text: "bad" }, { at: POISON_AT });
      const later = world.send(bob, room, "waits");
      const committed = await world.store.commit([
        world.send(ann, room, "one"),
        poison,
        later,
        world.send(bob, other, "elsewhere"),
        world.send(ann, room, "two"),
      ]);
      expect(words(committed)).toEqual(["ok", "internal", "held", "ok", "ok"]);
      expect(await world.texts(room)).toEqual(["one", "two"]);
      expect(await world.texts(other)).toEqual(["elsewhere"]);
      for (const { feed, events } of committed.feeds) {
        expect((await world.events(feed)).slice(-events.length)).toEqual(events.map(fromWire));
      }
      expect(words(await world.verdicts({ ...poison, at: 2_000_000 }, later))).toEqual(["ok", "ok"]);
      expect(await world.texts(room)).toEqual(["one", "two", "bad", "waits"]);
    },
  );

  check("the lobby is there from the start, and is the same after every start", async (world) => {
    const [created] = await world.events(LOBBY);
    expect(created).toMatchObject({ seq: 1, kind: "room_created", room_kind: "public", room_name: "Lobby" });
    await world.reopen();
    expect(await world.events(LOBBY)).toEqual([created as NonNullable<typeof created>]);
  });

  check("RS-1 the epoch stays over a restart", async (world) => {
    const { epoch } = world.store;
    expect(epoch.length).toBeGreaterThan(8);
    await world.reopen();
    expect(world.store.epoch).toBe(epoch);
  });

  check("P1 acknowledged events are there after a restart", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const { placed } = await world.accepted(world.send(ann, room, "kept"));
    await world.reopen();
    expect((await world.events(room)).at(-1)?.id).toBe(placed[0]?.id as string);
    expect((await world.accepted(world.send(ann, room, "next"))).placed[0]?.seq).toBe(4);
  });
}
