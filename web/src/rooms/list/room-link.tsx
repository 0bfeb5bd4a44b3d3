import type { RoomView } from "@parley/sdk";
import { AtSign, CircleAlert, Pencil } from "lucide-react";
import { memo } from "react";
import { roomPath } from "../../app/route.ts";
import { useHasDraft } from "../../composer/drafts.ts";
import { countText } from "../../text/counted.ts";
import { cx } from "../../ui/classes.ts";
import { Link } from "../../ui/link.tsx";
import { useIsMarkedUnread } from "../unread-marks.ts";
import { RoomIcon } from "./room-icon.tsx";
import { looksSame } from "./same-room.ts";

/** A row of the list, and the one that is open. */
export const ROW =
  "flex h-9 items-center gap-2.5 rounded-xl px-2.5 transition-colors focus-visible:outline-offset-0 pointer-coarse:h-12";
export const CURRENT = "bg-accent-wash font-medium text-accent-text";

type RoomLinkProps = { room: RoomView; current: boolean };

/** One of my rooms, in the list, with what is unread there. */
export const RoomLink = memo(
  RoomRow,
  (before, now) => before.current === now.current && looksSame(before.room, now.room),
);

function RoomRow({ room, current }: RoomLinkProps) {
  const marked = useIsMarkedUnread(room.id);
  const unread = room.read.unread > 0 || marked;
  const draft = useHasDraft(room.id);
  return (
    <li>
      <Link
        to={roomPath(room.id)}
        aria-current={current ? "page" : undefined}
        className={cx(
          ROW,
          current
            ? `${CURRENT} [--dot-gap:var(--accent-wash)]`
            : unread
              ? "font-semibold text-ink [--dot-gap:var(--canvas)] hover:bg-hover"
              : "text-ink-soft [--dot-gap:var(--canvas)] hover:bg-hover hover:text-ink",
        )}
      >
        <RoomIcon kind={room.kind} peer={room.peer} archived={room.archived} />
        <span className="min-w-0 grow truncate" dir="auto">
          {room.title}
        </span>
        {room.failed > 0 && (
          <span className="shrink-0 text-danger">
            <CircleAlert size={15} role="img" aria-label="Not sent" />
          </span>
        )}
        {draft && !current && (
          <span className="shrink-0 text-ink-faint">
            <Pencil size={13} role="img" aria-label="Draft" />
          </span>
        )}
        {marked && !current && room.read.unread === 0 && (
          <span className="mr-1.5 size-2 shrink-0 rounded-full bg-accent">
            <span className="sr-only">unread</span>
          </span>
        )}
        <UnreadBadge room={room} />
      </Link>
    </li>
  );
}

/** How much is unread. Mentions of the reader and direct conversations are highlighted. */
export function UnreadBadge({ room }: { room: Pick<RoomView, "kind" | "read"> }) {
  const { unread, mentions } = room.read;
  if (unread === 0) return null;
  const loud = mentions > 0 || room.kind === "direct";
  const words = `${countText(unread)} unread${mentions > 0 ? `, ${countText(mentions)} for you` : ""}`;
  return (
    <span
      className={cx(
        "flex h-5 min-w-5 shrink-0 items-center justify-center gap-0.5 rounded-full px-1.5 font-semibold text-xs tabular-nums",
        loud ? "bg-signal text-on-signal" : "bg-line text-ink",
      )}
    >
      {mentions > 0 && <AtSign size={11} strokeWidth={2.5} aria-hidden="true" />}
      <span aria-hidden="true">{countText(mentions > 0 ? mentions : unread)}</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}
