import type { RoomView } from "@parley/sdk";
import { Compass, Plus, Search, TextSearch } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useConnection, useRooms } from "../../app/client.ts";
import { ConnectionBanner } from "../../app/connection-banner.tsx";
import { useArrival } from "../../app/hooks/use-arrival.ts";
import { BROWSE, searchPath } from "../../app/route.ts";
import { cx } from "../../ui/classes.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { Link } from "../../ui/link.tsx";
import { Logo } from "../../ui/logo.tsx";
import { CURRENT, ROW, RoomLink } from "./room-link.tsx";
import { SelfMenu } from "./self-menu.tsx";
import { useUnreadRooms } from "./use-unread-rooms.ts";

type SidebarProps = {
  className: string | false;
  /** The room that is open, if any. */
  open: string | null;
  /** Whether the public rooms are looked through, or messages searched. */
  elsewhere: "browse" | "search" | null;
  onCreate: () => void;
  onSwitch: () => void;
  /** Whether the list is shown alone, as on a phone. */
  alone: boolean;
};

/** What people call the key that goes with a shortcut. */
const COMMAND = /mac|iphone|ipad/iu.test(navigator.userAgent) ? "⌘" : "Ctrl";

/** My rooms, the ways to more of them, and who I am. */
export function Sidebar({ className, open, elsewhere, onCreate, onSwitch, alone }: SidebarProps) {
  const rooms = useRooms();
  const nav = useRef<HTMLElement>(null);
  useArrival(nav, alone);
  const Title = alone ? "h1" : "p";
  const waiting = useConnection().state !== "live" && rooms.length === 0;
  const unread = useUnreadRooms(rooms, open);
  const others = rooms.filter((room) => !unread.includes(room));
  return (
    <nav
      ref={nav}
      tabIndex={-1}
      aria-label="Rooms"
      className={cx("flex h-full w-full flex-col md:w-68 md:shrink-0", className || undefined)}
    >
      <div className="flex h-16 shrink-0 items-center gap-2.5 pr-3 pl-5 pt-[env(safe-area-inset-top)]">
        <Logo size={30} />
        <Title className="grow font-semibold text-lg tracking-tight">Parley</Title>
      </div>
      <div className="shrink-0 px-3 pb-2">
        <button
          type="button"
          onClick={onSwitch}
          aria-keyshortcuts="Control+K Meta+K"
          className="flex h-9 w-full items-center gap-2.5 rounded-xl border border-line bg-sheet/60 px-2.5 text-left text-ink-faint text-sm transition-colors hover:border-line-strong hover:bg-sheet hover:text-ink pointer-coarse:h-11"
        >
          <Search size={16} aria-hidden="true" className="mx-1" />
          <span className="grow truncate">Go to a room</span>
          <span aria-hidden="true" className="shrink-0 text-xs pointer-coarse:hidden">
            {COMMAND} K
          </span>
        </button>
      </div>
      <div className="min-h-0 grow overflow-y-auto px-3 pb-4">
        <SidebarLink
          to={searchPath({})}
          here={elsewhere === "search"}
          icon={<TextSearch size={16} />}
          text="Search messages"
        />
        <SidebarLink
          to={BROWSE}
          here={elsewhere === "browse"}
          icon={<Compass size={16} />}
          text="Browse rooms"
        />
        {unread.length > 0 && (
          <>
            <h2 className="mt-4 mb-1 flex h-9 items-center pl-2.5 font-semibold text-ink-faint text-xs">
              Unread
            </h2>
            <RoomList rooms={unread} open={open} />
          </>
        )}
        <div className="mt-4 mb-1 flex h-9 items-center pl-2.5">
          <h2 className="grow font-semibold text-ink-faint text-xs">Rooms</h2>
          <IconButton label="Create a room" className="size-8" onClick={onCreate}>
            <Plus size={17} aria-hidden="true" />
          </IconButton>
        </div>
        {waiting && <Placeholders />}
        <RoomList rooms={others.filter((room) => room.kind !== "direct")} open={open} />
        <div className="mt-4 mb-1 flex h-9 items-center pl-2.5">
          <h2 className="grow font-semibold text-ink-faint text-xs">Direct conversations</h2>
          <IconButton label="Start a conversation" className="size-8" onClick={onSwitch}>
            <Plus size={17} aria-hidden="true" />
          </IconButton>
        </div>
        <RoomList rooms={others.filter((room) => room.kind === "direct")} open={open} />
      </div>
      {alone && <ConnectionBanner room={null} />}
      <SelfMenu />
    </nav>
  );
}

function RoomList({ rooms, open }: { rooms: readonly RoomView[] } & Pick<SidebarProps, "open">) {
  return (
    <ul className="flex flex-col gap-0.5">
      {rooms.map((room) => (
        <RoomLink key={room.id} room={room} current={room.id === open} />
      ))}
    </ul>
  );
}

function SidebarLink({ to, here, icon, text }: { to: string; here: boolean; icon: ReactNode; text: string }) {
  return (
    <Link
      to={to}
      aria-current={here ? "page" : undefined}
      className={cx(ROW, "mt-0.5", here ? CURRENT : "text-ink-faint hover:bg-hover hover:text-ink")}
    >
      <span aria-hidden="true" className="grid size-6 place-items-center">
        {icon}
      </span>
      {text}
    </Link>
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
