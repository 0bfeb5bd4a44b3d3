import { expect } from "bun:test";
import type { Actor } from "../../core/command.ts";
import { type Check, freshId, words } from "./world.contract.ts";

const by = (actor: Actor, generation: number, id: string, device = "phone"): Actor => ({
  ...actor,
  session: { device, generation, id },
});

export function checkSessions(check: Check): void {
  check(
    "P5 HS-10 after a command of a newer session of the device, those of an older one are refused",
    async (world) => {
      const ann = await world.guest("Ann");
      const room = await world.room(ann);
      expect(await world.store.generationOf(ann.id, "phone")).toBe(0);
      const [old, young] = [by(ann, 1, "old"), by(ann, 2, "young")];
      const first = world.send(old, room, "first");
      expect(words(await world.verdicts(first))).toEqual(["ok"]);
      expect(await world.store.generationOf(ann.id, "phone")).toBe(1);
      expect(words(await world.verdicts(world.send(young, room, "second")))).toEqual(["ok"]);
      expect(words(await world.verdicts(world.send(old, room, "late")))).toEqual(["newer_session"]);
      // What was stored is answered as before.
      expect(words(await world.verdicts(first, { ...first, actor: young }))).toEqual([
        "duplicate",
        "duplicate",
      ]);
      await world.reopen();
      expect(
        words(await world.verdicts(world.send(old, room, "later"), world.send(young, room, "third"))),
      ).toEqual(["newer_session", "ok"]);
      expect(await world.texts(room)).toEqual(["first", "second", "third"]);
      expect(await world.store.generationOf(ann.id, "phone")).toBe(2);
    },
  );

  check("P5 of two sessions of one generation the first that has a command is the newer", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const [one, other] = [by(ann, 1, "one"), by(ann, 1, "other")];
    expect(words(await world.verdicts(world.send(other, room, "a"), world.send(one, room, "b")))).toEqual([
      "ok",
      "newer_session",
    ]);
    expect(words(await world.verdicts(world.send(one, room, "c"), world.send(other, room, "d")))).toEqual([
      "newer_session",
      "ok",
    ]);
    expect(await world.texts(room)).toEqual(["a", "d"]);
  });

  check(
    "P5 a command of the newer session that was refused for good refuses the older session's, too",
    async (world) => {
      const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
      const room = await world.room(bob, [], "private");
      const [old, young] = [by(ann, 1, "old"), by(ann, 2, "young")];
      const send = world.send(young, room, "x");
      expect(words(await world.verdicts(send))).toEqual(["no_such_room"]);
      // Now the rule would allow it.
      await world.accepted(world.command(bob, { kind: "invite_member", room, user: ann.id }));
      expect(words(await world.verdicts({ ...send, actor: old }))).toEqual(["newer_session"]);
      expect(await world.texts(room)).toEqual([]);
    },
  );

  check("P5 sessions of a batch take the device one after the other", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const generations = [1, 3, 2, 3, 4, 1];
    const sends = generations.map((generation, i) =>
      world.send(by(ann, generation, `${generation}`), room, `${i}`),
    );
    expect(words(await world.verdicts(...sends))).toEqual([
      "ok",
      "ok",
      "newer_session",
      "ok",
      "ok",
      "newer_session",
    ]);
    expect(await world.store.generationOf(ann.id, "phone")).toBe(4);
  });

  check("P5 devices, users, and commands without a session do not affect each other", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const verdicts = await world.verdicts(
      world.send(by(ann, 9, freshId()), room, "phone"),
      world.send(by(ann, 1, freshId(), "desk"), room, "desk"),
      world.send(by(bob, 1, freshId()), room, "bob"),
      world.send(ann, room, "none"),
    );
    expect(words(verdicts)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(await world.store.generationOf(ann.id, "desk")).toBe(1);
    expect(await world.store.generationOf(bob.id, "phone")).toBe(1);
  });
}
