import type { Notice } from "@parley/sdk";
import { fullTime } from "../../text/time.ts";

/** Something that happened in the room and is no message: one quiet line. */
export function NoticeRow({ notice }: { notice: Notice }) {
  return (
    <div
      title={fullTime(notice.at)}
      className="mx-auto my-1 max-w-3xl px-16 text-center text-ink-faint text-xs wrap-anywhere max-md:px-6"
    >
      {wordsOf(notice)}
    </div>
  );
}

const ROLES = { owner: "an owner", moderator: "a moderator", member: "a member" } as const;

function wordsOf(notice: Notice): string {
  switch (notice.kind) {
    case "room_created":
      return `${notice.name} created this room`;
    case "member_joined":
      return notice.actor === notice.user
        ? `${notice.user_name} joined`
        : `${notice.name} invited ${notice.user_name}`;
    case "members_joined": {
      const joined = notice.seq - notice.from + 1;
      return joined === 1 ? "1 person joined" : `${joined.toLocaleString("en")} people joined`;
    }
    case "member_left":
      return notice.actor === notice.user
        ? `${notice.user_name} left`
        : `${notice.name} removed ${notice.user_name}`;
    case "role_changed":
      return `${notice.name} made ${notice.user_name} ${ROLES[notice.role]}`;
    case "room_renamed":
      return `${notice.name} renamed the room to “${notice.room_name}”`;
    case "topic_changed":
      return notice.topic === ""
        ? `${notice.name} removed the topic`
        : `${notice.name} set the topic: ${notice.topic}`;
    case "room_archived":
      return `${notice.name} archived the room`;
    case "room_unarchived":
      return `${notice.name} reopened the room`;
  }
}
