import type { Room, TimelineItem, TimelineView } from "@parley/sdk";
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";
import { faultText } from "../../ui/fault-words.ts";
import { notify } from "../../ui/notices.ts";
import { indexOfSeq } from "../reading/message-order.ts";

type TargetInput = {
  room: Room;
  view: TimelineView;
  drawn: readonly TimelineItem[];
  list: RefObject<HTMLElement | null>;
  reveal: (key: string) => void;
  toRow: (row: Element) => void;
  /** What is shown instead of a message that cannot be loaded. */
  onFault: (() => void) | null;
};

/** Shows a message by its seq: loads what is around it, draws it, brings it into the middle and lets it glow. */
export function useTarget({
  room,
  view,
  drawn,
  list,
  reveal,
  toRow,
  onFault,
}: TargetInput): (seq: number) => void {
  const [wanted, setWanted] = useState<{ readonly seq: number } | null>(null);
  /** The wish that the server was asked for, and whether it has answered. */
  const asked = useRef<{ readonly wish: { readonly seq: number }; done: boolean } | null>(null);
  const [answers, setAnswers] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `answers` says that the server has answered.
  useLayoutEffect(() => {
    if (wanted === null || view.state !== "ready") return;
    const { items } = view;
    const at = indexOfSeq(items, wanted.seq);
    const answered = asked.current?.wish === wanted && asked.current.done;
    const exact = items[at]?.seq === wanted.seq;
    if (!exact && !answered) {
      if (asked.current?.wish === wanted) return;
      const question = { wish: wanted, done: false };
      asked.current = question;
      room
        .jumpTo(wanted.seq)
        .catch((error: unknown) => {
          setWanted((now) => (now === wanted ? null : now));
          notify(faultText(error));
          onFault?.();
        })
        .finally(() => {
          question.done = true;
          setAnswers((count) => count + 1);
        });
      return;
    }
    // Not a message, or one that is gone: the next one.
    const item = items[Math.min(at, items.length - 1)];
    if (item === undefined) return setWanted(null);
    if (!drawn.includes(item)) return reveal(item.key);
    const row = rowOf(list, item.key);
    setWanted(null);
    if (row === null) return;
    toRow(row);
    row.animate([{ backgroundColor: "var(--accent-wash)" }, { backgroundColor: "transparent" }], 1_800);
    focusOn(list, item.key);
  }, [wanted, view, drawn, answers, room, list, reveal, toRow, onFault]);

  return useCallback((seq: number) => setWanted({ seq }), []);
}

/** Gives the focus to a message. */
export function focusOn(list: RefObject<HTMLElement | null>, key: string): void {
  rowOf(list, key)?.querySelector<HTMLElement>("[data-message]")?.focus({ preventScroll: true });
}

function rowOf(list: RefObject<HTMLElement | null>, key: string): Element | null {
  return list.current?.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? null;
}
