import type { TimelineItem } from "@parley/sdk";
import { SmilePlus } from "lucide-react";
import { useSelf } from "../../app/client.ts";
import { useStop } from "../../text/stops.ts";
import { cx } from "../../ui/classes.ts";
import { Tooltip } from "../../ui/tooltip.tsx";
import type { MessageActs } from "./message-acts.ts";

type ReactionsProps = { item: TimelineItem; acts: MessageActs; onAdd: () => void };
type Reaction = TimelineItem["reactions"][number];

/** How many names come before "and 3 others". */
const NAMED = 8;

/** What others think of a message: each kind once, to be joined or left with a press. */
export function Reactions({ item, acts, onAdd }: ReactionsProps) {
  const self = useSelf();
  const stop = useStop();
  const { write } = acts.powers;
  return (
    <ul aria-label="Reactions" className="mt-1 mb-0.5 flex flex-wrap gap-1">
      {item.reactions.map((reaction) => {
        const names = namesOf(reaction, self?.id ?? null);
        return (
          <li key={reaction.emoji}>
            <Tooltip text={names}>
              <button
                type="button"
                tabIndex={stop}
                aria-pressed={reaction.mine}
                aria-disabled={!write}
                aria-label={`${reaction.emoji} ${reaction.count}, ${names}`}
                onClick={() => write && acts.react(item, reaction.emoji)}
                className={cx(
                  "flex h-7 items-center gap-1.5 rounded-full border px-2 text-sm tabular-nums transition-colors pointer-coarse:h-8 pointer-coarse:px-2.5",
                  reaction.mine
                    ? "border-accent bg-accent-wash text-accent-text"
                    : "border-line bg-sheet text-ink-soft",
                  write ? "hover:border-line-strong" : "cursor-default!",
                )}
              >
                <span aria-hidden="true">{reaction.emoji}</span>
                <span aria-hidden="true" className="font-medium text-xs">
                  {reaction.count}
                </span>
              </button>
            </Tooltip>
          </li>
        );
      })}
      {write && (
        <li>
          <button
            type="button"
            tabIndex={stop}
            aria-label="Add a reaction"
            title="Add a reaction"
            onClick={onAdd}
            className="grid h-7 w-9 place-items-center rounded-full border border-line border-dashed text-ink-faint transition-colors hover:border-line-strong hover:text-ink pointer-coarse:h-8"
          >
            <SmilePlus size={15} aria-hidden="true" />
          </button>
        </li>
      )}
    </ul>
  );
}

function namesOf({ users, count }: Reaction, self: string | null): string {
  const names = users.slice(0, NAMED).map((user) => (user.id === self ? "you" : user.name));
  const others = count - names.length;
  if (others > 0) return `${names.join(", ")} and ${others} more`;
  const last = names.pop() ?? "";
  return names.length === 0 ? last : `${names.join(", ")} and ${last}`;
}
