import { describe, expect, test } from "bun:test";
import type { FeedEvent } from "@parley/protocol";
import {
  ClientHarness,
  type FakeSocket,
  ME,
  OTHER,
  page,
  sentEvent,
  settle,
} from "../../testing/client-harness.ts";
import type { Room } from "../rooms/room.ts";

const MINE = { id: ME, name: "Me" };

async function begin(): Promise<{ harness: ClientHarness; socket: FakeSocket; lobby: Room }> {
  const harness = new ClientHarness();
  const lobby = harness.client.room("lobby");
  lobby.open();
  const socket = harness.follow(5);
  harness.requests[0]?.answer(200, page(5, [4, 5]));
  await settle();
  return { harness, socket, lobby };
}
const last = (lobby: Room) => lobby.timeline.get().items.at(-1)!;
const about = (seq: number, kind: string, nonce: string, change: object = {}): FeedEvent =>
  ({ ...sentEvent(seq, "", ME, nonce), kind, message: { id: "event 5", seq: 5 }, ...change }) as never;
function ack(
  socket: FakeSocket,
  { request, nonce }: { request: number; nonce: string },
  seq: number | null,
): void {
  const events = seq === null ? [] : [{ feed: "lobby", seq, id: `event ${seq}` }];
  socket.say({
    type: "ack",
    acks: [{ request, nonce, events, at: 1, ...(seq === null ? { unchanged: true } : {}) }],
  });
}
function refuse(
  socket: FakeSocket,
  { request, nonce }: { request: number; nonce: string },
  code: string,
): void {
  socket.say({ type: "fault", request, nonce, code, text: `${code}.`, advice: "never", final: true });
}

describe("CM-18 a reaction", () => {
  test("CM-18 is there at once, stays from ack to event, and counts once", async () => {
    const { socket, lobby } = await begin();
    const done = lobby.react("event 5", "+1");
    const mine = [{ emoji: "+1", count: 1, mine: true, users: [MINE] }];
    expect(last(lobby).reactions).toEqual(mine);
    const [command] = socket.take("command");
    expect(command).toMatchObject({ kind: "add_reaction", message: "event 5", emoji: "+1" });
    const before = last(lobby);
    expect(last(lobby)).toBe(before);
    ack(socket, command!, 7);
    await done;
    expect(last(lobby).reactions).toEqual(mine);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(6, "six")] });
    expect(lobby.timeline.get().items.at(-2)?.reactions).toEqual(mine);
    socket.say({
      type: "events",
      feed: "lobby",
      events: [about(7, "reaction_added", command!.nonce, { emoji: "+1" })],
    });
    expect(lobby.timeline.get().items.at(-2)?.reactions).toEqual(mine);
    socket.say({
      type: "events",
      feed: "lobby",
      events: [about(8, "reaction_removed", "n", { emoji: "+1" })],
    });
    expect(lobby.timeline.get().items.at(-2)?.reactions).toEqual([]);
  });

  test("CM-18 goes back when it is refused, and when it was there already", async () => {
    const { socket, lobby } = await begin();
    const refused = lobby.react("event 5", "+1").catch((error) => error);
    refuse(socket, socket.take("command")[0]!, "room_archived");
    expect(await refused).toMatchObject({ code: "room_archived", final: true, advice: "never" });
    expect(last(lobby).reactions).toEqual([]);
    const unchanged = lobby.unreact("event 5", "+1");
    ack(socket, socket.take("command")[0]!, null);
    await unchanged;
    expect(last(lobby).reactions).toEqual([]);
  });

  test("the event before the ack changes nothing twice", async () => {
    const { socket, lobby } = await begin();
    const done = lobby.react("event 5", "+1");
    const [command] = socket.take("command");
    socket.say({
      type: "events",
      feed: "lobby",
      events: [about(6, "reaction_added", command!.nonce, { emoji: "+1" })],
    });
    expect(last(lobby).reactions).toMatchObject([{ count: 1, mine: true }]);
    ack(socket, command!, 6);
    await done;
    expect(last(lobby).reactions).toMatchObject([{ count: 1, mine: true }]);
  });

  test("what was done offline shows, and goes out after a reload", async () => {
    const { harness, socket, lobby } = await begin();
    socket.close(1006);
    void lobby.react("event 5", "+1");
    expect(last(lobby).reactions).toMatchObject([{ count: 1, mine: true }]);
    const after = new ClientHarness({}, harness.storage);
    expect(after.follow(5).take("command")).toMatchObject([{ kind: "add_reaction", emoji: "+1" }]);
  });
});

test("an edit is shown at once, and as it was when it is refused", async () => {
  const { socket, lobby } = await begin();
  const edit = lobby
    .edit("event 5", "new", { mentions: [OTHER], mentionsRoom: true })
    .catch((error) => error);
  expect(last(lobby)).toMatchObject({ text: "new", changing: "edit", mentions: [OTHER], mentionsRoom: true });
  const [command] = socket.take("command");
  expect(command).toMatchObject({
    kind: "edit_message",
    text: "new",
    mentions: [OTHER],
    mentions_room: true,
  });
  refuse(socket, command!, "not_author");
  expect(await edit).toMatchObject({ code: "not_author" });
  expect(last(lobby)).toMatchObject({ text: "text 5", changing: null, mentions: [] });
});

test("a deletion is marked, and happens when it is stored", async () => {
  const { socket, lobby } = await begin();
  const removed = lobby.remove("event 5");
  expect(last(lobby)).toMatchObject({ text: "text 5", changing: "delete", deleted: false });
  const [command] = socket.take("command");
  ack(socket, command!, 6);
  await removed;
  expect(last(lobby)).toMatchObject({ changing: "delete", deleted: false });
  socket.say({ type: "events", feed: "lobby", events: [about(6, "message_deleted", command!.nonce)] });
  expect(last(lobby)).toMatchObject({ changing: null, deleted: true, text: "" });
});

test("a message that mentions the user is marked, but not an own one", async () => {
  const { socket, lobby } = await begin();
  const mentions = { mentions: [ME] };
  const events = [
    { ...sentEvent(6, "you"), ...mentions },
    { ...sentEvent(7, "all"), mentions_room: true },
    { ...sentEvent(8, "me", ME), ...mentions },
  ];
  socket.say({ type: "events", feed: "lobby", events: events as never });
  expect(lobby.timeline.get().items.map(({ mentionsMe }) => mentionsMe)).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
});

test("every command of a room goes out as what it is", async () => {
  const { socket, lobby } = await begin();
  const all = Promise.allSettled([
    lobby.join(),
    lobby.leave(),
    lobby.invite(OTHER),
    lobby.removeMember(OTHER),
    lobby.changeRole(OTHER, "moderator"),
    lobby.rename("Plaza"),
    lobby.setTopic("Sun"),
    lobby.archive(),
    lobby.unarchive(),
    lobby.destroy(),
  ]);
  lobby.send("hi", { mentionsRoom: true });
  const sent = socket.take("command").map(({ type: _, request, nonce, ...body }) => {
    ack(socket, { request, nonce }, null);
    return body as object;
  });
  const room = "lobby";
  expect(sent).toEqual([
    { kind: "join_room", room },
    { kind: "leave_room", room },
    { kind: "invite_member", room, user: OTHER },
    { kind: "remove_member", room, user: OTHER },
    { kind: "change_role", room, user: OTHER, role: "moderator" },
    { kind: "rename_room", room, name: "Plaza" },
    { kind: "set_topic", room, topic: "Sun" },
    { kind: "archive_room", room },
    { kind: "unarchive_room", room },
    { kind: "delete_room", room },
    { kind: "send_message", room, text: "hi", mentions_room: true },
  ]);
  expect((await all).every(({ status }) => status === "fulfilled")).toBe(true);
});
