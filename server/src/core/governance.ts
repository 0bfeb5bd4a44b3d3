import { type Fault, fault, type RoomId, userFeed } from "@parley/protocol";
import { type Action, may } from "./access.ts";
import type { Command } from "./command.ts";
import type { FeedFacts, RoomFact } from "./facts.ts";
import { fixed, left, nameClaims, refuseArchived, refuseName, refuseWalkIn, seenRoom } from "./rooms.ts";
import { type Decision, type DraftEvent, rule } from "./rule.ts";

/** Rules about a room itself and about the roles of its members. */

/** The room, if the actor may do this in it; the faults of membership come before those of roles. */
function governed(command: Command, facts: FeedFacts, action: Action): RoomFact | Fault {
  const seen = refuseWalkIn(command) ?? seenRoom(command, facts);
  if ("fault" in seen) return seen;
  if (seen.room.kind === "direct") return fault("direct_stays");
  if (seen.who === "outsider") return fault("not_a_member");
  return may(action, seen.room.kind, seen.who) ? seen.room : fault("not_allowed");
}

function one(feed: RoomId, event: DraftEvent): Decision {
  return { drafts: [{ feed, event }] };
}

export const renameRoom = rule("rename_room", {
  needs: ({ actor, body }) => [{ feed: body.room, members: [actor.id] }],
  names: ({ body }) => nameClaims(body.room, body.name),
  decide(command, facts) {
    const { body } = command;
    const room = governed(command, facts.feed(body.room), "rename");
    if ("fault" in room) return room;
    if (body.name === room.name) return "unchanged";
    const archived = refuseArchived(room);
    if (archived) return archived;
    const misnamed = refuseName(body.name);
    if (misnamed) return misnamed;
    const drafts = [{ feed: body.room, event: { kind: "room_renamed" as const, room_name: body.name } }];
    if (room.kind === "private") return { drafts };
    const before = nameClaims(body.room, room.name ?? "");
    const after = nameClaims(body.room, body.name);
    // Another spelling of the same name is the same claim.
    const changed = (_: unknown, at: number) => before[at]?.key !== after[at]?.key;
    return { drafts, claims: after.filter(changed), releases: before.filter(changed) };
  },
});

export const setTopic = rule("set_topic", {
  needs: ({ actor, body }) => [{ feed: body.room, members: [actor.id] }],
  decide(command, facts) {
    const { body } = command;
    const room = governed(command, facts.feed(body.room), "set_topic");
    if ("fault" in room) return room;
    if (body.topic === room.topic) return "unchanged";
    return refuseArchived(room) ?? one(body.room, { kind: "topic_changed", topic: body.topic });
  },
});

export const archiveRoom = rule("archive_room", {
  needs: ({ actor, body }) => [{ feed: body.room, members: [actor.id] }],
  decide(command, facts) {
    const { body } = command;
    const room = governed(command, facts.feed(body.room), "archive");
    if ("fault" in room) return room;
    if (room.state === "archived") return "unchanged";
    return fixed(body.room, room.kind) ?? one(body.room, { kind: "room_archived" });
  },
});

export const unarchiveRoom = rule("unarchive_room", {
  needs: ({ actor, body }) => [{ feed: body.room, members: [actor.id] }],
  decide(command, facts) {
    const { body } = command;
    const room = governed(command, facts.feed(body.room), "archive");
    if ("fault" in room) return room;
    return room.state === "open" ? "unchanged" : one(body.room, { kind: "room_unarchived" });
  },
});

export const deleteRoom = rule("delete_room", {
  needs: ({ actor, body }) => [{ feed: body.room, members: [actor.id] }],
  decide(command, facts) {
    const { body } = command;
    const room = governed(command, facts.feed(body.room), "delete");
    if ("fault" in room) return room;
    const stays = fixed(body.room, room.kind);
    if (stays) return stays;
    const drafts = [{ feed: body.room, event: { kind: "room_deleted" as const } }];
    return room.kind === "public" ? { drafts, releases: nameClaims(body.room, room.name ?? "") } : { drafts };
  },
});

export const removeMember = rule("remove_member", {
  needs: ({ actor, body }) => [
    { feed: body.room, members: [actor.id, body.user] },
    { feed: userFeed(body.user) },
  ],
  decide(command, facts) {
    const { actor, body } = command;
    const feed = facts.feed(body.room);
    const role = feed.members.get(body.user);
    const officer = role === "owner" || role === "moderator";
    const room = governed(command, feed, officer ? "remove_officer" : "remove_member");
    if ("fault" in room) return room;
    const stays = fixed(body.room, room.kind);
    if (stays) return stays;
    if (body.user === actor.id) return fault("invalid", "user: to go yourself, leave the room.");
    const { user } = facts.feed(userFeed(body.user));
    if (!user) return fault("no_such_user", body.user);
    if (!role) return "unchanged";
    return { drafts: left(body.room, user, feed.last + 1) };
  },
});

export const changeRole = rule("change_role", {
  needs: ({ actor, body }) => [
    { feed: body.room, members: [actor.id, body.user] },
    { feed: userFeed(body.user) },
  ],
  decide(command, facts) {
    const { body } = command;
    const feed = facts.feed(body.room);
    const room = governed(command, feed, "change_role");
    if ("fault" in room) return room;
    const { user } = facts.feed(userFeed(body.user));
    const role = feed.members.get(body.user);
    if (!user || !role) return fault("no_such_member", body.user);
    if (role === body.role) return "unchanged";
    if (role === "owner" && room.owners === 1) return fault("last_owner");
    return one(body.room, {
      kind: "role_changed",
      user: user.id,
      user_name: user.name,
      role: body.role,
    });
  },
});
