import {
  directRoomId,
  type Fault,
  fault,
  LOBBY,
  nameKey,
  type RoomId,
  type UserId,
  userFeed,
} from "@parley/protocol";
import { nameProblem, skeleton } from "@parley/protocol/name-policy";
import { type ActorRole, may, roleOf } from "./access.ts";
import type { Command } from "./command.ts";
import type { Departure, FeedFacts, RoomFact } from "./facts.ts";
import { type Claim, type Draft, rule } from "./rule.ts";

/** A room that is visible to the actor, or the fault: to outsiders private rooms do not exist. */
export function seenRoom(command: Command, facts: FeedFacts): { room: RoomFact; who: ActorRole } | Fault {
  const { room } = facts;
  const who = roleOf(command.actor, facts);
  if (!room || room.state === "deleted" || !may("preview", room.kind, who)) return fault("no_such_room");
  return { room, who };
}

/** The faults of leaving, removing and deleting that apply to every role, by kind of room. */
export function fixed(room: RoomId, kind: RoomFact["kind"]): Fault | undefined {
  if (kind === "direct") return fault("direct_stays");
  if (room === LOBBY) return fault("lobby_stays");
  return undefined;
}

function joined(
  room: RoomId,
  user: { id: UserId; name: string },
  role: "member" | "owner",
  roomSeq: number,
): Draft[] {
  return [
    { feed: room, event: { kind: "member_joined", user: user.id, user_name: user.name, role } },
    { feed: userFeed(user.id), event: { kind: "room_added", room, room_seq: roomSeq } },
  ];
}

export function left(room: RoomId, user: { id: UserId; name: string }, roomSeq: number): Draft[] {
  return [
    { feed: room, event: { kind: "member_left", user: user.id, user_name: user.name } },
    { feed: userFeed(user.id), event: { kind: "room_removed", room, room_seq: roomSeq } },
  ];
}

/** A walk-in has no private feed and no history of its own: commands that need a membership are rejected. */
export function refuseWalkIn(command: Command): Fault | undefined {
  return command.actor.walk_in ? fault("not_allowed", "Walk-ins have no memberships.") : undefined;
}

export const createRoom = rule("create_room", {
  needs: ({ actor, body }) => [
    { feed: body.room, members: [actor.id] },
    { feed: userFeed(actor.id) },
    ...others(actor.id, body.members).map((user) => ({ feed: userFeed(user) })),
  ],
  names: ({ body }) => (body.room_kind === "private" ? [] : nameClaims(body.room, body.name)),
  decide(command, facts) {
    const { actor, body } = command;
    const refused = refuseWalkIn(command);
    if (refused) return refused;
    const unusable = refuseRoomId(command, facts.feed(body.room));
    if (unusable) return unusable;
    const misnamed = refuseName(body.name);
    if (misnamed) return misnamed;
    const drafts: Draft[] = [
      {
        feed: body.room,
        event: {
          kind: "room_created",
          room_kind: body.room_kind,
          room_name: body.name,
          topic: body.topic ?? "",
        },
      },
      ...joined(body.room, actor, "owner", 2),
    ];
    let roomSeq = 2;
    for (const id of others(actor.id, body.members)) {
      const { user } = facts.feed(userFeed(id));
      if (!user) return fault("no_such_user", id);
      drafts.push(...joined(body.room, user, "member", ++roomSeq));
    }
    if (body.room_kind === "private") return { drafts };
    return {
      drafts,
      claims: nameClaims(body.room, body.name),
    };
  },
});

/** The nil and the max UUID (RFC 9562, sections 5.9 and 5.10): an id that a client forgot to fill in, of no room. */
const RESERVED_IDS: readonly RoomId[] = [
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
];

/**
 * Rejects an id that cannot be used for a new room. Only a user who may see the room learns that it exists. A hidden room, a
 * deleted one and a reserved id have one answer, from the same path of the same transaction.
 */
function refuseRoomId(command: Command, facts: FeedFacts): Fault | undefined {
  if (facts.last === 0 && !RESERVED_IDS.includes(facts.feed)) return undefined;
  if ("room" in seenRoom(command, facts)) return fault("room_exists");
  return fault("invalid", "room: this id cannot be used for a new room. Make a new id.");
}

/** The claims that keep the name of a public room unique: no other public room has it, or one that looks like it. */
export function nameClaims(room: RoomId, name: string): readonly [Claim, Claim] {
  const claim = { feed: room, fault: "room_name_taken" } as const;
  return [
    { space: "room_name", key: nameKey(name), ...claim },
    { space: "room_skeleton", key: skeleton(name), ...claim },
  ];
}

/** Rejects a new name that does not follow the rules for names. */
export function refuseName(name: string): Fault | undefined {
  const problem = nameProblem(name);
  return problem === null ? undefined : fault("invalid", `name: ${problem}.`);
}

function others(actor: UserId, users: readonly UserId[] | undefined): UserId[] {
  return [...new Set(users)].filter((user) => user !== actor);
}

export const createDirect = rule("create_direct", {
  needs: ({ actor, body }) => [
    { feed: body.room },
    { feed: userFeed(actor.id) },
    { feed: userFeed(body.user) },
  ],
  decide(command, facts) {
    const { actor, body } = command;
    const refused = refuseWalkIn(command);
    if (refused) return refused;
    if (body.user === actor.id) return fault("invalid", "user: a direct room is between two people.");
    if (body.room !== directRoomId(actor.id, body.user)) {
      return fault("invalid", "room: the id of a direct room is made from its two users.");
    }
    const { user } = facts.feed(userFeed(body.user));
    if (!user) return fault("no_such_user", body.user);
    if (facts.feed(body.room).last > 0) return "unchanged";
    return {
      drafts: [
        { feed: body.room, event: { kind: "room_created", room_kind: "direct", room_name: null, topic: "" } },
        ...joined(body.room, actor, "member", 2),
        ...joined(body.room, user, "member", 3),
      ],
    };
  },
});

/** The fault of an archived room for every command that would add to it. */
export function refuseArchived(room: RoomFact): Fault | undefined {
  return room.state === "archived" ? fault("room_archived") : undefined;
}

export const joinRoom = rule("join_room", {
  needs: ({ actor, body }) => [{ feed: body.room, members: [actor.id] }, { feed: userFeed(actor.id) }],
  decide(command, facts) {
    const { actor, body } = command;
    const room = facts.feed(body.room);
    const seen = refuseWalkIn(command) ?? seenRoom(command, room);
    if ("fault" in seen) return seen;
    if (seen.who !== "outsider") return "unchanged";
    const archived = refuseArchived(seen.room);
    if (archived) return archived;
    // The first member owns the lobby, so that it has an owner.
    const role = body.room === LOBBY && room.last === 1 ? "owner" : "member";
    return { drafts: joined(body.room, actor, role, room.last + 1) };
  },
});

export const leaveRoom = rule("leave_room", {
  needs: ({ actor, body }) => [{ feed: body.room, members: [actor.id] }, { feed: userFeed(actor.id) }],
  decide(command, facts) {
    const { actor, body } = command;
    const room = facts.feed(body.room);
    const seen = refuseWalkIn(command) ?? seenRoom(command, room);
    if ("fault" in seen) return seen;
    const stays = fixed(body.room, seen.room.kind);
    if (stays) return stays;
    if (seen.who === "outsider") return "unchanged";
    if (seen.who === "owner" && seen.room.owners === 1) return fault("last_owner");
    return { drafts: left(body.room, actor, room.last + 1) };
  },
});

const NO_DEPARTURE: Departure = { inviter: null, leftAt: null };
/** How long a leave holds against the user who brought the leaving one into the room. Milliseconds. */
const LEAVE_HOLDS = 86_400_000;

export const inviteMember = rule("invite_member", {
  needs: ({ actor, body }) => [
    { feed: body.room, members: [actor.id, body.user] },
    { feed: userFeed(body.user), departures: [body.room] },
  ],
  decide(command, facts) {
    const { body } = command;
    const room = facts.feed(body.room);
    const seen = refuseWalkIn(command) ?? seenRoom(command, room);
    if ("fault" in seen) return seen;
    if (seen.room.kind === "direct") return fault("direct_stays");
    if (!may("invite", seen.room.kind, seen.who)) return fault("not_a_member");
    const { user, departures } = facts.feed(userFeed(body.user));
    if (!user) return fault("no_such_user", body.user);
    if (room.members.get(body.user)) return "unchanged";
    const archived = refuseArchived(seen.room);
    if (archived) return archived;
    const { inviter, leftAt } = departures.get(body.room) ?? NO_DEPARTURE;
    if (leftAt !== null && inviter === command.actor.id && command.at - leftAt < LEAVE_HOLDS)
      return fault("invited_already");
    return { drafts: joined(body.room, user, "member", room.last + 1) };
  },
});
