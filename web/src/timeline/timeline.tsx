import type { Room, RoomView, TimelineItem } from "@parley/sdk";
import { type Ref, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState } from "react";
import { useTimeline } from "../app/client.ts";
import type { RoomDetails } from "../rooms/details.ts";
import { DeleteMessage } from "./message/delete-message.tsx";
import { HistoryDialog } from "./message/history-dialog.tsx";
import { Message } from "./message/message.tsx";
import { type Powers, useActs } from "./message/message-acts.ts";
import { JumpToUnread } from "./reading/jump-to-unread.tsx";
import { indexOfSeq, newestSeq, othersAbove } from "./reading/message-order.ts";
import { useReading } from "./reading/use-reading.ts";
import { Announcer } from "./rows/announcer.tsx";
import { Beginning } from "./rows/beginning.tsx";
import { DayRow } from "./rows/day-row.tsx";
import { NewRow } from "./rows/new-row.tsx";
import { NoticeRow } from "./rows/notice-row.tsx";
import { OlderState } from "./rows/older-state.tsx";
import { rowsOf, type TimelineRow } from "./rows/rows.ts";
import { TimelineFault, TimelinePlaceholders } from "./rows/timeline-states.tsx";
import { JumpToLatest } from "./scroll/jump-to-latest.tsx";
import { useArrowKeys } from "./scroll/use-arrow-keys.ts";
import { usePages } from "./scroll/use-pages.ts";
import { useRenderWindow } from "./scroll/use-render-window.ts";
import { useScroll } from "./scroll/use-scroll.ts";
import { focusOn, useTarget } from "./scroll/use-target.ts";

const UNKNOWN = "unknown";

/** What the composer may ask of the timeline. */
export interface TimelineControls {
  /** Opens the newest own message for editing. False if there is none. */
  editLast(): boolean;
}

type TimelineProps = {
  room: Room;
  details: RoomDetails;
  /** Null for a user who is no member. */
  mine: RoomView | null;
  powers: Powers;
  /** The seq of a message to show, null for the newest. */
  at: number | null;
  /** The reader is no longer where `at` led. */
  onLeaveAt: () => void;
  onReply: (item: TimelineItem) => void;
  /** Puts the focus into the field for new messages. */
  toComposer: () => void;
  /** Puts a text there. */
  rewrite: (text: string) => void;
  controls: Ref<TimelineControls>;
};

/** The messages of a room. */
export function Timeline(props: TimelineProps) {
  const { room, details, mine, powers, at, onLeaveAt, onReply, toComposer, rewrite, controls } = props;
  const view = useTimeline(room);
  const { items } = view;
  const list = useRef<HTMLDivElement>(null);
  /**
   * The last seq that was there when the reader went up; null at the end. A link may lead further up from the start, before
   * it is known how far the room goes.
   */
  const [leftAt, setLeftAt] = useState<number | typeof UNKNOWN | null>(
    at === null ? null : (mine?.head ?? UNKNOWN),
  );
  const head = mine?.head ?? null;
  useEffect(() => {
    if (head !== null) setLeftAt((before) => (before === UNKNOWN ? head : before));
  }, [head]);
  const following = leftAt === null;
  const part = useRenderWindow(items, following, list);
  const pages = usePages(room, view);
  const { earlier, later } = part;
  /** The line above new messages that has been in sight, or was dismissed: the seq that it is above. */
  const [seen, setSeen] = useState<number | null>(null);
  const reading = useReading({ room, mine, view, following, seen });

  // Who answers has read what they answer to, as far as they want to.
  const last = items.at(-1);
  const sending = last?.own && last.state === "pending" ? last.key : null;
  const { above: newAbove } = reading;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each message that is sent.
  useEffect(() => {
    if (sending !== null && newAbove !== null) setSeen(newAbove);
  }, [sending]);

  const newest = useRef(0);
  newest.current = newestSeq(items) ?? 0;
  const onFollow = useCallback((now: boolean) => {
    setLeftAt((before) => (now ? null : (before ?? newest.current)));
  }, []);
  const { scroller, onScroll, toEnd, toRow } = useScroll({
    list,
    items,
    drawn: part.drawn,
    endsHere: part.toEnd && !view.hasAfter,
    following,
    onFollow,
    onNearStart: () => earlier() || pages.more("before"),
    onNearEnd: () => later() || pages.more("after"),
  });
  const backToNewest = useCallback(() => {
    room.returnToLive();
    onLeaveAt();
    toEnd();
  }, [room, onLeaveAt, toEnd]);
  const show = useTarget({
    room,
    view,
    drawn: part.drawn,
    list,
    reveal: part.reveal,
    toRow,
    onFault: at === null ? null : backToNewest,
  });
  useEffect(() => {
    if (at !== null) show(at);
  }, [at, show]);

  const edges = useMemo(() => ({ earlier, later, toEnd: backToNewest }), [earlier, later, backToNewest]);
  const keys = useArrowKeys(list, part.drawn, edges);
  const acts = useActs({ room, powers, reply: onReply, show, toComposer, rewrite });

  const first = part.drawn[0];
  const above = first === undefined ? undefined : items[items.indexOf(first) - 1];
  const { notices } = view;
  const rows = useMemo(
    () => rowsOf(part.drawn, { above, firstNew: reading.first?.key ?? null, notices, toEnd: part.toEnd }),
    [part.drawn, part.toEnd, above, reading.first, notices],
  );

  useImperativeHandle(controls, () => ({
    editLast() {
      const own = items.findLast((item) => item.own && item.state === "sent" && !item.deleted);
      if (own) {
        part.reveal(own.key);
        acts.editFromComposer(own);
      }
      return own !== undefined;
    },
  }));

  const draw = (row: TimelineRow) => {
    switch (row.kind) {
      case "day":
        return <DayRow key={row.key} at={row.at} />;
      case "new":
        return <NewRow key={row.key} />;
      case "notice":
        return <NoticeRow key={row.key} notice={row.notice} />;
      case "message":
        return (
          <Message
            key={row.key}
            room={room}
            item={row.item}
            lead={row.lead}
            original={row.item.replyTo === null ? null : originalOf(items, row.item.replyTo)}
            tabStop={row.key === keys.stop}
            editing={row.key === acts.editing}
            acts={acts.acts}
          />
        );
    }
  };

  return (
    <section aria-label="Messages" className="relative flex min-h-0 grow flex-col">
      <div
        ref={scroller}
        onScroll={onScroll}
        tabIndex={-1}
        className="flex min-h-0 grow flex-col overflow-y-auto overscroll-contain pb-1 outline-none [overflow-anchor:none]"
      >
        {view.state === "loading" || view.state === "unopened" ? (
          <TimelinePlaceholders />
        ) : (
          <div className="grow" />
        )}
        {view.state === "failed" && <TimelineFault text={view.error} onAgain={() => room.open()} />}
        {view.state === "ready" &&
          (view.hasBefore || !part.fromStart ? (
            <OlderState
              loading={view.loadingBefore}
              failed={pages.failed === "before"}
              onAgain={() => pages.again("before")}
            />
          ) : (
            <Beginning details={details} empty={items.length === 0} />
          ))}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: a feed or a group, see its role. */}
        {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: both have a name. */}
        <div
          ref={list}
          // A feed has articles; before the first message there is none.
          role={part.drawn.length > 0 ? "feed" : "group"}
          aria-label={`Messages in ${details.title}`}
          aria-busy={view.state !== "ready" || view.loadingBefore || view.loadingAfter}
          onKeyDown={keys.onKeyDown}
          onFocus={keys.onFocus}
        >
          {rows.map(draw)}
        </div>
        {view.hasAfter && (
          <OlderState
            later
            loading={view.loadingAfter}
            failed={pages.failed === "after"}
            onAgain={() => pages.again("after")}
          />
        )}
      </div>
      <JumpToUnread
        reading={reading}
        scroller={scroller}
        list={list}
        rows={rows}
        from={first?.seq ?? null}
        seen={seen}
        onSeen={setSeen}
        onPress={() => reading.above !== null && show(reading.first?.seq ?? reading.above + 1)}
      />
      <JumpToLatest
        shown={!following || view.hasAfter}
        unread={
          view.hasAfter
            ? (mine?.read.unread ?? 0)
            : leftAt === null || leftAt === UNKNOWN
              ? 0
              : othersAbove(items, leftAt).length
        }
        onPress={backToNewest}
      />
      <DeleteMessage
        room={room}
        item={acts.deleting}
        onClose={() => {
          if (acts.deleting) focusOn(list, acts.deleting.key);
          acts.close();
        }}
      />
      <HistoryDialog
        room={room}
        item={acts.looking}
        onClose={() => {
          if (acts.looking) focusOn(list, acts.looking.key);
          acts.close();
        }}
      />
      <Announcer items={items} live={view.state === "ready" && !view.hasAfter} />
    </section>
  );
}

/** The message that another one answers, if it is among the loaded ones. */
function originalOf(items: readonly TimelineItem[], { seq }: { seq: number }): TimelineItem | null {
  const item = items[indexOfSeq(items, seq)];
  return item?.seq === seq ? item : null;
}
