import type { Room, TimelineItem } from "@parley/sdk";
import { CornerUpRight } from "lucide-react";
import { useEffect, useState } from "react";
import { plainWords } from "../../text/markdown.ts";
import { useStop } from "../../text/stops.ts";

type QuoteProps = {
  room: Room;
  at: { readonly id: string; readonly seq: number };
  /** Null while it is not among the loaded messages. */
  original: TimelineItem | null;
  onOpen: (seq: number) => void;
};

/** The message that is answered, in one line of a fixed height, so that nothing moves when it comes; it leads there. */
export function Quote({ room, at, original, onOpen }: QuoteProps) {
  const stop = useStop();
  const [loaded, missing] = useQuoted(room, at, original === null);
  const known = original ?? room.find(at.id) ?? loaded;
  const words =
    known === null
      ? missing
        ? "a message that no longer exists"
        : "an earlier message"
      : known.deleted
        ? "a deleted message"
        : plainWords(known.text);
  return (
    <button
      type="button"
      tabIndex={stop}
      onClick={() => onOpen(at.seq)}
      aria-label={`In reply to ${known === null ? words : `${known.name}: ${words}`}`}
      className="my-0.5 flex h-8 max-w-full items-center gap-2 rounded-lg border-accent/50 border-l-2 bg-hover-sheet pr-3 pl-2.5 text-left text-ink-soft text-sm hover:bg-hover"
    >
      <CornerUpRight size={14} aria-hidden="true" className="shrink-0" />
      <span className="min-w-0 truncate" dir="auto">
        {known !== null && <span className="font-medium text-ink">{known.name} </span>}
        {known === null || known.deleted ? <span className="italic">{words}</span> : words}
      </span>
    </button>
  );
}

/** Loads a quoted message that lies outside of what is loaded; also whether it is clear that it is not there. */
function useQuoted(
  room: Room,
  { id, seq }: QuoteProps["at"],
  wanted: boolean,
): [TimelineItem | null, boolean] {
  const [found, setFound] = useState<{ readonly item: TimelineItem | null } | null>(null);
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    room.loadQuote({ id, seq }).then(
      (item) => current && setFound({ item }),
      // Without it the quote still leads there.
      () => {},
    );
    return () => {
      current = false;
    };
  }, [room, id, seq, wanted]);
  return [found?.item ?? null, found !== null && found.item === null];
}
