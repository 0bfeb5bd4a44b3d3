import { UsersRound } from "lucide-react";
import { Avatar } from "../ui/avatar.tsx";
import { cx } from "../ui/classes.ts";
import type { Completion } from "./use-completion.ts";

/** Who can be meant, above the field. The field keeps the focus and takes the keys. */
export function CompletionList({ completion: { id, found, at, choose } }: { completion: Completion }) {
  if (found.length === 0) return null;
  return (
    <div
      id={id}
      role="listbox"
      aria-label="People to mention"
      className="absolute bottom-full left-0 z-20 mb-2 w-72 max-w-full animate-appear rounded-2xl border border-line bg-raised p-1.5 shadow-raised"
    >
      {found.map((candidate, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken by the field, which keeps the focus.
        <div
          key={candidate.id ?? "room"}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === at}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => choose(candidate)}
          className={cx(
            "flex h-9 cursor-pointer items-center gap-2.5 rounded-xl px-2 text-sm pointer-coarse:h-11",
            index === at ? "bg-accent-wash text-accent-text" : "hover:bg-hover",
          )}
        >
          {candidate.id === null ? (
            <span className="grid size-6 place-items-center text-ink-soft">
              <UsersRound size={16} aria-hidden="true" />
            </span>
          ) : (
            <Avatar id={candidate.id} name={candidate.name} size="small" />
          )}
          <span className="min-w-0 truncate" dir="auto">
            {candidate.id === null ? "@room" : candidate.name}
          </span>
          {candidate.id === null && <span className="text-ink-faint text-xs">everyone in the room</span>}
        </div>
      ))}
    </div>
  );
}
