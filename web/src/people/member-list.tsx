import { LIMITS, type Room } from "@parley/sdk";
import { useVirtualizer } from "@tanstack/react-virtual";
import { UserPlus } from "lucide-react";
import { useRef, useState } from "react";
import { useClient, useSelf } from "../app/client.ts";
import { useObserved } from "../app/observe.ts";
import { matching } from "../rooms/matching.ts";
import type { RoomFace } from "../rooms/room-face.ts";
import { FaultText } from "../ui/fault-text.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { MemberRow } from "./member-row.tsx";
import { powersOf } from "./roles.ts";
import { useRoomPeople } from "./room-people.ts";

/** The height of a row, in pixels. */
const ROW = 48;
/** From this many on there is a field to find somebody. */
const MANY = 12;

/** The members of a room. Only those in sight are drawn: there may be thousands. */
export function MemberList({ room, face }: { room: Room; face: RoomFace }) {
  const people = useRoomPeople();
  const self = useSelf();
  const online = useObserved(useClient().online);
  const presence = useObserved(room.presence);
  const [inviting, setInviting] = useState(false);
  const [filter, setFilter] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const named = presence !== null && presence.online !== null;
  const found = matching(people.members, filter, (member) => member.name);
  // Where it is known who is here, they come first; the order among them stays.
  const all = named
    ? [...found.filter(({ id }) => online.has(id)), ...found.filter(({ id }) => !online.has(id))]
    : found;
  const rows = useVirtualizer({
    count: all.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    getItemKey: (index) => all[index]?.id ?? index,
    overscan: 8,
  });
  return (
    <div className="flex min-h-0 grow flex-col">
      <div className="shrink-0 px-3">
        {presence !== null && (
          <p className="px-2 pb-2 text-ink-faint text-xs">
            {presence.count.toLocaleString("en")} here now
            {face.members !== null &&
              face.members > LIMITS.presence_list &&
              " (in large rooms they are only counted)"}
          </p>
        )}
        {powersOf(face.kind, face.role, face.lobby).invite && !face.archived && (
          <button
            type="button"
            onClick={() => setInviting(true)}
            className="flex h-12 w-full items-center gap-3 rounded-xl px-2 text-accent-text text-sm transition-colors hover:bg-hover-sheet focus-visible:-outline-offset-2"
          >
            <span className="grid size-9 place-items-center rounded-full rounded-bl-[22%] bg-accent-wash">
              <UserPlus size={16} aria-hidden="true" />
            </span>
            Invite people
          </button>
        )}
        {people.members.length >= MANY && (
          <input
            type="search"
            aria-label="Find a member"
            placeholder="Find a member"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            className="my-1.5 h-9 w-full rounded-xl border border-line-strong bg-sheet px-3 text-base placeholder:text-ink-faint placeholder:text-sm focus-visible:outline-offset-0 md:text-sm"
          />
        )}
        {people.state === "loading" && <p className="animate-breathe p-2 text-ink-faint text-sm">Looking…</p>}
        <FaultText text={people.fault} className="p-2" />
        <p role="status" className="p-2 text-ink-faint text-sm empty:hidden">
          {people.state === "ready" && all.length === 0 && "Nobody here is called like that."}
        </p>
      </div>
      <div ref={box} className="min-h-0 grow overflow-y-auto px-3 pb-4">
        <ul aria-label="Members" className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const member = all[row.index];
            return (
              member !== undefined && (
                <li
                  key={row.key}
                  aria-setsize={all.length}
                  aria-posinset={row.index + 1}
                  className="absolute inset-x-0"
                  style={{ top: row.start, height: ROW }}
                >
                  <MemberRow room={room} face={face} member={member} self={member.id === self?.id} />
                </li>
              )
            );
          })}
        </ul>
      </div>
      <InviteDialog room={room} face={face} open={inviting} onOpenChange={setInviting} />
    </div>
  );
}
