import type { Room, TimelineItem } from "@parley/sdk";
import { type Ref, useCallback, useImperativeHandle, useMemo, useState } from "react";
import { useTimeline } from "../app/client.ts";
import type { RoomFace } from "../rooms/room-face.ts";
import { Announcer } from "./announcer.tsx";
import { Beginning } from "./beginning.tsx";
import { DayRow } from "./day-row.tsx";
import { Message } from "./message.tsx";
import { OlderState } from "./older-state.tsx";
import { rowsOf } from "./rows.ts";
import { TimelineFault, TimelinePlaceholders } from "./timeline-states.tsx";
import { ToEnd } from "./to-end.tsx";
import { useArrowKeys } from "./use-arrow-keys.ts";
import { useOlder } from "./use-older.ts";
import { useScroll } from "./use-scroll.ts";

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
  const older = useOlder(room, view);
  const { scroller, list, atEnd, unread, onScroll, toEnd } = useScroll(items, older.more);
  const keys = useArrowKeys(list);

  const showOriginal = useCallback(
    (key: string) => {
      const row = list.current?.querySelector(`[data-key="${CSS.escape(key)}"]`);
      row?.scrollIntoView({ block: "center" });
      row?.animate([{ backgroundColor: "var(--accent-wash)" }, { backgroundColor: "transparent" }], 1_600);
    },
    [list],
  );
  const stopEditing = useCallback(() => setEditing(null), []);

  useImperativeHandle(controls, () => ({
    editLast() {
      const mine = items.findLast((item) => item.own && item.state === "sent" && !item.deleted);
      if (mine) setEditing(mine.key);
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
          (view.hasBefore ? (
            <OlderState loading={view.loadingBefore} failed={older.failed} onAgain={older.again} />
          ) : (
            <Beginning face={face} empty={items.length === 0} />
          ))}
        <ol ref={list} onKeyDown={keys.onKeyDown} onFocus={keys.onFocus}>
          {rows.map((row) =>
            row.kind === "day" ? (
              <DayRow key={row.key} at={row.at} />
            ) : (
              <Message
                key={row.key}
                room={room}
                item={row.item}
                lead={row.lead}
                original={row.item.replyTo === null ? null : (byId.get(row.item.replyTo.id) ?? null)}
                tabStop={row.key === (keys.current ?? items.at(-1)?.key)}
                editing={row.key === editing}
                onEdit={setEditing}
                onEdited={stopEditing}
                onReply={onReply}
                onOriginal={showOriginal}
              />
            ),
          )}
        </ol>
      </div>
      <ToEnd shown={!atEnd} unread={unread} onPress={toEnd} />
      <Announcer items={items} />
    </section>
  );
}
