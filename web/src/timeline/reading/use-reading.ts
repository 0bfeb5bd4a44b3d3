import type { Room, RoomView, TimelineItem, TimelineView } from "@parley/sdk";
import { useEffect, useState } from "react";
import { useVisible } from "../../app/hooks/use-visible.ts";
import { clearUnreadMark, unreadMark } from "../../rooms/unread-marks.ts";
import { newestSeq } from "./message-order.ts";
import { firstNew, moveLine, type NewLine } from "./new-line.ts";

export type Reading = {
  /** The first message that was new, if it is loaded: the line is above it. */
  readonly first: TimelineItem | null;
  /** The seq above which messages were new; null where nothing was. */
  readonly above: number | null;
  /** How many were new when the line was drawn, at most LIMITS.unread; null where the reader drew it. */
  readonly count: number | null;
};

type ReadingInput = {
  room: Room;
  /** Null for a reader who is not a member. */
  mine: RoomView | null;
  view: TimelineView;
  /** The end is followed. */
  following: boolean;
  /** The line that has been in sight, by the seq that it is above. */
  seen: number | null;
};

/**
 * What is new to the reader, and telling the server what they have read. A room is read when the page is in sight and at
 * the end, and the line above the first new message has been in sight or was dismissed: who opens a room with more news
 * than fit into the window has not read them yet.
 */
export function useReading({ room, mine, view, following, seen }: ReadingInput): Reading {
  const visible = useVisible();
  const [marked] = useState(() => unreadMark(room.id));
  const [line, setLine] = useState<NewLine | null>(
    marked === null ? null : { above: marked - 1, until: null, count: 1 },
  );
  // From here on the line shows where the mark was.
  useEffect(() => clearUnreadMark(room.id), [room]);
  const above = line?.above ?? mine?.read.seq;
  const isClear = (line?.count ?? mine?.read.unread) === 0 || above === seen;
  const reading =
    visible && following && isClear && view.state === "ready" && !view.hasAfter && mine !== null;

  const next =
    mine === null
      ? null
      : moveLine(line, {
          read: mine.read,
          head: mine.head,
          reading,
          drawn: marked !== null && line?.above === marked - 1,
        });
  useEffect(() => setLine(next), [next]);

  const newest = newestSeq(view.items);
  const read = mine?.read;
  useEffect(() => {
    if (!reading || newest === null || read === undefined) return;
    if (read.seq < newest || read.unread > 0) room.markRead();
  }, [room, reading, newest, read]);

  if (next === null) return { first: null, above: null, count: 0 };
  const isMarked = marked !== null && next.above === marked - 1;
  const first = firstNew(view.items, next, view.hasBefore);
  return { first, above: next.count > 0 ? next.above : null, count: isMarked ? null : next.count };
}
