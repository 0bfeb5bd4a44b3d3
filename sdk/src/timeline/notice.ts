import type { FeedItem } from "@parley/protocol";

/** An event that is not about a message, as a timeline shows it: who came, went, renamed it. Told apart by `kind`. */
export type Notice = Extract<
  FeedItem,
  {
    kind:
      | "room_created"
      | "member_joined"
      /** Several, in a large room: `seq - from + 1` users. */
      | "members_joined"
      /** By another user than `user` it is a removal. */
      | "member_left"
      | "role_changed"
      | "room_renamed"
      | "topic_changed"
      | "room_archived"
      | "room_unarchived";
  }
>;

export function isNotice(event: FeedItem): event is Notice {
  switch (event.kind) {
    case "room_created":
    case "member_joined":
    case "members_joined":
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

/** The notices with one more at the end. Runs of joinings that follow on each other are one. */
export function withNotice(notices: readonly Notice[], notice: Notice): Notice[] {
  const last = notices.at(-1);
  if (notice.kind !== "members_joined" || last?.kind !== "members_joined" || last.seq + 1 !== notice.from)
    return [...notices, notice];
  return [...notices.slice(0, -1), { ...notice, from: last.from }];
}
