import type { TimelineItem } from "@parley/sdk";
import { useEffect, useRef, useState } from "react";
import { counted } from "../../text/counted.ts";
import { plainWords } from "../../text/markdown.ts";
import { newestSeq, othersAbove } from "../reading/message-order.ts";

/** Reads new messages of others aloud, politely; a burst becomes a number. */
export function Announcer({ items, live }: { items: readonly TimelineItem[]; live: boolean }) {
  const [words, setWords] = useState("");
  const announced = useRef<number | null>(null);
  useEffect(() => {
    const newest = newestSeq(items);
    // A piece of history is no news, and where it ends says nothing about what was announced. In an empty room all is news.
    if (!live || newest === null) {
      announced.current = live ? 0 : null;
      return;
    }
    const before = announced.current;
    announced.current = Math.max(newest, before ?? 0);
    if (before === null || newest <= before) return;
    const fresh = othersAbove(items, before);
    if (fresh.length > 3) setWords(counted(fresh.length, "new message"));
    else if (fresh.length > 0)
      setWords(fresh.map((item) => `${item.name}: ${plainWords(item.text)}`).join(". "));
  }, [items, live]);
  return (
    <div aria-live="polite" className="sr-only">
      {words}
    </div>
  );
}
