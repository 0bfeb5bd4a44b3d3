import { ArrowUp } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import { countText } from "../../text/counted.ts";
import type { Reading } from "./use-reading.ts";

type JumpToUnreadProps = {
  reading: Reading;
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<HTMLElement | null>;
  /** What is drawn: the line may be among it now. */
  rows: readonly unknown[];
  /** The seq of the first message that is drawn; null while there is none. */
  from: number | null;
  /** The line that has been in sight, by the seq that it is above. */
  seen: number | null;
  onSeen: (above: number) => void;
  onPress: () => void;
};

/** Up to the first message that was new, as long as that lies above and has not been in sight; or a word that all is read. */
export function JumpToUnread({
  reading,
  scroller,
  list,
  rows,
  from,
  seen,
  onSeen,
  onPress,
}: JumpToUnreadProps) {
  const { above, count } = reading;
  const [higher, setHigher] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows may hold the line.
  useEffect(() => {
    if (above === null || seen === above || from === null) return;
    const line = list.current?.querySelector("[data-new]");
    // Where all is drawn and no line is, nothing of others was new.
    if (!line) return above < from ? setHigher(true) : onSeen(above);
    const watch = new IntersectionObserver(
      (entries) => {
        const { isIntersecting, boundingClientRect, rootBounds } = entries[entries.length - 1] ?? {};
        if (isIntersecting) onSeen(above);
        setHigher((boundingClientRect?.top ?? 0) < (rootBounds?.top ?? 0));
      },
      { root: scroller.current },
    );
    watch.observe(line);
    return () => watch.disconnect();
  }, [rows, above, from, seen, onSeen, list, scroller]);

  if (above === null || seen === above || !higher) return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 top-3 flex justify-center">
      <div className="pointer-events-auto flex h-9 animate-rise items-stretch whitespace-nowrap pointer-coarse:h-11 rounded-full border border-signal/50 bg-signal-wash font-medium text-signal-ink text-sm shadow-raised">
        <button
          type="button"
          onClick={() => {
            onSeen(above);
            onPress();
          }}
          className="flex items-center gap-2 rounded-l-full pr-3 pl-4 hover:underline hover:underline-offset-2 focus-visible:-outline-offset-2"
        >
          <ArrowUp size={15} aria-hidden="true" />
          {countWords(count)}
          <span className="-ml-1 max-[24rem]:sr-only">above</span>
        </button>
        <button
          type="button"
          onClick={() => onSeen(above)}
          className="rounded-r-full border-signal/30 border-l pr-4 pl-3 hover:underline hover:underline-offset-2 focus-visible:-outline-offset-2"
        >
          Mark as read
        </button>
      </div>
    </div>
  );
}

function countWords(count: number | null): string {
  if (count === null) return "Unread messages";
  return count === 1 ? "1 new message" : `${countText(count)} new messages`;
}
