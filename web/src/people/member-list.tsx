import { LOBBY, type Room } from "@parley/sdk";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useSelf } from "../app/client.ts";
import type { RoomFace } from "../rooms/room-face.ts";
import { FaultText } from "../ui/fault-text.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { MemberRow } from "./member-row.tsx";
import { useMembers } from "./use-members.ts";

/** More rows than this are not drawn: nobody reads them, and a filter is better. */
const DRAWN = 200;

export function MemberList({ room, face }: { room: Room; face: RoomFace }) {
  const members = useMembers(room, face.members, true);
  const self = useSelf();
  const [inviting, setInviting] = useState(false);
  const all = members.state === "ready" ? members.members : [];
  return (
    <div className="min-h-0 grow overflow-y-auto px-3 pb-4">
      {face.mine && face.id !== LOBBY && (
        <button
          type="button"
          onClick={() => setInviting(true)}
          className="flex h-12 w-full items-center gap-3 rounded-xl px-2 text-accent-text text-sm transition-colors hover:bg-hover focus-visible:-outline-offset-2"
        >
          <span className="grid size-9 place-items-center rounded-full rounded-bl-[22%] bg-accent-wash">
            <UserPlus size={16} aria-hidden="true" />
          </span>
          Invite people
        </button>
      )}
      {members.state === "loading" && <p className="animate-breathe p-2 text-ink-faint text-sm">Looking…</p>}
      {members.state === "failed" && <FaultText text={members.text} className="p-2" />}
      <ul>
        {all.slice(0, DRAWN).map((member) => (
          <MemberRow key={member.id} member={member} self={member.id === self?.id} />
        ))}
      </ul>
      {all.length > DRAWN && <p className="p-2 text-ink-faint text-xs">And {all.length - DRAWN} more.</p>}
      <InviteDialog face={face} open={inviting} onOpenChange={setInviting} />
    </div>
  );
}
