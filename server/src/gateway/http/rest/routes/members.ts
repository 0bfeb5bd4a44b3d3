import { fault, isFault, LIMITS } from "@parley/protocol";
import { memberChange, memberList, performed, roomOnline } from "@parley/protocol/schemas";
import { derived } from "../idempotency-key.ts";
import { acknowledged, commandAnswer, perform, performAndAnswer } from "../perform-command.ts";
import { type Route, route } from "../route.ts";
import { ADA, BIM, PERFORMED } from "./examples.ts";

const path = "/rooms/{room}/members";

const listMembers = route({
  id: "listMembers",
  method: "get",
  path,
  tag: "Members",
  summary: "Who is in a room, by role, then name",
  answers: {
    200: {
      schema: memberList,
      description: "All members.",
      example: {
        members: [
          { ...ADA, role: "owner" },
          { ...BIM, role: "member" },
        ],
      },
    },
  },
  faults: ["no_such_room"],
  async run({ params, user, meter }, { store }) {
    const members = await store.members(params.room, { user: user.id }, meter);
    return isFault(members) ? members : { body: { members } };
  },
});

const listOnline = route({
  id: "listOnline",
  method: "get",
  path: "/rooms/{room}/online",
  tag: "Members",
  summary: "Which members are here now",
  description: "In rooms of more than 200 members they are only counted, and `online` is null.",
  answers: {
    200: { schema: roomOnline, description: "Who is here.", example: { count: 1, online: [ADA.id] } },
  },
  faults: ["no_such_room"],
  async run({ params, user, meter }, { store, isOnline, isOnlineUnknown }) {
    const members = await store.members(params.room, { user: user.id }, meter);
    if (isFault(members)) return members;
    const online = members.flatMap(({ id }) => (isOnline(id) ? [id] : []));
    const listed = members.length <= LIMITS.presence_list;
    const unknown = isOnlineUnknown() ? { unknown: true as const } : {};
    return { body: { count: online.length, online: listed ? online : null, ...unknown } };
  },
});

const joinRoom = route({
  id: "joinRoom",
  method: "put",
  path: `${path}/me`,
  tag: "Members",
  summary: "Join a public room",
  command: true,
  answers: {
    200: { schema: performed, description: "You are in; `unchanged` if you were.", example: PERFORMED },
  },
  faults: ["no_such_room", "direct_stays", "room_archived"],
  run: ({ params, user, nonce, address }, parts) =>
    performAndAnswer(parts, { user, nonce, address }, { kind: "join_room", ...params }),
});

const leaveRoom = route({
  id: "leaveRoom",
  method: "delete",
  path: `${path}/me`,
  tag: "Members",
  summary: "Leave a room",
  command: true,
  answers: { 200: { schema: performed, description: "You are out.", example: PERFORMED } },
  faults: ["no_such_room", "not_a_member", "last_owner", "lobby_stays", "direct_stays"],
  run: ({ params, user, nonce, address }, parts) =>
    performAndAnswer(parts, { user, nonce, address }, { kind: "leave_room", ...params }),
});

const putMember = route({
  id: "putMember",
  method: "put",
  path: `${path}/{user}`,
  tag: "Members",
  summary: "Invite a user, or change the role of a member",
  description:
    "Members invite; owners give roles. With `role` the person is in the room with that role afterwards, whatever was before; without one a member keeps the role.",
  body: memberChange,
  bodyOptional: true,
  bodyExample: { role: "moderator" },
  command: true,
  answers: { 200: { schema: performed, description: "Done, or `unchanged`.", example: PERFORMED } },
  faults: [
    "no_such_room",
    "not_a_member",
    "no_such_user",
    "not_allowed",
    "invited_already",
    "last_owner",
    "room_archived",
    "direct_stays",
  ],
  async run({ params, body: { role }, user, nonce, address }, parts) {
    if (role === undefined)
      return performAndAnswer(parts, { user, nonce, address }, { kind: "invite_member", ...params });
    const entry = await parts.store.room(params.room, user.id);
    if (isFault(entry)) return entry;
    // Looked at first, so that a request that is then refused invites no user.
    if (entry.role !== null && entry.role !== "owner" && entry.kind !== "direct")
      return fault("not_allowed", "role");
    const invite = { user, nonce: derived(nonce, "member"), address };
    const invited = await perform(parts, invite, { kind: "invite_member", ...params });
    if (isFault(invited)) return invited;
    const change = { user, nonce: derived(nonce, "role"), address };
    const changed = await perform(parts, change, { kind: "change_role", ...params, role });
    return isFault(changed) ? changed : commandAnswer(acknowledged(nonce, invited, changed));
  },
});

const removeMember = route({
  id: "removeMember",
  method: "delete",
  path: `${path}/{user}`,
  tag: "Members",
  summary: "Remove a member from a room",
  description: "Moderators and owners may; only owners remove moderators and owners.",
  command: true,
  answers: {
    200: { schema: performed, description: "Out; `unchanged` if they were not in.", example: PERFORMED },
  },
  faults: [
    "no_such_room",
    "not_a_member",
    "no_such_user",
    "not_allowed",
    "lobby_stays",
    "direct_stays",
    "invalid",
  ],
  run: ({ params, user, nonce, address }, parts) =>
    performAndAnswer(parts, { user, nonce, address }, { kind: "remove_member", ...params }),
});

export const members: readonly Route[] = [
  listMembers,
  listOnline,
  joinRoom,
  leaveRoom,
  putMember,
  removeMember,
];
