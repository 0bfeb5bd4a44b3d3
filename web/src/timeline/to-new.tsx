import { ArrowUp } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import { countText } from "../text/counted.ts";
import type { Reading } from "./use-reading.ts";

type ToNewProps = {
  reading: Reading;
  scroller: RefObject<HTMLElement | null>;
  list: RefObject<HTMLElement | null>;
  /** What is drawn: the line may be among it now. */
  rows: readonly unknown[];
  /** The seq of the first message that is drawn. */
  from: number;
  onPress: () => void;
};

/** Up to the first message that was new, as long as that lies above and has not been in sight. */
export function ToNew({ reading, scroller, list, rows, from, onPress }: ToNewProps) {
  const { above, count } = reading;
  /** The line that has been in sight. */
  const [seen, setSeen] = useState<number | null>(null);
  const [higher, setHigher] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: other rows may hold the line.
  useEffect(() => {
    if (above === null || seen === above) return;
    const line = list.current?.querySelector("[data-new]");
    if (!line) return setHigher(above < from);
    const watch = new IntersectionObserver(
      (entries) => {
        const { isIntersecting, boundingClientRect, rootBounds } = entries[entries.length - 1] ?? {};
        if (isIntersecting) setSeen(above);
        setHigher((boundingClientRect?.top ?? 0) < (rootBounds?.top ?? 0));
      },
      { root: scroller.current },
    );
    watch.observe(line);
    return () => watch.disconnect();
  }, [rows, above, from, seen, list, scroller]);

  if (above === null || seen === above || !higher) return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 top-3 flex justify-center">
      <button
        type="button"
        onClick={() => {
          setSeen(above);
          onPress();
        }}
        className="pointer-events-auto flex h-9 animate-rise items-center gap-2 rounded-full border border-signal/50 bg-signal-wash px-4 font-medium text-signal-ink text-sm shadow-raised transition-colors hover:border-signal"
      >
        <ArrowUp size={15} aria-hidden="true" />
        {count === 1 ? "1 new message" : `${countText(count)} new messages`} above
      </button>
    </div>
  );
}
