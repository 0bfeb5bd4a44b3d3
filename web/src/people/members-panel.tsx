import type { Room } from "@parley/sdk";
import { X } from "lucide-react";
import type { RoomDetails } from "../rooms/details.ts";
import { Dialog } from "../ui/dialog.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { MemberList } from "./member-list.tsx";

type MembersPanelProps = {
  room: Room;
  details: RoomDetails;
  open: boolean;
  /** There is room beside the messages; else it comes over them. */
  inline: boolean;
  onOpenChange: (open: boolean) => void;
};

/** Who is in the room. */
export function MembersPanel({ room, details, open, inline, onOpenChange }: MembersPanelProps) {
  if (details.kind === "direct") return null;
  if (!inline) {
    return (
      <Dialog open={open} onOpenChange={onOpenChange} title="Members" place="side">
        <MemberList room={room} details={details} />
      </Dialog>
    );
  }
  if (!open) return null;
  return (
    <aside aria-label="Members" className="flex w-64 shrink-0 flex-col border-line border-l">
      <div className="flex h-16 shrink-0 items-center pr-3 pl-5">
        <h2 className="grow font-semibold text-sm">Members</h2>
        <IconButton label="Close the members" onClick={() => onOpenChange(false)}>
          <X size={17} aria-hidden="true" />
        </IconButton>
      </div>
      <MemberList room={room} details={details} />
    </aside>
  );
}
