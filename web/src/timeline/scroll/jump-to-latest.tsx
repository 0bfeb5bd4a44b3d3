import { ArrowDown } from "lucide-react";
import { counted } from "../../text/counted.ts";
import { cx } from "../../ui/classes.ts";

type JumpToLatestProps = { shown: boolean; unread: number; onPress: () => void };

/** Back to the newest message, and how many have come meanwhile. */
export function JumpToLatest({ shown, unread, onPress }: JumpToLatestProps) {
  if (!shown) return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
      <button
        type="button"
        onClick={onPress}
        className={cx(
          "pointer-events-auto flex h-10 animate-rise items-center gap-2 rounded-full px-4 font-medium text-sm shadow-raised transition-colors",
          unread > 0
            ? "bg-accent text-on-accent hover:bg-accent-hover"
            : "border border-line bg-raised hover:bg-hover-sheet",
        )}
      >
        <ArrowDown size={16} aria-hidden="true" />
        {unread > 0 ? counted(unread, "new message") : "To the newest"}
      </button>
    </div>
  );
}
