import { expect } from "bun:test";
import { isFault, LOBBY, userFeed } from "@parley/protocol";
import { type Check, expectFault, freshId, words } from "./world.contract.ts";

/** What becomes of rooms: names, roles, archives, ends. */
export function checkRooms(check: Check): void {
  check("EV-9 name, topic and archive are what the events say, also after a reopen", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const verdicts = await world.verdicts(
      world.command(ann, { kind: "rename_room", room, name: "Tea" }),
      world.command(ann, { kind: "set_topic", room, topic: "leaves" }),
      world.command(ann, { kind: "archive_room", room }),
    );
    expect(words(verdicts)).toEqual(["ok", "ok", "ok"]);
    expect(await world.store.room(room, ann.id)).toMatchObject({
      name: "Tea",
      topic: "leaves",
      archived: true,
    });
    await world.reopen();
    expect(words(await world.verdicts(world.send(ann, room, "late")))).toEqual(["room_archived"]);
    await world.accepted(world.command(ann, { kind: "unarchive_room", room }));
    expect(await world.store.room(room, ann.id)).toMatchObject({
      name: "Tea",
      topic: "leaves",
      archived: false,
    });
    expect(words(await world.verdicts(world.send(ann, room, "open")))).toEqual(["ok"]);
  });

  check(
    "LM-12 LM-13 public rooms cannot have names that look like taken ones or have no visible character",
    async (world) => {
      const ann = await world.guest("Ann");
      const create = (name: string, room_kind: "public" | "private" = "public") =>
        world.command(ann, { kind: "create_room", room: freshId(), room_kind, name });
      const tea = create("Tea 1");
      expect(
        words(
          await world.verdicts(
            tea,
            create("Tea l"),
            create("Tea 1", "private"),
            create("Te\u200ba"),
            create("Теa"),
            create("Te\u200ba", "private"),
          ),
        ),
      ).toEqual(["ok", "room_name_taken", "ok", "invalid", "invalid", "invalid"]);
      const rename = (name: string) => world.command(ann, { kind: "rename_room", room: tea.body.room, name });
      expect(words(await world.verdicts(rename("TEA l"), rename("Te\u202ea"), create("tea 1")))).toEqual([
        "ok",
        "invalid",
        "room_name_taken",
      ]);
      await world.reopen();
      expect(words(await world.verdicts(create("TEA I")))).toEqual(["room_name_taken"]);
      expect(words(await world.verdicts(rename("Coffee"), create("Tea 1")))).toEqual(["ok", "ok"]);
    },
  );

  check("CM-8 a released name is free, in the same batch and later", async (world) => {
    const ann = await world.guest("Ann");
    const [one, two] = [await world.room(ann), await world.room(ann)];
    const rename = (room: string, name: string) => world.command(ann, { kind: "rename_room", room, name });
    expect(words(await world.verdicts(rename(one, "Tea"), rename(two, "tea")))).toEqual([
      "ok",
      "room_name_taken",
    ]);
    // Released and claimed again, and in a circle: names change their holder within a batch.
    expect(words(await world.verdicts(rename(one, "Milk"), rename(one, "Tea"), rename(one, "Milk")))).toEqual(
      ["ok", "ok", "ok"],
    );
    expect(
      words(await world.verdicts(rename(two, "Tea"), rename(one, "Water"), rename(two, "Milk"))),
    ).toEqual(["ok", "ok", "ok"]);
    await world.reopen();
    expect(words(await world.verdicts(rename(one, "milk")))).toEqual(["room_name_taken"]);
    expect(words(await world.verdicts(rename(one, "Tea")))).toEqual(["ok"]);
  });

  check("CM-15 roles and removals are stored", async (world) => {
    const [ann, bob, cat] = [await world.guest("Ann"), await world.guest("Bob"), await world.guest("Cat")];
    const room = await world.room(ann, [bob, cat]);
    const verdicts = await world.verdicts(
      world.command(ann, { kind: "change_role", room, user: bob.id, role: "owner" }),
      world.command(ann, { kind: "change_role", room, user: ann.id, role: "moderator" }),
      world.command(ann, { kind: "remove_member", room, user: cat.id }),
    );
    expect(words(verdicts)).toEqual(["ok", "ok", "ok"]);
    await world.reopen();
    expect(await Promise.all([ann, bob, cat].map(({ id }) => world.role(room, id)))).toEqual([
      "moderator",
      "owner",
      null,
    ]);
    expect(words(await world.verdicts(world.command(bob, { kind: "leave_room", room })))).toEqual([
      "last_owner",
    ]);
    expect((await world.events(userFeed(cat.id))).map(({ kind }) => kind)).toEqual([
      "room_added",
      "room_removed",
    ]);
    expect(await world.store.room(room, bob.id)).toMatchObject({ members: 2 });
  });

  check("CM-10 of two owners only one may leave, in one batch and one by one", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const owned = async () => {
      const room = await world.room(ann, [bob]);
      await world.accepted(world.command(ann, { kind: "change_role", room, user: bob.id, role: "owner" }));
      return room;
    };
    const leave = (actor: typeof ann, room: string) => world.command(actor, { kind: "leave_room", room });
    const one = await owned();
    expect(words(await world.verdicts(leave(ann, one), leave(bob, one)))).toEqual(["ok", "last_owner"]);
    const other = await owned();
    expect(words(await world.verdicts(leave(bob, other)))).toEqual(["ok"]);
    await world.reopen();
    expect(words(await world.verdicts(leave(ann, other)))).toEqual(["last_owner"]);
    const step = world.command(ann, { kind: "change_role", room: other, user: ann.id, role: "member" });
    expect(words(await world.verdicts(step))).toEqual(["last_owner"]);
  });

  check(
    "CM-21 a leave holds against the inviter for a day, also after a restart and in one batch",
    async (world) => {
      const [ann, bob, cat] = [await world.guest("Ann"), await world.guest("Bob"), await world.guest("Cat")];
      const room = await world.room(ann, [cat], "private");
      const invite = (by: typeof ann, at?: number) =>
        world.command(by, { kind: "invite_member", room, user: bob.id }, at === undefined ? {} : { at });
      const leave = () => world.command(bob, { kind: "leave_room", room });
      const remove = () => world.command(ann, { kind: "remove_member", room, user: bob.id });
      expect(words(await world.verdicts(invite(ann), leave(), invite(ann), invite(ann)))).toEqual([
        "ok",
        "ok",
        "invited_already",
        "invited_already",
      ]);
      // Reading elsewhere is in the same private feed.
      const other = await world.room(cat, [bob]);
      const { placed } = await world.accepted(world.send(cat, other, "hi"));
      await world.accepted(world.command(bob, { kind: "mark_read", room: other, seq: placed[0]?.seq ?? 0 }));
      await world.reopen();
      expect(words(await world.verdicts(invite(ann)))).toEqual(["invited_already"]);
      // Another member invites. Being removed is not leaving.
      expect(words(await world.verdicts(invite(cat), remove(), invite(cat)))).toEqual(["ok", "ok", "ok"]);
      const left = await world.accepted(leave());
      await world.reopen();
      expect(words(await world.verdicts(invite(cat, left.at + 86_399_999)))).toEqual(["invited_already"]);
      expect(words(await world.verdicts(invite(cat, left.at + 86_400_000)))).toEqual(["ok"]);
    },
  );

  check("CM-17 a deleted room is gone at once, for every user and for good", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const send = world.send(ann, room, "secretword");
    await world.accepted(send);
    await world.accepted(world.command(ann, { kind: "rename_room", room, name: "Tea" }));
    await world.accepted(world.command(ann, { kind: "delete_room", room }));
    const reader = { user: bob.id };
    expectFault(await world.store.room(room, bob.id), "no_such_room");
    expectFault(await world.store.page(room, { limit: 10 }, reader), "no_such_room");
    expectFault(await world.store.after(room, 0, 10, reader), "no_such_room");
    expectFault(await world.store.members(room, reader), "no_such_room");
    expect(await world.store.directory({ limit: 100 }, ann.id)).toMatchObject({ rooms: [{ id: LOBBY }] });
    expect((await world.store.feedsOf(bob.id)).map(({ feed }) => feed)).not.toContain(room);
    const [standing] = await world.store.feedAccess(bob.id, [{ feed: room, seq: 2, id: "" }]);
    expect(standing?.entitled).toBe(false);
    // The first answer stays, the id stays in use, the name is free.
    expect(words(await world.verdicts(send))).toEqual(["duplicate"]);
    const create = (id: string, name: string) =>
      world.command(bob, { kind: "create_room", room: id, room_kind: "public", name });
    expect(words(await world.verdicts(create(room, "Again")))).toEqual(["invalid"]);
    expect(words(await world.verdicts(create(send.nonce, "Tea")))).toEqual(["ok"]);
    await world.reopen();
    expect(words(await world.verdicts(world.send(bob, room, "hello?")))).toEqual(["no_such_room"]);
  });

  check("EV-10 the node can read the last event of a deleted feed", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    await world.accepted(world.send(ann, room, "one"));
    const { placed } = await world.accepted(world.command(ann, { kind: "delete_room", room }));
    const found = await world.store.after(room, 0, 100, "node");
    if (isFault(found)) throw new Error(found.fault);
    expect(found.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual([`${placed[0]?.seq} room_deleted`]);
  });
}
