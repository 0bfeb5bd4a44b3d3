import { expect } from "bun:test";
import { isFault, type Message, type RoomId } from "@parley/protocol";
import { accepted, type Check, type World, words } from "./world.contract.ts";

export function checkMessages(check: Check): void {
  check("EV-8 an edit changes the text, its time and rev; the log keeps both", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const message = await sent(world, ann, room, "tea");
    const edit = world.command(ann, {
      kind: "edit_message",
      room,
      message,
      text: "coffee",
      mentions: [ann.id],
    });
    const { at } = await world.accepted(edit);
    expect(await only(world, room)).toMatchObject({
      id: message,
      seq: 3,
      text: "coffee",
      mentions: [ann.id],
      edited_at: at,
      deleted: false,
      rev: 4,
    });
    const log = await world.events(room);
    expect(log.slice(2)).toMatchObject([
      { text: "tea" },
      { text: "coffee", message: { id: message, seq: 3 } },
    ]);
    expect(world.traces("coffee").length).toBeGreaterThan(0);
  });

  check("EV-6 deletion removes every text of the message from the store", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const message = await sent(world, ann, room, "firstword");
    await world.accepted(world.command(ann, { kind: "edit_message", room, message, text: "secondword" }));
    await world.accepted(
      world.command(ann, { kind: "edit_message", room, message, text: "thirdword", mentions: [ann.id] }),
    );
    await sent(world, ann, room, "bystander");
    expect(world.traces("thirdword").length).toBeGreaterThan(0);
    await world.accepted(world.command(ann, { kind: "delete_message", room, message }));
    for (const word of ["firstword", "secondword", "thirdword"]) expect(world.traces(word)).toEqual([]);
    expect(world.traces("bystander").length).toBeGreaterThan(0);
    const log = await world.events(room);
    for (const event of log.slice(2, 5)) {
      expect(event).toMatchObject({ text: "", mentions: [], redacted: true });
    }
    expect(log.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const [deleted] = await messages(world, room);
    expect(deleted).toMatchObject({
      text: "",
      mentions: [],
      deleted: true,
      rev: 7,
      edited_at: log[4]?.at as number,
    });
  });

  check("EV-6 sent, edited and deleted in one batch", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const send = world.send(ann, room, "firstword");
    const message = send.nonce;
    const verdicts = await world.verdicts(
      send,
      world.command(ann, { kind: "edit_message", room, message, text: "secondword" }),
      world.command(ann, { kind: "delete_message", room, message }),
      world.command(ann, { kind: "edit_message", room, message, text: "thirdword" }),
      world.command(ann, { kind: "delete_message", room, message }),
    );
    expect(words(verdicts)).toEqual(["ok", "ok", "ok", "message_deleted", "unchanged"]);
    for (const word of ["firstword", "secondword", "thirdword"]) expect(world.traces(word)).toEqual([]);
    expect(await only(world, room)).toMatchObject({ text: "", deleted: true, rev: 5 });
  });

  check("EV-6 EV-8 an older message is edited, edited and deleted in one batch", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const message = await sent(world, ann, room, "firstword");
    const edit = (text: string) => world.command(ann, { kind: "edit_message", room, message, text });
    const twice = await world.verdicts(edit("secondword"), edit("thirdword"));
    expect(words(twice)).toEqual(["ok", "ok"]);
    const { at } = accepted(twice[1]);
    expect(await only(world, room)).toMatchObject({
      text: "thirdword",
      edited_at: at,
      rev: 5,
      deleted: false,
    });
    const verdicts = await world.verdicts(
      edit("fourthword"),
      edit("fifthword"),
      world.command(ann, { kind: "delete_message", room, message }),
    );
    expect(words(verdicts)).toEqual(["ok", "ok", "ok"]);
    const edited = accepted(verdicts[1]).at;
    expect(await only(world, room)).toMatchObject({ text: "", edited_at: edited, rev: 8, deleted: true });
    for (const word of ["firstword", "secondword", "thirdword", "fourthword", "fifthword"])
      expect(world.traces(word)).toEqual([]);
  });

  check("reactions and read positions that change several times in one batch", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const message = await sent(world, ann, room, "tea");
    await sent(world, ann, room, "cake");
    const react = (kind: "add_reaction" | "remove_reaction", emoji: string) =>
      world.command(bob, { kind, room, message, emoji });
    const read = (seq: number) => world.command(bob, { kind: "mark_read", room, seq });
    const verdicts = await world.verdicts(
      react("add_reaction", "👍"),
      read(4),
      react("remove_reaction", "👍"),
      react("add_reaction", "🎉"),
      react("add_reaction", "👍"),
      read(5),
      react("remove_reaction", "🎉"),
    );
    expect(words(verdicts)).toEqual(["ok", "ok", "ok", "ok", "ok", "ok", "ok"]);
    const [tea] = await messages(world, room);
    expect(tea?.reactions).toMatchObject([{ emoji: "👍", count: 1, users: [{ id: bob.id }] }]);
    expect(words(await world.verdicts(read(5), react("add_reaction", "👍")))).toEqual([
      "unchanged",
      "unchanged",
    ]);
    const found = await world.store.standing(room, bob.id);
    expect(found).toMatchObject({ read: { seq: 5 } });
  });

  check("EV-6 redaction keeps the reply reference of a message", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const root = await sent(world, ann, room, "question");
    const reply = world.send(ann, room, "answer", { reply_to: root });
    const { placed } = await world.accepted(reply);
    const message = placed[0]?.id as string;
    await world.accepted(world.command(ann, { kind: "delete_message", room, message }));
    expect((await messages(world, room))[1]).toMatchObject({ deleted: true, reply_to: { id: root, seq: 3 } });
  });

  check(
    "CM-11 a message is named by its id or by its author's nonce, at once and after a restart",
    async (world) => {
      const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
      const room = await world.room(ann, [bob]);
      const send = world.send(ann, room, "one");
      const reply = world.send(ann, room, "two", { reply_to: send.nonce });
      expect(words(await world.verdicts(send, reply))).toEqual(["ok", "ok"]);
      expect((await messages(world, room))[1]?.reply_to?.seq).toBe(4);
      const edit = (actor: typeof ann, text: string) =>
        world.command(actor, { kind: "edit_message", room, message: send.nonce, text });
      expect(words(await world.verdicts(edit(ann, "uno")))).toEqual(["ok"]);
      await world.reopen();
      expect(words(await world.verdicts(edit(ann, "eins"), edit(bob, "mine")))).toEqual([
        "ok",
        "no_such_message",
      ]);
      expect((await messages(world, room))[0]?.text).toBe("eins");
    },
  );

  check("CM-11 a message deleted by nonce is deleted by id, too, in the same batch", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const send = world.send(ann, room, "one");
    const { placed } = await world.accepted(send);
    const message = placed[0]?.id as string;
    await world.reopen();
    const verdicts = await world.verdicts(
      world.command(ann, { kind: "delete_message", room, message: send.nonce }),
      world.command(ann, { kind: "edit_message", room, message, text: "two" }),
      world.command(ann, { kind: "edit_message", room, message: send.nonce, text: "two" }),
    );
    expect(words(verdicts)).toEqual(["ok", "message_deleted", "message_deleted"]);
  });

  check("CM-11 a message of another room is not found", async (world) => {
    const ann = await world.guest("Ann");
    const [room, other] = [await world.room(ann), await world.room(ann)];
    const send = world.send(ann, room, "here");
    const { placed } = await world.accepted(send);
    const verdicts = await world.verdicts(
      world.command(ann, { kind: "delete_message", room: other, message: placed[0]?.id as string }),
      world.command(ann, { kind: "delete_message", room: other, message: send.nonce }),
    );
    expect(words(verdicts)).toEqual(["no_such_message", "no_such_message"]);
  });

  check("LM-1 text is returned unchanged", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const texts = [
      '"quoted" \\ back',
      "naïve 日本語 👩‍👩‍👧",
      "tab\tnew\nline",
      "'; DROP TABLE events; --",
      "x".repeat(8_000),
    ];
    await world.verdicts(...texts.map((text) => world.send(ann, room, text)));
    expect(await world.texts(room)).toEqual(texts);
    const log = (await world.events(room)).flatMap((event) =>
      event.kind === "message_sent" ? [event.text] : [],
    );
    expect(log).toEqual(texts);
  });
}

async function sent(
  world: World,
  actor: Parameters<World["send"]>[0],
  room: RoomId,
  text: string,
): Promise<string> {
  const { placed } = await world.accepted(world.send(actor, room, text));
  return placed[0]?.id as string;
}

async function messages(world: World, room: RoomId): Promise<readonly Message[]> {
  const page = await world.store.page(room, { limit: 100 }, "node");
  if (isFault(page)) throw new Error(page.fault);
  return page.messages;
}

async function only(world: World, room: RoomId): Promise<Message> {
  const found = await messages(world, room);
  expect(found).toHaveLength(1);
  return found[0] as Message;
}
