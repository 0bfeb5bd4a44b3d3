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
import type { RoomFace } from "../details.ts";
import { LeaveRoom } from "../dialogs/leave-room.tsx";
import { SettingsDialog } from "../dialogs/settings-dialog.tsx";
import { RoomIcon } from "../list/room-icon.tsx";

type RoomHeaderProps = {
  room: Room;
  face: RoomFace;
  /** Whether the list of members is open. */
  panel: boolean;
  onPanel: () => void;
};

export function RoomHeader({ room, face, panel, onPanel }: RoomHeaderProps) {
  const [leaving, setLeaving] = useState(false);
  const [inviting, setInviting] = useState(false);
  const [settling, setSettling] = useState(false);
  const here = useOnline(face.peer?.id ?? "");
  const powers = powersOf(face.kind, face.role, face.lobby);
  const settled = face.members !== null;
  const people = face.members === null ? "Members" : counted(face.members, "member");
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
        <RoomIcon kind={face.kind} peer={face.peer} archived={face.archived} />
        <div className="min-w-0">
          <h1 className="truncate font-semibold leading-tight" dir="auto">
            {face.title}
            {face.archived && (
              <span className="ml-2 font-normal text-ink-faint text-xs max-md:hidden">archived</span>
            )}
          </h1>
          {face.kind === "direct" && face.members !== null && (
            <p className="text-ink-faint text-xs leading-snug">{here ? "Here now" : "Not here"}</p>
          )}
          {face.topic !== "" && (
            <p className="truncate text-ink-faint text-xs leading-snug" dir="auto" title={face.topic}>
              {face.topic}
            </p>
          )}
        </div>
      </div>
      {settled && (
        <IconButton
          label="Search in this room"
          className="max-md:hidden"
          onClick={() => navigate(searchPath({ room: face.id }))}
        >
          <Search size={18} aria-hidden="true" />
        </IconButton>
      )}
      {settled && face.kind !== "direct" && (
        <IconButton
          label={people}
          aria-pressed={panel}
          onClick={onPanel}
          className="w-auto! grid-flow-col gap-1.5 px-2.5 text-sm aria-pressed:bg-accent-wash aria-pressed:text-accent-text"
        >
          <UsersRound size={18} aria-hidden="true" />
          <span aria-hidden="true" className="tabular-nums">
            {face.members?.toLocaleString("en")}
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
            onSelect={() => navigate(searchPath({ room: face.id }))}
          >
            Search in this room
          </MenuItem>
          <MenuItem icon={<Link2 size={16} />} onSelect={() => copyLink(face.id)}>
            Copy the link to this room
          </MenuItem>
          {powers.invite && !face.archived && (
            <MenuItem icon={<UserPlus size={16} />} onSelect={() => setInviting(true)}>
              Invite people
            </MenuItem>
          )}
          {(powers.rename || powers.archive) && (
            <MenuItem icon={<Settings size={16} />} onSelect={() => setSettling(true)}>
              Room settings
            </MenuItem>
          )}
          {face.mine && face.kind !== "direct" && !face.lobby && (
            <MenuItem icon={<LogOut size={16} />} danger onSelect={() => setLeaving(true)}>
              Leave the room
            </MenuItem>
          )}
        </Menu>
      )}
      <LeaveRoom face={face} open={leaving} onOpenChange={setLeaving} />
      <InviteDialog room={room} face={face} open={inviting} onOpenChange={setInviting} />
      <SettingsDialog room={room} face={face} open={settling} onOpenChange={setSettling} />
    </header>
  );
}

function copyLink(room: string): void {
  void copyText(new URL(roomPath(room), location.origin).href, "The link is copied.");
}
