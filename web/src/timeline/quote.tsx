import type { TimelineItem } from "@parley/sdk";
import { CornerUpRight } from "lucide-react";

type QuoteProps = {
  /** Null while it is not loaded. */
  original: TimelineItem | null;
  onOpen: (original: TimelineItem) => void;
};

/** The message that is answered, in one line; it leads there. */
export function Quote({ original, onOpen }: QuoteProps) {
  const look =
    "my-0.5 flex max-w-full items-center gap-2 rounded-lg border-accent/50 border-l-2 bg-hover-sheet py-1 pr-3 pl-2.5 text-ink-soft text-sm";
  if (original === null) {
    return (
      <p className={look}>
        <CornerUpRight size={14} aria-hidden="true" className="shrink-0" />
        <span className="italic">In reply to an earlier message</span>
      </p>
    );
  }
  return (
    <button
      type="button"
      tabIndex={-1}
      onClick={() => onOpen(original)}
      aria-label={`In reply to ${original.name}: ${original.deleted ? "a deleted message" : original.text}`}
      className={`${look} text-left hover:bg-hover`}
    >
      <CornerUpRight size={14} aria-hidden="true" className="shrink-0" />
      <span className="min-w-0 truncate">
        <span className="font-medium text-ink">{original.name}</span>{" "}
        {original.deleted ? <span className="italic">This message was deleted.</span> : original.text}
      </span>
    </button>
  );
}
