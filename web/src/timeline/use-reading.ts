import type { Room, RoomView, TimelineItem, TimelineView } from "@parley/sdk";
import { useEffect, useState } from "react";
import { useVisible } from "../app/visible.ts";
import { firstNew, moveLine, type NewLine } from "./new-line.ts";
import { newestSeq } from "./seqs.ts";

export type Reading = {
  /** The first message that was new, if it is loaded: the line stands above it. */
  readonly first: TimelineItem | null;
  /** The seq above which messages were new; null where nothing was. */
  readonly above: number | null;
  /** How many were new when the line was drawn, at most LIMITS.unread. */
  readonly count: number;
};

/**
 * What is new to the reader, and telling the server what they have read: the page in sight, and at the end. `mine` is
 * null for somebody who looks from outside.
 */
export function useReading(
  room: Room,
  mine: RoomView | null,
  view: TimelineView,
  following: boolean,
): Reading {
  const visible = useVisible();
  const reading = visible && following && view.state === "ready" && !view.hasAfter && mine !== null;
  const [line, setLine] = useState<NewLine | null>(null);

  const next = mine === null ? null : moveLine(line, { read: mine.read, head: mine.head, reading });
  useEffect(() => setLine(next), [next]);

  const newest = newestSeq(view.items);
  const read = mine?.read;
  useEffect(() => {
    if (!reading || newest === null || read === undefined) return;
    if (read.seq < newest || read.unread > 0) room.markRead();
  }, [room, reading, newest, read]);

  if (next === null) return { first: null, above: null, count: 0 };
  const first = firstNew(view.items, next, view.hasBefore);
  return { first, above: next.count > 0 ? next.above : null, count: next.count };
}
