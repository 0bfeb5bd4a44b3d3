import type { Room } from "@parley/sdk";
import {
  ArrowLeft,
  EllipsisVertical,
  Link2,
  LogOut,
  Search,
  Settings,
  UserPlus,
  UsersRound,
} from "lucide-react";
import { useState } from "react";
import { navigate } from "../../app/navigation.ts";
import { HOME, roomPath, searchPath } from "../../app/route.ts";
import { InviteDialog } from "../../people/invite-dialog.tsx";
import { useOnline } from "../../people/person-avatar.tsx";
import { powersOf } from "../../people/roles.ts";
import { counted } from "../../text/counted.ts";
import { copyText } from "../../ui/clipboard.ts";
import { IconButton } from "../../ui/icon-button.tsx";
import { Link } from "../../ui/link.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import type { RoomDetails } from "../details.ts";
import { LeaveRoom } from "../dialogs/leave-room.tsx";
import { SettingsDialog } from "../dialogs/settings-dialog.tsx";
import { RoomIcon } from "../list/room-icon.tsx";

type RoomHeaderProps = {
  room: Room;
  details: RoomDetails;
  /** Whether the list of members is open. */
  panel: boolean;
  onPanel: () => void;
};

export function RoomHeader({ room, details, panel, onPanel }: RoomHeaderProps) {
  const [leaving, setLeaving] = useState(false);
  const [inviting, setInviting] = useState(false);
  const [settling, setSettling] = useState(false);
  const here = useOnline(details.peer?.id ?? "");
  const powers = powersOf(details.kind, details.role, details.lobby);
  const settled = details.members !== null;
  const people = details.members === null ? "Members" : counted(details.members, "member");
  return (
    <header className="flex min-h-16 shrink-0 items-center gap-1 border-line border-b px-2 pt-[env(safe-area-inset-top)] md:px-4">
      <Link
        to={HOME}
        aria-label="Back to my rooms"
        className="grid size-10 shrink-0 place-items-center rounded-xl text-ink-soft hover:bg-hover md:hidden"
      >
        <ArrowLeft size={20} aria-hidden="true" />
      </Link>
      <div className="flex min-w-0 grow items-center gap-2.5 px-1">
        <RoomIcon kind={details.kind} peer={details.peer} archived={details.archived} />
        <div className="min-w-0">
          <h1 className="truncate font-semibold leading-tight" dir="auto">
            {details.title}
            {details.archived && (
              <span className="ml-2 font-normal text-ink-faint text-xs max-md:hidden">archived</span>
            )}
          </h1>
          {details.kind === "direct" && details.members !== null && (
            <p className="text-ink-faint text-xs leading-snug">{here ? "Here now" : "Not here"}</p>
          )}
          {details.topic !== "" && (
            <p className="truncate text-ink-faint text-xs leading-snug" dir="auto" title={details.topic}>
              {details.topic}
            </p>
          )}
        </div>
      </div>
      {settled && (
        <IconButton
          label="Search in this room"
          className="max-md:hidden"
          onClick={() => navigate(searchPath({ room: details.id }))}
        >
          <Search size={18} aria-hidden="true" />
        </IconButton>
      )}
      {settled && details.kind !== "direct" && (
        <IconButton
          label={people}
          aria-pressed={panel}
          onClick={onPanel}
          className="w-auto! grid-flow-col gap-1.5 px-2.5 text-sm aria-pressed:bg-accent-wash aria-pressed:text-accent-text"
        >
          <UsersRound size={18} aria-hidden="true" />
          <span aria-hidden="true" className="tabular-nums">
            {details.members?.toLocaleString("en")}
          </span>
        </IconButton>
      )}
      {settled && (
        <Menu
          trigger={
            <IconButton label="More about this room">
              <EllipsisVertical size={18} aria-hidden="true" />
            </IconButton>
          }
        >
          <MenuItem
            icon={<Search size={16} />}
            className="md:hidden"
            onSelect={() => navigate(searchPath({ room: details.id }))}
          >
            Search in this room
          </MenuItem>
          <MenuItem icon={<Link2 size={16} />} onSelect={() => copyLink(details.id)}>
            Copy the link to this room
          </MenuItem>
          {powers.invite && !details.archived && (
            <MenuItem icon={<UserPlus size={16} />} onSelect={() => setInviting(true)}>
              Invite people
            </MenuItem>
          )}
          {(powers.rename || powers.archive) && (
            <MenuItem icon={<Settings size={16} />} onSelect={() => setSettling(true)}>
              Room settings
            </MenuItem>
          )}
          {details.mine && details.kind !== "direct" && !details.lobby && (
            <MenuItem icon={<LogOut size={16} />} danger onSelect={() => setLeaving(true)}>
              Leave the room
            </MenuItem>
          )}
        </Menu>
      )}
      <LeaveRoom details={details} open={leaving} onOpenChange={setLeaving} />
      <InviteDialog room={room} details={details} open={inviting} onOpenChange={setInviting} />
      <SettingsDialog room={room} details={details} open={settling} onOpenChange={setSettling} />
    </header>
  );
}

function copyLink(room: string): void {
  void copyText(new URL(roomPath(room), location.origin).href, "The link is copied.");
}
