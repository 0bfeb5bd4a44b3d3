import type { TimelineItem } from "@parley/sdk";
import { useEffect, useRef, useState } from "react";
import { counted } from "../text/counted.ts";

/** Reads new messages of others aloud, politely; a burst becomes a number. */
export function Announcer({ items }: { items: readonly TimelineItem[] }) {
  const [words, setWords] = useState("");
  const heard = useRef<number | null>(null);
  useEffect(() => {
    const newest = items.findLast((item) => item.seq !== null)?.seq ?? null;
    if (newest === null) return;
    const before = heard.current;
    heard.current = newest;
    if (before === null) return;
    const fresh = items.filter(
      (item) => item.seq !== null && item.seq > before && !item.own && !item.deleted,
    );
    if (fresh.length > 3) setWords(counted(fresh.length, "new message"));
    else if (fresh.length > 0) setWords(fresh.map((item) => `${item.name}: ${item.text}`).join(". "));
  }, [items]);
  return (
    <div aria-live="polite" className="sr-only">
      {words}
    </div>
  );
}
