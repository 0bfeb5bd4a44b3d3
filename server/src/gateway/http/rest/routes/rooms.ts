import {
  directRoomId,
  type Fault,
  isFault,
  type Opened,
  type Performed,
  type RoomId,
} from "@parley/protocol";
import {
  newDirect,
  newRoom,
  opened,
  performed,
  roomChange,
  roomList,
  roomStanding,
  roomsQuery,
} from "@parley/protocol/schemas";
import type { Body } from "../../../../core/command.ts";
import type { Accepted } from "../../../../store/store.ts";
import { derived } from "../idempotency-key.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { acknowledged, commandAnswer, perform, performAndAnswer } from "../perform-command.ts";
import { type Route, type RouteResult, route } from "../route.ts";
import { BIM, EVENT, PERFORMED, ROOM, ROOM_ENTRY } from "./examples.ts";

const path = "/rooms/{room}";

const listRooms = route({
  id: "listRooms",
  method: "get",
  path: "/rooms",
  tag: "Rooms",
  summary: "Rooms by name: your own and the public ones",
  description:
    "`query` is a part of the name. `mine=true` leaves out rooms that you are not in. `next` is the `cursor` of the next page.",
  query: roomsQuery,
  answers: {
    200: { schema: roomList, description: "A page of rooms.", example: { rooms: [ROOM_ENTRY], next: null } },
  },
  faults: ["invalid", "rate_limited"],
  run: ({ query: { mine, ...query }, user, meter }, { store }) =>
    found(store.directory({ ...omitUndefined(query), mine: mine === "true" }, user.id, meter)),
});

const createRoom = route({
  id: "createRoom",
  method: "post",
  path: "/rooms",
  tag: "Rooms",
  summary: "Make a room",
  description:
    "You own it. The `id` may be your own, a UUID that was never used; without one the server makes it. The name of a public room belongs to one room alone. `members` are ids of people who are in it from the start.",
  body: newRoom,
  bodyExample: { kind: "public", name: "Builds", topic: "What the machines say" },
  command: true,
  answers: {
    201: {
      schema: opened,
      description: "Made. `Location` is the room.",
      example: { ...PERFORMED, id: ROOM },
    },
  },
  faults: ["room_exists", "room_name_taken", "no_such_user", "not_allowed"],
  async run({ body, user, nonce, keyed, address }, parts) {
    // The same key must make the same room.
    const made = () => (keyed ? derived("room", user.id, nonce) : parts.newId());
    const { id: room = made(), kind: room_kind, ...rest } = omitUndefined(body);
    const verdict = await perform(
      parts,
      { user, nonce, address },
      { kind: "create_room", room, room_kind, ...rest },
    );
    return isFault(verdict) ? verdict : openedRoom(room, acknowledged(nonce, verdict), 201);
  },
});

const createDirect = route({
  id: "openDirectRoom",
  method: "post",
  path: "/rooms/direct",
  tag: "Rooms",
  summary: "Open the direct room with a user",
  description: "There is one for each two people. If it is there already, the answer is 200 and `unchanged`.",
  body: newDirect,
  bodyExample: { user: BIM.id },
  command: true,
  answers: {
    201: {
      schema: opened,
      description: "Made. `Location` is the room.",
      example: { ...PERFORMED, id: ROOM },
    },
    200: { schema: opened, description: "It was there. `Location` is the room." },
  },
  faults: ["no_such_user", "invalid"],
  async run({ body, user, nonce, address }, parts) {
    const room = directRoomId(user.id, body.user);
    const verdict = await perform(
      parts,
      { user, nonce, address },
      { kind: "create_direct", room, user: body.user },
    );
    if (isFault(verdict)) return verdict;
    return openedRoom(room, acknowledged(nonce, verdict), verdict.placed.length > 0 ? 201 : 200);
  },
});

const readRoom = route({
  id: "readRoom",
  method: "get",
  path,
  tag: "Rooms",
  summary: "One room",
  description:
    "With the last number of its feed (`head`) and, for members, how far you have read and how much is above that.",
  answers: {
    200: {
      schema: roomStanding,
      description: "The room.",
      example: { ...ROOM_ENTRY, head: 43, head_id: EVENT, read: { seq: 41, unread: 1, mentions: 0 } },
    },
  },
  faults: ["no_such_room"],
  run: ({ params, user }, { store }) => found(store.standing(params.room, user.id)),
});

const changeRoom = route({
  id: "changeRoom",
  method: "patch",
  path,
  tag: "Rooms",
  summary: "Rename a room, change its topic, archive it or open it again",
  description:
    "Each field is one step: opening comes first, then name, then topic, archiving last. If one is refused, `detail` names it; those before it are done, those behind it are not. The same request with the same key carries on.",
  body: roomChange,
  bodyExample: { topic: "Green, most of the time" },
  command: true,
  answers: { 200: { schema: performed, description: "Changed, or `unchanged`.", example: PERFORMED } },
  faults: [
    "no_such_room",
    "not_a_member",
    "not_allowed",
    "room_name_taken",
    "room_archived",
    "lobby_stays",
    "direct_stays",
  ],
  async run({ params: { room }, body, user, nonce, address }, parts) {
    const steps: [field: string, command: Body][] = [];
    if (body.archived === false) steps.push(["archived", { kind: "unarchive_room", room }]);
    if (body.name !== undefined) steps.push(["name", { kind: "rename_room", room, name: body.name }]);
    if (body.topic !== undefined) steps.push(["topic", { kind: "set_topic", room, topic: body.topic }]);
    if (body.archived === true) steps.push(["archived", { kind: "archive_room", room }]);
    const done: Accepted[] = [];
    for (const [field, command] of steps) {
      const verdict = await perform(parts, { user, nonce: derived(nonce, field), address }, command);
      if (isFault(verdict))
        return steps.length === 1
          ? verdict
          : { ...verdict, detail: `${field}: ${verdict.detail ?? "refused"}` };
      done.push(verdict);
    }
    return commandAnswer(acknowledged(nonce, ...done));
  },
});

const deleteRoom = route({
  id: "deleteRoom",
  method: "delete",
  path,
  tag: "Rooms",
  summary: "Delete a room and all its messages",
  description: "For ever. Owners may. Its name is free at once.",
  command: true,
  answers: { 200: { schema: performed, description: "Gone.", example: PERFORMED } },
  faults: ["no_such_room", "not_a_member", "not_allowed", "lobby_stays", "direct_stays"],
  run: ({ params, user, nonce, address }, parts) =>
    performAndAnswer(parts, { user, nonce, address }, { kind: "delete_room", ...params }),
});

async function found(reading: Promise<object | Fault>): Promise<RouteResult> {
  const body = await reading;
  return isFault(body) ? body : { body };
}

function openedRoom(id: RoomId, done: Performed, status: 200 | 201): RouteResult {
  const body: Opened = { ...done, id };
  return { ...commandAnswer(body), status, location: `/rooms/${id}` };
}

export const roomRoutes: readonly Route[] = [
  listRooms,
  createRoom,
  createDirect,
  readRoom,
  changeRoom,
  deleteRoom,
];
