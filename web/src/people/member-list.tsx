import { LIMITS, type Member, type Room } from "@parley/sdk";
import { useVirtualizer } from "@tanstack/react-virtual";
import { UserPlus } from "lucide-react";
import { useRef, useState } from "react";
import { useClient, useSelf } from "../app/client.ts";
import { useObserved } from "../app/observe.ts";
import type { RoomDetails } from "../rooms/details.ts";
import { matching } from "../rooms/list/matching.ts";
import { FaultText } from "../ui/fault-text.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { MemberRow } from "./member-row.tsx";
import { powersOf } from "./roles.ts";
import { useRoomPeople } from "./room-people.ts";

/** The height of a row, in pixels. */
const ROW = 48;
/** The height of the line above those who are here, and above the others. */
const TITLE = 32;
/** From this many on there is a field to find a member. */
const MANY = 12;

/** The members of a room. Only those in sight are drawn: there may be thousands. */
export function MemberList({ room, details }: { room: Room; details: RoomDetails }) {
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
  const here = named ? found.filter(({ id }) => online.has(id)) : [];
  const away = named ? found.filter(({ id }) => !online.has(id)) : found;
  const all: readonly Entry[] = named
    ? [...section("Here", here), ...section(presence.unknown ? "Not known" : "Away", away, here.length)]
    : away.map((member, at) => ({ member, at: at + 1 }));
  const rows = useVirtualizer({
    count: all.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => (all[index] && "title" in all[index] ? TITLE : ROW),
    getItemKey: (index) => keyOf(all[index], index),
    overscan: 8,
  });
  return (
    <div className="flex min-h-0 grow flex-col">
      <div className="shrink-0 px-3">
        {presence?.unknown && (
          <p role="status" className="px-2 pb-2 text-ink-faint text-xs">
            The server cannot see who is connected to other servers. Messages arrive as usual.
          </p>
        )}
        {presence !== null && !named && (
          <p className="px-2 pb-2 text-ink-faint text-xs">
            {presence.count.toLocaleString("en")} here now
            {details.members !== null &&
              details.members > LIMITS.presence_list &&
              " (in large rooms they are only counted)"}
          </p>
        )}
        {powersOf(details.kind, details.role, details.lobby).invite && !details.archived && (
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
        {people.state === "loading" && <p className="animate-breathe p-2 text-ink-faint text-sm">Loading…</p>}
        <FaultText text={people.fault} className="p-2" />
        <p role="status" className="p-2 text-ink-faint text-sm empty:hidden">
          {people.state === "ready" && found.length === 0 && "No member has this name."}
        </p>
      </div>
      <div ref={box} className="min-h-0 grow overflow-y-auto px-3 pb-4">
        <ul aria-label="Members" className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const auth = all[row.index];
            if (auth === undefined) return null;
            if ("title" in auth) {
              return (
                <li
                  key={row.key}
                  className="absolute inset-x-0 flex items-end px-2 pb-1 font-semibold text-ink-faint text-xs"
                  style={{ top: row.start, height: TITLE }}
                >
                  {auth.title}
                </li>
              );
            }
            const { member, at } = auth;
            return (
              <li
                key={row.key}
                aria-setsize={found.length}
                aria-posinset={at}
                className="absolute inset-x-0"
                style={{ top: row.start, height: ROW }}
              >
                <MemberRow room={room} details={details} member={member} self={member.id === self?.id} />
              </li>
            );
          })}
        </ul>
      </div>
      <InviteDialog room={room} details={details} open={inviting} onOpenChange={setInviting} />
    </div>
  );
}

/** A member with their place among all that are listed, or the line above a section. */
type Entry = { readonly title: string } | { readonly member: Member; readonly at: number };

/** A section with how many are in it; none where it is empty. */
function section(name: string, members: readonly Member[], before = 0): Entry[] {
  if (members.length === 0) return [];
  return [
    { title: `${name} · ${members.length.toLocaleString("en")}` },
    ...members.map((member, at) => ({ member, at: before + at + 1 })),
  ];
}

function keyOf(auth: Entry | undefined, index: number): string | number {
  if (auth === undefined) return index;
  return "title" in auth ? auth.title : auth.member.id;
}
