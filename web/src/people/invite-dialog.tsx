import { LOBBY, type Member } from "@parley/sdk";
import { useState } from "react";
import { useClient } from "../app/client.ts";
import { ensureLive } from "../app/ensure-live.ts";
import { matching } from "../rooms/matching.ts";
import type { RoomFace } from "../rooms/room-face.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { FaultText } from "../ui/fault-text.tsx";
import { faultText } from "../ui/fault-words.ts";
import { Field } from "../ui/field.tsx";
import { useMembers } from "./use-members.ts";

type InviteDialogProps = { face: RoomFace; open: boolean; onOpenChange: (open: boolean) => void };

/** Makes others members. Everybody is in the lobby, so its members are who can be invited. */
export function InviteDialog({ face, open, onOpenChange }: InviteDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Invite people to ${face.title}`}>
      <Invite face={face} />
    </Dialog>
  );
}

function Invite({ face }: { face: RoomFace }) {
  const client = useClient();
  const everybody = useMembers(client.room(LOBBY), null, true);
  const present = useMembers(client.room(face.id), face.members, true);
  const [filter, setFilter] = useState("");
  const inside = new Set(present.state === "ready" ? present.members.map((member) => member.id) : []);
  const ready = everybody.state === "ready" && present.state === "ready";
  const outside = ready ? everybody.members.filter((member) => !inside.has(member.id)) : [];
  const found = matching(outside, filter, (member) => member.name).slice(0, 50);
  const fault =
    everybody.state === "failed" ? everybody.text : present.state === "failed" ? present.text : null;
  return (
    <div className="flex min-h-0 flex-col gap-3 p-6 pt-3">
      <Field
        label="Name"
        type="search"
        autoComplete="off"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      <FaultText text={fault} />
      <ul className="-mx-2 min-h-40 overflow-y-auto sm:max-h-80">
        {found.map((member) => (
          <InviteRow key={member.id} face={face} member={member} />
        ))}
      </ul>
      <p role="status" className="text-ink-faint text-sm empty:hidden">
        {ready &&
          found.length === 0 &&
          (outside.length === 0 ? "Everybody is in it already." : "Nobody is called like that.")}
      </p>
    </div>
  );
}

function InviteRow({ face, member }: { face: RoomFace; member: Member }) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const invite = async () => {
    setBusy(true);
    setFault(null);
    try {
      ensureLive(client);
      await client.invite(face.id, member.id);
    } catch (error) {
      setFault(faultText(error));
      setBusy(false);
    }
  };
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-3 px-2 py-1.5">
      <Avatar id={member.id} name={member.name} />
      <span className="min-w-0 grow truncate text-sm" dir="auto">
        {member.name}
      </span>
      <Button small disabled={busy} onClick={invite} aria-label={`Invite ${member.name}`}>
        {busy ? "Inviting…" : "Invite"}
      </Button>
      <FaultText text={fault} />
    </li>
  );
}
