import type { TimelineItem } from "@parley/sdk";
import { CornerUpLeft, X } from "lucide-react";
import { plainWords } from "../text/markdown.ts";
import { IconButton } from "../ui/icon-button.tsx";

/** Which message is replied to, above the field. */
export function ReplyBar({ item, onCancel }: { item: TimelineItem; onCancel: () => void }) {
  return (
    <div className="flex items-center gap-2 border-line border-b py-1 pr-1.5 pl-4 text-sm">
      <CornerUpLeft size={14} aria-hidden="true" className="shrink-0 text-accent-text" />
      <p className="min-w-0 grow truncate text-ink-soft">
        <span className="sr-only">Replying to </span>
        <span className="font-medium text-ink">{item.name}</span> {plainWords(item.text)}
      </p>
      <IconButton label="Cancel the reply" className="size-8!" onClick={onCancel}>
        <X size={15} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
