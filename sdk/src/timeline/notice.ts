import type { FeedEvent } from "@parley/protocol";

/** An event that is not about a message, as a timeline shows it: who came, went, renamed it. Told apart by `kind`. */
export type Notice = Extract<
  FeedEvent,
  {
    kind:
      | "room_created"
      | "member_joined"
      /** By another user than `user` it is a removal. */
      | "member_left"
      | "role_changed"
      | "room_renamed"
      | "topic_changed"
      | "room_archived"
      | "room_unarchived";
  }
>;

export function isNotice(event: FeedEvent): event is Notice {
  switch (event.kind) {
    case "room_created":
    case "member_joined":
    case "member_left":
    case "role_changed":
    case "room_renamed":
    case "topic_changed":
    case "room_archived":
    case "room_unarchived":
      return true;
    default:
      return false;
  }
}
