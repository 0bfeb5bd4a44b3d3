import type { FeedEvent, RoomId } from "@parley/protocol";

/**
 * What a private feed comes to: the rooms that its user is in, and how far each is read. `trimmed`: the beginning is not
 * kept, so it knows only the rooms of which the rest speaks.
 */
export class DerivedUser {
  readonly trimmed: boolean;
  readonly reads = new Map<RoomId, number>();

  constructor(trimmed: boolean) {
    this.trimmed = trimmed;
  }

  /** Takes the next event. Returns what is wrong with it here, in words. */
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
