import type { RoomView } from "@parley/sdk";
import { Compass, Plus, Search } from "lucide-react";
import { useRef } from "react";
import { useConnection, useRooms } from "../app/client.ts";
import { ConnectionBanner } from "../app/connection-banner.tsx";
import { BROWSE } from "../app/route.ts";
import { useArrival } from "../app/use-arrival.ts";
import { cx } from "../ui/classes.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { Link } from "../ui/link.tsx";
import { Mark } from "../ui/mark.tsx";
import { CURRENT, ROW, RoomLink } from "./room-link.tsx";
import { SelfMenu } from "./self-menu.tsx";

type SidebarProps = {
  className: string | false;
  /** The room that is open, if any. */
  open: string | null;
  /** Whether the public rooms are looked through. */
  browsing: boolean;
  /** Rooms where something new happened. */
  active: ReadonlySet<string>;
  onCreate: () => void;
  onSwitch: () => void;
  /** Whether the list stands alone, as it does on a phone. */
  alone: boolean;
};

/** What people call the key that goes with a shortcut. */
const COMMAND = /mac|iphone|ipad/iu.test(navigator.userAgent) ? "⌘" : "Ctrl";

/** My rooms, the ways to more of them, and who I am. */
export function Sidebar({ className, open, browsing, active, onCreate, onSwitch, alone }: SidebarProps) {
  const rooms = useRooms();
  const nav = useRef<HTMLElement>(null);
  useArrival(nav, alone);
  const Title = alone ? "h1" : "p";
  const waiting = useConnection().state !== "live" && rooms.length === 0;
  const talks = rooms.filter((room) => room.kind === "direct");
  return (
    <nav
      ref={nav}
      tabIndex={-1}
      aria-label="Rooms"
      className={cx("flex h-full w-full flex-col md:w-68 md:shrink-0", className || undefined)}
    >
      <div className="flex h-16 shrink-0 items-center gap-2.5 pr-3 pl-5 pt-[env(safe-area-inset-top)]">
        <Mark size={30} />
        <Title className="grow font-semibold text-lg tracking-tight">Parley</Title>
        <IconButton
          label={`Go to a room (${COMMAND} K)`}
          onClick={onSwitch}
          className="pointer-coarse:hidden"
        >
          <Search size={17} aria-hidden="true" />
        </IconButton>
      </div>
      <div className="min-h-0 grow overflow-y-auto px-3 pb-4">
        <div className="mt-1 mb-1 flex h-9 items-center pl-2.5">
          <h2 className="grow font-semibold text-ink-faint text-xs">Rooms</h2>
          <IconButton label="Create a room" className="size-8" onClick={onCreate}>
            <Plus size={17} aria-hidden="true" />
          </IconButton>
        </div>
        {waiting && <Placeholders />}
        <RoomList rooms={rooms.filter((room) => room.kind !== "direct")} open={open} active={active} />
        <Link
          to={BROWSE}
          aria-current={browsing ? "page" : undefined}
          className={cx(ROW, "mt-0.5", browsing ? CURRENT : "text-ink-faint hover:bg-hover hover:text-ink")}
        >
          <span className="grid size-6 place-items-center">
            <Compass size={16} aria-hidden="true" />
          </span>
          Browse rooms
        </Link>
        {talks.length > 0 && (
          <>
            <h2 className="mt-5 mb-1 flex h-9 items-center pl-2.5 font-semibold text-ink-faint text-xs">
              Direct conversations
            </h2>
            <RoomList rooms={talks} open={open} active={active} />
          </>
        )}
      </div>
      {alone && <ConnectionBanner />}
      <SelfMenu />
    </nav>
  );
}

function RoomList({
  rooms,
  open,
  active,
}: { rooms: readonly RoomView[] } & Pick<SidebarProps, "open" | "active">) {
  return (
    <ul className="flex flex-col gap-0.5">
      {rooms.map((room) => (
        <RoomLink key={room.id} room={room} current={room.id === open} active={active.has(room.id)} />
      ))}
    </ul>
  );
}

function Placeholders() {
  return (
    <div aria-hidden="true" className="flex animate-breathe flex-col gap-3 px-2.5 py-2">
      {["w-24", "w-36", "w-28"].map((width) => (
        <div key={width} className="flex items-center gap-2.5">
          <span className="size-5 rounded-lg bg-line" />
          <span className={cx("h-3 rounded-full bg-line", width)} />
        </div>
      ))}
    </div>
  );
}
