import { roomPath } from "../app/route.ts";
import { plainWords } from "../text/markdown.ts";
import { fullTime, shortTime } from "../text/time.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Link } from "../ui/link.tsx";
import { partsOf } from "./highlight.ts";
import type { Hit } from "./use-search.ts";

type HitRowProps = { hit: Hit; terms: readonly string[]; direct: { id: string; name: string } | null };

/** A message that was found; it links to its place in the room. */
export function HitRow({ hit: { room, room_name, message }, terms, direct }: HitRowProps) {
  return (
    <li>
      <Link
        to={roomPath(room, message.seq)}
        className="flex gap-3 rounded-2xl px-3 py-3 transition-colors hover:bg-hover-sheet focus-visible:-outline-offset-2"
      >
        <span className="pt-0.5">
          <Avatar id={message.author} name={message.name} />
        </span>
        <span className="min-w-0 grow">
          <span className="flex flex-wrap items-baseline gap-x-2 text-ink-faint text-xs">
            <span className="max-w-full truncate font-semibold text-ink text-sm" dir="auto">
              {message.name}
            </span>
            <span className="min-w-0 max-w-full truncate" dir="auto">
              in {room_name ?? `a conversation${direct ? ` with ${direct.name}` : ""}`}
            </span>
            <time dateTime={new Date(message.at).toISOString()} title={fullTime(message.at)}>
              {shortTime(message.at, Date.now())}
            </time>
          </span>
          <span className="mt-0.5 line-clamp-3 wrap-anywhere" dir="auto">
            {partsOf(plainWords(message.text), terms).map((part, index) =>
              part.hit ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move.
                <mark key={index} className="rounded-sm bg-signal-wash px-0.5 font-medium text-signal-ink">
                  {part.text}
                </mark>
              ) : (
                part.text
              ),
            )}
          </span>
        </span>
      </Link>
    </li>
  );
}
