import { LOBBY } from "@parley/sdk";
import { ArrowLeft, EllipsisVertical, Link2, LogOut, UserPlus, UsersRound } from "lucide-react";
import { useState } from "react";
import { HOME, roomPath } from "../app/route.ts";
import { InviteDialog } from "../people/invite-dialog.tsx";
import { counted } from "../text/counted.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { Link } from "../ui/link.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { notify } from "../ui/notices.ts";
import { LeaveRoom } from "./leave-room.tsx";
import type { RoomFace } from "./room-face.ts";
import { RoomIcon } from "./room-icon.tsx";

type RoomHeaderProps = {
  face: RoomFace;
  /** Whether the list of members is open. */
  panel: boolean;
  onPanel: () => void;
};

export function RoomHeader({ face, panel, onPanel }: RoomHeaderProps) {
  const [leaving, setLeaving] = useState(false);
  const [inviting, setInviting] = useState(false);
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
        <RoomIcon kind={face.kind} peer={face.peer} />
        <div className="min-w-0">
          <h1 className="truncate font-semibold leading-tight" dir="auto">
            {face.title}
          </h1>
          {face.topic !== "" && (
            <p className="truncate text-ink-faint text-xs leading-snug" dir="auto" title={face.topic}>
              {face.topic}
            </p>
          )}
        </div>
      </div>
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
          <MenuItem icon={<Link2 size={16} />} onSelect={() => copyLink(face.id)}>
            Copy the link to this room
          </MenuItem>
          {face.mine && face.kind !== "direct" && face.id !== LOBBY && (
            <>
              <MenuItem icon={<UserPlus size={16} />} onSelect={() => setInviting(true)}>
                Invite people
              </MenuItem>
              <MenuItem icon={<LogOut size={16} />} danger onSelect={() => setLeaving(true)}>
                Leave the room
              </MenuItem>
            </>
          )}
        </Menu>
      )}
      <LeaveRoom face={face} open={leaving} onOpenChange={setLeaving} />
      <InviteDialog face={face} open={inviting} onOpenChange={setInviting} />
    </header>
  );
}

/** The clipboard is only there on https and localhost; without it the address is shown to be copied by hand. */
async function copyLink(room: string): Promise<void> {
  const link = new URL(roomPath(room), location.origin).href;
  try {
    await navigator.clipboard.writeText(link);
    notify("The link is copied.");
  } catch {
    notify(link);
  }
}
