import type { Room, TimelineItem, TimelineView } from "@parley/sdk";
import { CheckCheck } from "lucide-react";
import { useObserved, useSelected } from "../../app/observe.ts";
import { useRoomPeople } from "../../people/room-people.ts";
import { Tooltip } from "../../ui/tooltip.tsx";

/** What lies further up than so many messages was seen long ago. */
const RECENT = 10;
/** Names before "and 2 more". */
const NAMED = 3;

/** Who is writing, and who has seen the last own message. One line that is always there, so that nothing moves. */
export function SignalStrip({ room, direct }: { room: Room; direct: boolean }) {
  return (
    <div className="mx-auto flex h-6 w-full max-w-3xl shrink-0 items-center justify-between gap-4 px-4 text-ink-faint text-xs md:px-5">
      <Typing room={room} />
      <Seen room={room} direct={direct} />
    </div>
  );
}

function Typing({ room }: { room: Room }) {
  const writers = useObserved(room.typing);
  const names = writers.map(({ name }) => name);
  return (
    <p className="flex min-w-0 items-center gap-2">
      {names.length > 0 && (
        <>
          <span aria-hidden="true" className="flex shrink-0 gap-0.5">
            {[0, 1, 2].map((dot) => (
              <span
                key={dot}
                className="size-1 animate-breathe rounded-full bg-ink-faint nth-2:[animation-delay:200ms] nth-3:[animation-delay:400ms]"
              />
            ))}
          </span>
          <span className="truncate" dir="auto">
            {typingText(names)}
          </span>
        </>
      )}
    </p>
  );
}

function typingText(names: readonly string[]): string {
  const [first, second] = names;
  if (names.length === 1) return `${first} is writing…`;
  if (names.length === 2) return `${first} and ${second} are writing…`;
  return "Several people are writing…";
}

/** The last own message; null where others have talked on since. */
function lastOwn({ items, hasAfter }: TimelineView): TimelineItem | null {
  if (hasAfter) return null;
  return items.slice(-RECENT).findLast((item) => item.own && item.seq !== null && !item.deleted) ?? null;
}

function Seen({ room, direct }: { room: Room; direct: boolean }) {
  const receipts = useObserved(room.receipts);
  const own = useSelected(room.timeline, lastOwn);
  const { byId } = useRoomPeople();
  if (receipts === null || own?.seq == null) return null;
  const { seq } = own;
  const names = [...receipts]
    .filter(([id, read]) => read >= seq && id !== own.author)
    .flatMap(([id]) => byId.get(id)?.name ?? []);
  if (names.length === 0) return null;
  const text = direct
    ? "Seen"
    : names.length <= NAMED
      ? `Seen by ${names.join(", ")}`
      : `Seen by ${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`;
  return (
    <Tooltip text={`Your last message was seen by ${names.join(", ")}`}>
      <p className="flex min-w-0 items-center gap-1">
        <CheckCheck size={13} aria-hidden="true" className="shrink-0" />
        <span className="truncate" dir="auto">
          {text}
        </span>
      </p>
    </Tooltip>
  );
}
