import { fault, LOBBY } from "@parley/protocol";
import type { FeedFacts } from "./facts.ts";
import { nameClaims, refuseName } from "./rooms.ts";
import { rule } from "./rule.ts";

/**
 * Rooms without an owner. Every other room keeps at least one until it is deleted, so that having none shows how it was made.
 * No client can ask for this: the server performs it, in its own name.
 */
export const createOwnerlessRoom = rule("open_room", {
  needs: ({ body }) => [{ feed: body.room }],
  names: ({ body }) => nameClaims(body.room, body.name),
  decide({ body }, facts) {
    if (facts.feed(body.room).last > 0) return fault("room_exists");
    const misnamed = refuseName(body.name);
    if (misnamed) return misnamed;
    return {
      drafts: [
        {
          feed: body.room,
          event: { kind: "room_created", room_kind: "public", room_name: body.name, topic: "" },
        },
      ],
      claims: nameClaims(body.room, body.name),
    };
  },
});

function isOwnerless({ feed, room }: FeedFacts): boolean {
  return room !== null && room.kind === "public" && room.owners === 0 && feed !== LOBBY;
}

export const deleteOwnerlessRoom = rule("close_room", {
  needs: ({ body }) => [{ feed: body.room }],
  decide({ body }, facts) {
    const feed = facts.feed(body.room);
    if (feed.room?.kind !== "public" || feed.room.state === "deleted") return fault("no_such_room");
    if (!isOwnerless(feed)) return fault("not_allowed", "This room has an owner.");
    // Members did not make this room, and their messages are their own: a client that names the room must not delete them.
    if (feed.room.members > 0) return fault("not_allowed", "This room has members.");
    return {
      drafts: [{ feed: body.room, event: { kind: "room_deleted" } }],
      releases: nameClaims(body.room, feed.room.name ?? ""),
    };
  },
});
