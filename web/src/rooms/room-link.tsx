import type { RoomView } from "@parley/sdk";
import { roomPath } from "../app/route.ts";
import { cx } from "../ui/classes.ts";
import { Link } from "../ui/link.tsx";
import { RoomIcon } from "./room-icon.tsx";

/** A row of the list, and the one that is open. */
export const ROW =
  "flex h-10 items-center gap-2.5 rounded-xl px-2.5 transition-colors focus-visible:outline-offset-0 pointer-coarse:h-12";
export const CURRENT = "bg-sheet font-medium text-ink shadow-sheet";

/** One of my rooms, in the list. `active` means that something happened there that was not seen yet. */
export function RoomLink({ room, current, active }: { room: RoomView; current: boolean; active: boolean }) {
  return (
    <li>
      <Link
        to={roomPath(room.id)}
        aria-current={current ? "page" : undefined}
        className={cx(
          ROW,
          current ? CURRENT : "text-ink-soft hover:bg-hover hover:text-ink",
          active && !current && "font-semibold text-ink",
        )}
      >
        <RoomIcon kind={room.kind} peer={room.peer} />
        <span className="min-w-0 grow truncate" dir="auto">
          {room.title}
        </span>
        {active && !current && (
          <span className="size-2 shrink-0 rounded-full bg-signal">
            <span className="sr-only">New activity</span>
          </span>
        )}
      </Link>
    </li>
  );
}
