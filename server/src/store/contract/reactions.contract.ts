import { expect } from "bun:test";
import { isFault, type Message, type RoomId } from "@parley/protocol";
import type { Reader } from "../store.ts";
import { type Check, type World, words } from "./world.contract.ts";

/** Reactions, and the history of a message. */
export function checkReactions(check: Check): void {
  check("CM-18 reactions are deleted with their message, also all in one batch", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann, []);
    const send = world.send(ann, room, "hi");
    const about = { room, message: send.nonce };
    expect(
      words(
        await world.verdicts(
          send,
          world.command(ann, { kind: "add_reaction", ...about, emoji: "👍" }),
          world.command(ann, { kind: "delete_message", ...about }),
        ),
      ),
    ).toEqual(["ok", "ok", "ok"]);
    expect(await only(world, room, { user: ann.id })).toMatchObject({ deleted: true, reactions: [] });
  });

  check("CM-18 a page shows kinds, counts, names and the reader's own, and moves rev", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const message = (await world.accepted(world.send(ann, room, "hi"))).placed[0]?.id ?? "";
    const react = (
      who: typeof ann,
      emoji: string,
      kind: "add_reaction" | "remove_reaction" = "add_reaction",
    ) => world.command(who, { kind, room, message, emoji });
    expect(
      words(await world.verdicts(react(bob, "👍"), react(ann, "🎉"), react(ann, "👍"), react(ann, "👍"))),
    ).toEqual(["ok", "ok", "ok", "unchanged"]);
    expect(await only(world, room, { user: ann.id })).toMatchObject({
      rev: 7,
      edited_at: null,
      reactions: [
        { emoji: "👍", count: 2, mine: true, users: [{ name: "Bob" }, { name: "Ann" }] },
        { emoji: "🎉", count: 1, mine: true, users: [{ id: ann.id, name: "Ann" }] },
      ],
    });
    await world.reopen();
    // Existing, removed and added again in one batch, removed.
    expect(
      words(
        await world.verdicts(
          react(bob, "👍"),
          react(bob, "👍", "remove_reaction"),
          react(bob, "👍"),
          react(ann, "👍", "remove_reaction"),
          react(ann, "🎉", "remove_reaction"),
        ),
      ),
    ).toEqual(["unchanged", "ok", "ok", "ok", "ok"]);
    const seen = await only(world, room, { user: ann.id });
    expect(seen.reactions).toEqual([
      { emoji: "👍", count: 1, mine: false, users: [{ id: bob.id, name: "Bob" }] },
    ]);
    expect(seen.rev).toBe(11);
    expect((await only(world, room, { user: bob.id })).reactions[0]?.mine).toBe(true);
  });

  check("CM-18 reactions to a message of the same batch, named by its nonce", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const send = world.send(ann, room, "hi");
    const react = world.command(ann, { kind: "add_reaction", room, message: send.nonce, emoji: "👍" });
    expect(words(await world.verdicts(send, react))).toEqual(["ok", "ok"]);
    expect((await only(world, room, "node")).reactions).toMatchObject([
      { emoji: "👍", count: 1, mine: false },
    ]);
  });

  check("CM-18 deleting a message deletes its reactions, in the same batch too", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const message = (await world.accepted(world.send(ann, room, "hi"))).placed[0]?.id ?? "";
    const react = (emoji: string) => world.command(ann, { kind: "add_reaction", room, message, emoji });
    await world.accepted(react("👍"));
    const remove = world.command(ann, { kind: "delete_message", room, message });
    expect(words(await world.verdicts(react("🎉"), remove, react("🙂")))).toEqual([
      "ok",
      "ok",
      "message_deleted",
    ]);
    expect(await only(world, room, "node")).toMatchObject({ deleted: true, reactions: [], rev: 6 });
    expect(world.traces("👍").filter((place) => !place.startsWith("events"))).toEqual([]);
  });

  check(
    "EV-8 the history of a message is its texts, oldest first, and ends with its deletion",
    async (world) => {
      const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
      const room = await world.room(ann, [], "private");
      const message = (await world.accepted(world.send(ann, room, "one"))).placed[0]?.id ?? "";
      const edit = (text: string) => world.command(ann, { kind: "edit_message", room, message, text });
      await world.verdicts(edit("two"), world.send(ann, room, "other"), edit("three"));
      const read = (reader: Reader) => world.store.history(room, message, reader);
      const versions = await read({ user: ann.id });
      if (isFault(versions)) throw new Error(versions.fault);
      expect(versions.map(({ text, seq }) => `${seq} ${text}`)).toEqual(["3 one", "4 two", "6 three"]);
      expect(await read({ user: bob.id })).toMatchObject({ fault: "no_such_room" });
      await world.accepted(world.command(ann, { kind: "delete_message", room, message }));
      expect(await read({ user: ann.id })).toMatchObject({ fault: "message_deleted" });
    },
  );
}

async function only(world: World, room: RoomId, reader: Reader): Promise<Message> {
  const page = await world.store.page(room, { limit: 10 }, reader);
  if (isFault(page)) throw new Error(page.fault);
  expect(page.messages).toHaveLength(1);
  return page.messages[0] as Message;
}
