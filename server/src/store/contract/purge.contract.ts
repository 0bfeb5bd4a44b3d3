import { expect } from "bun:test";
import { setTimeout as wait } from "node:timers/promises";
import { isFault, userFeed } from "@parley/protocol";
import { PRIVATE_EVENTS_KEPT, PRIVATE_EVENTS_MAX } from "../commit/purge.ts";
import { type Check, expectFault, words } from "./world.contract.ts";

export function checkPurge(check: Check): void {
  check("EV-10 everything in a deleted room is removed, and nothing else", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const [gone, kept] = [await world.room(ann, [bob]), await world.room(ann, [bob])];
    const send = world.send(ann, gone, "goneword");
    const message = send.nonce;
    const bystander = world.send(ann, kept, "keptword");
    await world.verdicts(send, bystander);
    const rename = world.command(ann, { kind: "rename_room", room: gone, name: "Goneroom" });
    const history = [
      rename,
      world.command(ann, { kind: "set_topic", room: gone, topic: "gonetopic" }),
      world.command(ann, { kind: "edit_message", room: gone, message, text: "gonetext", mentions: [bob.id] }),
      world.command(ann, { kind: "add_reaction", room: gone, message, emoji: "🦀" }),
      world.command(ann, { kind: "add_reaction", room: kept, message: bystander.nonce, emoji: "🦊" }),
    ];
    expect(words(await world.verdicts(...history))).toEqual(["ok", "ok", "ok", "ok", "ok"]);
    const before = await world.events(kept);
    const remove = world.command(ann, { kind: "delete_room", room: gone });
    const deleted = await world.accepted(remove);
    const trail = ["goneword", "gonetext", "gonetopic", "Goneroom", "🦀"];
    await until(() => trail.flatMap((word) => world.traces(word)).length === 0);
    for (const word of ["keptword", "🦊"]) expect(world.traces(word).length).toBeGreaterThan(0);
    expect(await world.events(kept)).toEqual(before);
    // Its seq continues, its nonces keep their answers, its id stays in use, and its last event can be read.
    const [seq, id] = [deleted.placed[0]?.seq as number, deleted.placed[0]?.id as string];
    for (let round = 0; round < 2; round++) {
      expect((await world.events(gone)).map((event) => [event.kind, event.seq, event.id])).toEqual([
        ["room_deleted", seq, id],
      ]);
      expect(await world.store.heads([gone])).toEqual(new Map([[gone, { seq, id }]]));
      const again = await world.verdicts(send, rename, remove);
      expect(words(again)).toEqual(["duplicate", "duplicate", "duplicate"]);
      expect(again[2]).toEqual({ ...deleted, duplicate: true });
      const create = { kind: "create_room", room: gone, room_kind: "public", name: "Again" } as const;
      expect(words(await world.verdicts(world.command(bob, create)))).toEqual(["invalid"]);
      expect(words(await world.verdicts(world.command(bob, { kind: "join_room", room: gone })))).toEqual([
        "no_such_room",
      ]);
      expectFault(await world.store.page(gone, { limit: 5 }, "node"), "no_such_room");
      expectFault(await world.store.after(gone, 0, 5, { user: ann.id }), "no_such_room");
      await world.reopen();
    }
  });

  check("EV-10 a large room is removed in slices, over restarts, while others write", async (world) => {
    const ann = await world.guest("Ann");
    const [gone, kept] = [await world.room(ann), await world.room(ann)];
    const sends = (room: string, text: string, count: number) =>
      Array.from({ length: count }, (_, i) => world.send(ann, room, `${text} ${i}`));
    const large = sends(gone, "goneword", 3_000);
    await world.store.commit(large);
    await world.accepted(world.command(ann, { kind: "delete_room", room: gone }));
    expect(world.traces("goneword").length).toBeGreaterThan(0);
    for (let round = 0; round < 3; round++) {
      await world.reopen();
      const committed = await world.store.commit(sends(kept, `keptword of ${round}`, 50));
      expect(new Set(words(committed))).toEqual(new Set(["ok"]));
    }
    await until(() => world.traces("goneword").length === 0);
    expect(await world.texts(kept)).toHaveLength(100);
    expect((await world.events(kept)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 152 }, (_, i) => i + 1),
    );
    expect(words(await world.verdicts(large[7] as (typeof large)[number]))).toEqual(["duplicate"]);
    const found = await world.store.search({ query: "goneword", limit: 5 }, "node");
    expect(found).toEqual({ hits: [], next: null });
  });

  check("RS-2 a private feed that is too long keeps its newest events", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const feed = userFeed(bob.id);
    const reads = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) =>
        world.command(bob, { kind: "mark_read", room, seq: from + i }),
      );
    await world.store.commit(
      Array.from({ length: PRIVATE_EVENTS_MAX + 600 }, (_, i) => world.send(ann, room, `${i}`)),
    );
    const floor = async () =>
      (await world.store.feedAccess(bob.id, [{ feed, seq: 0, id: "" }]))[0]?.floor ?? -1;
    const seqs = async () => (await world.events(feed)).map(({ seq }) => seq);
    await world.store.commit(reads(5, 5 + PRIVATE_EVENTS_MAX - 1));
    expect((await seqs()).length).toBe(PRIVATE_EVENTS_MAX);
    expect(await floor()).toBe(0);
    await world.store.commit(reads(5 + PRIVATE_EVENTS_MAX - 1, 5 + PRIVATE_EVENTS_MAX + 500));
    await until(async () => (await floor()) > 0);
    const head = (await world.store.heads([feed])).get(feed)?.seq ?? 0;
    expect(await floor()).toBe(head - PRIVATE_EVENTS_KEPT);
    const kept = Array.from({ length: PRIVATE_EVENTS_KEPT }, (_, i) => head - PRIVATE_EVENTS_KEPT + 1 + i);
    expect(await seqs()).toEqual(kept);
    await world.reopen();
    expect(await seqs()).toEqual(kept);
    const after = await world.store.after(feed, kept[0] as number, 5, { user: bob.id });
    if (isFault(after)) throw new Error(after.fault);
    expect(after.map(({ seq }) => seq)).toEqual(kept.slice(1, 6));
    // Its seq continues, and the read position of the room stays.
    await world.accepted(world.command(bob, { kind: "leave_room", room }));
    expect((await seqs()).at(-1)).toBe(head + 1);
  });
}

/** Waits for work that the store does in a pause. */
async function until(there: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await there())) await wait(5);
}
