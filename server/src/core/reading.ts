import { fault, userFeed } from "@parley/protocol";
import { may } from "./access.ts";
import { refuseWalkIn, seenRoom } from "./rooms.ts";
import { rule } from "./rule.ts";

/**
 * How far a user has read a room. The position belongs to the reader's private feed and only moves forward.
 *
 * The room is not locked: in a room of thousands, readers would wait for senders and each other. The reader joins and leaves
 * only under the lock of the private feed, so the membership cannot change; a room that is archived or deleted at the same
 * moment, or the events after its head, do not make a position wrong.
 */
export const markRead = rule("mark_read", {
  keyless: true,
  needs: ({ actor, body }) => [
    { feed: body.room, members: [actor.id], unlocked: true },
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
