import type { FeedEvent, RoomId } from "@parley/protocol";

/**
 * The state derived from a private feed: the rooms of its user, and how far each is read. `trimmed`: the beginning is not
 * stored, so only rooms that later events name are known.
 */
export class DerivedUser {
  readonly trimmed: boolean;
  readonly reads = new Map<RoomId, number>();

  constructor(trimmed: boolean) {
    this.trimmed = trimmed;
  }

  /** Applies the next event. Returns what is wrong with it at this position, in words. */
  take(event: FeedEvent): string | null {
    switch (event.kind) {
      case "room_added":
        if (this.reads.has(event.room)) return `adds the room ${event.room}, which is there`;
        this.reads.set(event.room, event.room_seq);
        return null;
      case "room_removed":
        return this.reads.delete(event.room) ? null : `removes the room ${event.room}, which is not there`;
      case "room_read": {
        const before = this.reads.get(event.room) ?? (this.trimmed ? 0 : undefined);
        if (before === undefined) return `has read in ${event.room}, which is not there`;
        this.reads.set(event.room, Math.max(before, event.room_seq));
        return before >= event.room_seq ? `has read in ${event.room} what was read` : null;
      }
      default:
        return "belongs into a room";
    }
  }
}
