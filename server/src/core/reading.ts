import { fault, userFeed } from "@parley/protocol";
import { may } from "./access.ts";
import { refuseWalkIn, seenRoom } from "./rooms.ts";
import { rule } from "./rule.ts";

/** How far a user has read a room. The position belongs to the reader's private feed and only moves forward. */
export const markRead = rule("mark_read", {
  keyless: true,
  needs: ({ actor, body }) => [
    { feed: body.room, members: [actor.id] },
    { feed: userFeed(actor.id), reads: [body.room] },
  ],
  decide(command, facts) {
    const { actor, body } = command;
    const room = facts.feed(body.room);
    const seen = refuseWalkIn(command) ?? seenRoom(command, room);
    if ("fault" in seen) return seen;
    if (!may("mark_read", seen.room.kind, seen.who)) return fault("not_a_member");
    // A position above the last event would count future messages as read.
    const seq = Math.min(body.seq, room.last);
    const own = facts.feed(userFeed(actor.id));
    if (seq <= (own.reads.get(body.room) ?? 0)) return "unchanged";
    return { drafts: [{ feed: own.feed, event: { kind: "room_read", room: body.room, room_seq: seq } }] };
  },
});
