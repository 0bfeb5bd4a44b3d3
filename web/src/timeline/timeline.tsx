import type { Room, TimelineItem } from "@parley/sdk";
import { type Ref, useCallback, useImperativeHandle, useMemo, useState } from "react";
import { useTimeline } from "../app/client.ts";
import type { RoomFace } from "../rooms/room-face.ts";
import { Announcer } from "./announcer.tsx";
import { Beginning } from "./beginning.tsx";
import { DayRow } from "./day-row.tsx";
import { DeleteMessage } from "./delete-message.tsx";
import { Message } from "./message.tsx";
import type { MessageActs } from "./message-acts.ts";
import { OlderState } from "./older-state.tsx";
import { rowsOf } from "./rows.ts";
import { TimelineFault, TimelinePlaceholders } from "./timeline-states.tsx";
import { ToEnd } from "./to-end.tsx";
import { useArrowKeys } from "./use-arrow-keys.ts";
import { useOlder } from "./use-older.ts";
import { useScroll } from "./use-scroll.ts";
import { focusOn, useShow } from "./use-show.ts";
import { useWindow } from "./use-window.ts";

/** What the composer may ask of the timeline. */
export interface TimelineControls {
  /** Opens the newest own message for editing. False if there is none. */
  editLast(): boolean;
}

type TimelineProps = {
  room: Room;
  face: RoomFace;
  /** Null where the reader may only look. */
  onReply: ((item: TimelineItem) => void) | null;
  controls: Ref<TimelineControls>;
};

/** The messages of a room. */
export function Timeline({ room, face, onReply, controls }: TimelineProps) {
  const view = useTimeline(room);
  const { items } = view;
  const rows = useMemo(() => rowsOf(items), [items]);
  const byId = useMemo(
    () => new Map(items.flatMap((item) => (item.id === null ? [] : [[item.id, item]]))),
    [items],
  );
  const [editing, setEditing] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<TimelineItem | null>(null);
  /** Null at the end; else the last seq that was there when the reader went up. */
  const [leftAt, setLeftAt] = useState<number | null>(null);
  const { drawn, whole, reveal, revealRow } = useWindow(rows, leftAt === null);
  const older = useOlder(room, view);
  const onNearStart = useCallback(() => {
    if (!reveal()) older.more();
  }, [reveal, older.more]);
  const { scroller, list, onScroll, toEnd } = useScroll({ items, drawn, onLeave: setLeftAt, onNearStart });
  const keys = useArrowKeys(list, drawn);

  const show = useShow(list, revealRow);
  const acts: MessageActs = useMemo(
    () => ({
      reply: onReply,
      edit: (item) => setEditing(item.key),
      stopEditing: () => setEditing(null),
      remove: setDeleting,
      show,
    }),
    [onReply, show],
  );

  useImperativeHandle(controls, () => ({
    editLast() {
      const mine = items.findLast((item) => item.own && item.state === "sent" && !item.deleted);
      if (mine) {
        revealRow(mine.key);
        setEditing(mine.key);
      }
      return mine !== undefined;
    },
  }));

  return (
    <section aria-label="Messages" className="relative flex min-h-0 grow flex-col">
      <div
        ref={scroller}
        onScroll={onScroll}
        tabIndex={-1}
        className="flex min-h-0 grow flex-col overflow-y-auto overscroll-contain pb-4 outline-none [overflow-anchor:none]"
      >
        {view.state === "loading" || view.state === "unopened" ? (
          <TimelinePlaceholders />
        ) : (
          <div className="grow" />
        )}
        {view.state === "failed" && <TimelineFault text={view.error} onAgain={() => room.open()} />}
        {view.state === "ready" &&
          (view.hasBefore || !whole ? (
            <OlderState loading={view.loadingBefore} failed={older.failed} onAgain={older.again} />
          ) : (
            <Beginning face={face} empty={items.length === 0} />
          ))}
        <ol ref={list} onKeyDown={keys.onKeyDown} onFocus={keys.onFocus}>
          {drawn.map((row) =>
            row.kind === "day" ? (
              <DayRow key={row.key} at={row.at} />
            ) : (
              <Message
                key={row.key}
                room={room}
                item={row.item}
                lead={row.lead}
                original={row.item.replyTo === null ? null : (byId.get(row.item.replyTo.id) ?? null)}
                tabStop={row.key === keys.stop}
                editing={row.key === editing}
                acts={acts}
              />
            ),
          )}
        </ol>
      </div>
      <ToEnd shown={leftAt !== null} unread={unreadSince(items, leftAt)} onPress={toEnd} />
      <DeleteMessage
        room={room}
        item={deleting}
        onClose={() => {
          if (deleting) focusOn(list, deleting.key);
          setDeleting(null);
        }}
      />
      <Announcer items={items} />
    </section>
  );
}

/** Messages of others that came since the reader went up. */
function unreadSince(items: readonly TimelineItem[], leftAt: number | null): number {
  if (leftAt === null) return 0;
  return items.filter((item) => item.seq !== null && item.seq > leftAt && !item.own).length;
}
