import { expect } from "bun:test";
import { LIMITS, LOBBY, type RoomId } from "@parley/protocol";
import { type Check, expectFault, type World, words } from "./world.contract.ts";

type Person = Awaited<ReturnType<World["guest"]>>;

/** Read positions, unread counts, mentions. */
export function checkUnread(check: Check): void {
  const read = async (world: World, who: Person, room: RoomId) =>
    (await world.store.feedsOf(who.id)).find(({ feed }) => feed === room)?.read;

  check(
    "CM-20 messages of others above the position are unread; a new member has read all earlier ones",
    async (world) => {
      const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
      const room = await world.room(ann);
      await world.verdicts(world.send(ann, room, "before"));
      await world.accepted(world.command(ann, { kind: "invite_member", room, user: bob.id }));
      expect(await read(world, bob, room)).toEqual({ seq: 4, unread: 0, mentions: 0 });
      const [one] = (await world.accepted(world.send(ann, room, "one"))).placed;
      await world.verdicts(world.send(ann, room, "two"));
      expect(await read(world, bob, room)).toEqual({ seq: 4, unread: 2, mentions: 0 });
      expect(await read(world, ann, room)).toMatchObject({ unread: 0 });
      await world.accepted(world.command(ann, { kind: "delete_message", room, message: one?.id ?? "" }));
      expect(await read(world, bob, room)).toMatchObject({ unread: 1 });
      expect(await world.store.standing(room, bob.id)).toMatchObject({
        head: 7,
        read: { seq: 4, unread: 1 },
      });
    },
  );

  check("CM-19 sending moves the position of the author to the message, and never back", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    await world.verdicts(world.send(ann, room, "one"), world.send(bob, room, "own"));
    await world.verdicts(world.send(ann, room, "two"));
    expect(await read(world, bob, room)).toEqual({ seq: 5, unread: 1, mentions: 0 });
    expect(await read(world, ann, room)).toEqual({ seq: 6, unread: 0, mentions: 0 });
    await world.verdicts(
      world.command(bob, { kind: "mark_read", room, seq: 4 }),
      world.command(ann, { kind: "delete_message", room, message: "none" }),
    );
    expect(await read(world, bob, room)).toMatchObject({ seq: 5, unread: 1 });
    const left = world.command(bob, { kind: "leave_room", room });
    await world.verdicts(world.send(bob, room, "bye"), left, world.command(bob, { kind: "join_room", room }));
    expect(await read(world, bob, room)).toEqual({ seq: 9, unread: 0, mentions: 0 });
  });

  check("CM-19 a change of role does not move the position", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    await world.verdicts(world.send(ann, room, "one"), world.send(ann, room, "two"));
    await world.verdicts(world.command(bob, { kind: "mark_read", room, seq: 4 }));
    const before = await read(world, bob, room);
    expect(before).toMatchObject({ seq: 4, unread: 1 });
    await world.accepted(world.command(ann, { kind: "change_role", room, user: bob.id, role: "moderator" }));
    expect(await read(world, bob, room)).toEqual(before);
    await world.reopen();
    expect(await read(world, bob, room)).toEqual(before);
  });

  check("a page without deleted messages reaches past any number of them", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const sends = Array.from({ length: 250 }, (_, i) => world.send(ann, room, `${i}`));
    await world.verdicts(...sends);
    await world.verdicts(
      ...sends
        .slice(2)
        .map(({ nonce }) => world.command(ann, { kind: "delete_message", room, message: nonce })),
    );
    const page = await world.store.page(room, { limit: 2, live: true }, "node");
    expect(page).toMatchObject({ messages: [{ text: "0" }, { text: "1" }], has_before: false });
    const all = await world.store.page(room, { limit: 2 }, "node");
    expect(all).toMatchObject({ messages: [{ deleted: true }, { deleted: true }] });
  });

  check("CM-19 the position is kept over a restart and never moves back", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    await world.verdicts(...["one", "two", "three"].map((text) => world.send(ann, room, text)));
    const mark = (seq: number) => world.command(bob, { kind: "mark_read", room, seq });
    expect(words(await world.verdicts(mark(4), mark(5), mark(4)))).toEqual(["ok", "ok", "unchanged"]);
    expect(await read(world, bob, room)).toEqual({ seq: 5, unread: 1, mentions: 0 });
    await world.reopen();
    // The same command again is no duplicate: the store keeps no nonce for it.
    expect(words(await world.verdicts(mark(5), mark(99), mark(99)))).toEqual([
      "unchanged",
      "ok",
      "unchanged",
    ]);
    expect(await read(world, bob, room)).toEqual({ seq: 6, unread: 0, mentions: 0 });
    expect((await world.events(`user.${bob.id}`)).slice(1)).toMatchObject([
      { kind: "room_read", room, room_seq: 4 },
      { kind: "room_read", room, room_seq: 5 },
      { kind: "room_read", room, room_seq: 6 },
    ]);
  });

  check("CM-19 a member that leaves and joins again has read everything before", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    await world.verdicts(world.send(ann, room, "one"), world.command(bob, { kind: "leave_room", room }));
    const mark = world.command(bob, { kind: "mark_read", room, seq: 4 });
    expect(words(await world.verdicts(mark))).toEqual(["not_a_member"]);
    await world.verdicts(world.send(ann, room, "two"), world.command(bob, { kind: "join_room", room }));
    expect(await read(world, bob, room)).toEqual({ seq: 7, unread: 0, mentions: 0 });
    expect(words(await world.verdicts(world.command(bob, { kind: "mark_read", room, seq: 4 })))).toEqual([
      "unchanged",
    ]);
  });

  check(
    "CM-20 mentions of a user and of the room are counted, follow edits, and are deleted with the message",
    async (world) => {
      const [ann, bob, cat] = [await world.guest("Ann"), await world.guest("Bob"), await world.guest("Cat")];
      const room = await world.room(ann, [bob, cat]);
      const say = (text: string, more: { mentions?: string[]; mentions_room?: boolean }) =>
        world.command(ann, { kind: "send_message", room, text, ...more });
      const first = say("bob", { mentions: [bob.id, bob.id, ann.id] });
      const all = say("all", { mentions_room: true, mentions: [bob.id] });
      await world.verdicts(first, all, say("none", {}));
      expect(await read(world, bob, room)).toMatchObject({ unread: 3, mentions: 2 });
      expect(await read(world, cat, room)).toMatchObject({ unread: 3, mentions: 1 });
      expect(await read(world, ann, room)).toMatchObject({ unread: 0, mentions: 0 });
      const edit = (message: string, mentions: string[]) =>
        world.command(ann, { kind: "edit_message", room, message, text: "edited", mentions });
      await world.verdicts(edit(first.nonce, [cat.id]));
      expect(await read(world, bob, room)).toMatchObject({ mentions: 1 });
      expect(await read(world, cat, room)).toMatchObject({ mentions: 2 });
      await world.verdicts(world.command(ann, { kind: "delete_message", room, message: all.nonce }));
      expect(await read(world, bob, room)).toMatchObject({ unread: 2, mentions: 0 });
      expect(await read(world, cat, room)).toMatchObject({ unread: 2, mentions: 1 });
    },
  );

  check("CM-20 counts end at 100", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const many = Array.from({ length: LIMITS.unread + 5 }, (_, i) =>
      world.command(ann, { kind: "send_message", room, text: `${i}`, mentions: [bob.id] }),
    );
    await world.verdicts(...many);
    expect(await read(world, bob, room)).toMatchObject({ unread: LIMITS.unread, mentions: LIMITS.unread });
  });

  check("only members can read the read positions, in rooms up to the limit", async (world) => {
    const [ann, bob, cat] = [await world.guest("Ann"), await world.guest("Bob"), await world.guest("Cat")];
    const room = await world.room(ann, [bob]);
    await world.verdicts(
      world.send(ann, room, "one"),
      world.command(bob, { kind: "mark_read", room, seq: 4 }),
    );
    const reads = await world.store.reads(room, { user: ann.id });
    expect(new Map((reads as { user: string; seq: number }[]).map(({ user, seq }) => [user, seq]))).toEqual(
      new Map([
        [ann.id, 4],
        [bob.id, 4],
      ]),
    );
    expectFault(await world.store.reads(room, { user: cat.id }), "not_a_member");
    const people = [];
    for (let i = 0; i < LIMITS.receipts; i++) people.push(await world.guest(`Guest ${i}`));
    await world.verdicts(...people.map((who) => world.command(who, { kind: "join_room", room })));
    expect(await world.store.reads(room, { user: ann.id })).toEqual([]);
    expect(await read(world, ann, LOBBY)).toBeUndefined();
  });
}
