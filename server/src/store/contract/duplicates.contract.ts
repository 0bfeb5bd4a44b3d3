import { expect } from "bun:test";
import type { CommandBody } from "@parley/protocol";
import { accepted, type Check, freshId, words } from "./world.contract.ts";

export function checkTwins(check: Check): void {
  check("CM-3 a repeated command gets its first answer and happens once", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const send = world.send(ann, room, "once");
    const first = await world.accepted(send);
    expect(first.duplicate).toBe(false);
    const again = await world.store.commit([{ ...send, at: send.at + 99 }]);
    expect(again.verdicts).toEqual([{ ...first, duplicate: true }]);
    expect(again.feeds).toEqual([]);
    await world.reopen();
    expect(await world.verdicts(send, send)).toEqual([
      { ...first, duplicate: true },
      { ...first, duplicate: true },
    ]);
    expect(await world.texts(room)).toEqual(["once"]);
  });

  check("CM-3 duplicates in one batch", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const send = world.send(ann, room, "once");
    const verdicts = await world.verdicts(send, world.send(ann, room, "between"), send);
    expect(words(verdicts)).toEqual(["ok", "ok", "duplicate"]);
    expect(accepted(verdicts[2])).toEqual({ ...accepted(verdicts[0]), duplicate: true });
    expect(await world.texts(room)).toEqual(["once", "between"]);
  });

  check("CM-3 a nonce with other fields is rejected, in one batch and after a restart", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const send = world.send(ann, room, "one");
    const other = { ...send, body: { ...send.body, text: "two" } };
    expect(words(await world.verdicts(send, other))).toEqual(["ok", "nonce_reused"]);
    await world.reopen();
    expect(words(await world.verdicts(other, send))).toEqual(["nonce_reused", "duplicate"]);
    const leave = world.command(ann, { kind: "leave_room", room }, { nonce: send.nonce });
    expect(words(await world.verdicts(leave))).toEqual(["nonce_reused"]);
  });

  check("CM-3 neither the order of fields nor absent ones make another command", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const send = world.send(ann, room, "one");
    const turned = { text: "one", reply_to: undefined, room, kind: "send_message" } as unknown as CommandBody;
    expect(words(await world.verdicts(send, { ...send, body: turned }))).toEqual(["ok", "duplicate"]);
  });

  check("CM-3 another author may use the same nonce", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const nonce = freshId();
    const send = (actor: typeof ann) =>
      world.command(actor, { kind: "send_message", room, text: "hi" }, { nonce });
    expect(words(await world.verdicts(send(ann), send(bob)))).toEqual(["ok", "ok"]);
    expect(words(await world.verdicts(send(bob), send(ann)))).toEqual(["duplicate", "duplicate"]);
  });

  check("CM-3 unchanged is an answer like any other", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const join = world.command(bob, { kind: "join_room", room });
    const first = await world.accepted(join);
    expect(first.placed).toEqual([]);
    await world.accepted(world.command(bob, { kind: "leave_room", room }));
    await world.reopen();
    expect(await world.verdicts(join)).toEqual([{ ...first, duplicate: true }]);
    expect(await world.role(room, bob.id)).toBeNull();
  });

  check("CM-3 an answer of several events is repeated in full", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const create = world.command(ann, {
      kind: "create_room",
      room: freshId(),
      room_kind: "private",
      name: "Tea",
      members: [bob.id],
    });
    const first = await world.accepted(create);
    expect(first.placed).toHaveLength(5);
    await world.reopen();
    expect(await world.verdicts(create)).toEqual([{ ...first, duplicate: true }]);
  });

  check("CM-3 an answer stays after the deletion of its message", async (world) => {
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const send = world.send(ann, room, "gone soon");
    const first = await world.accepted(send);
    const message = first.placed[0]?.id as string;
    await world.accepted(world.command(ann, { kind: "delete_message", room, message }));
    await world.reopen();
    expect(await world.verdicts(send)).toEqual([{ ...first, duplicate: true }]);
    expect(await world.texts(room)).toEqual([""]);
  });

  check("CM-3 a duplicate is answered before any rule, also after its author left", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const send = world.send(bob, room, "said before");
    await world.accepted(send);
    await world.accepted(world.command(bob, { kind: "leave_room", room }));
    expect(words(await world.verdicts(send))).toEqual(["duplicate"]);
  });
}
