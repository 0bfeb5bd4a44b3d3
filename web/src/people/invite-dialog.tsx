import type { Room } from "@parley/sdk";
import { Check } from "lucide-react";
import { useState } from "react";
import { useClient } from "../app/client.ts";
import { ensureLive } from "../app/ensure-live.ts";
import type { RoomDetails } from "../rooms/details.ts";
import type { Named } from "../text/mentions.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { FaultText } from "../ui/fault-text.tsx";
import { faultText } from "../ui/fault-words.ts";
import { Field } from "../ui/field.tsx";
import { useRoomPeople } from "./room-people.ts";
import { usePeopleSearch } from "./use-people-search.ts";

type InviteDialogProps = {
  room: Room;
  details: RoomDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

/** Makes others members. */
export function InviteDialog({ room, details, open, onOpenChange }: InviteDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Invite people to ${details.title}`}>
      <Invite room={room} />
    </Dialog>
  );
}

function Invite({ room }: { room: Room }) {
  const [filter, setFilter] = useState("");
  const present = useRoomPeople();
  const { people, busy, fault } = usePeopleSearch(filter);
  /** Who was invited here stays in the list, with a tick: rows that vanish under the pointer make for wrong presses. */
  const [invited, setInvited] = useState<ReadonlySet<string>>(new Set());
  const found = people.filter(({ id }) => invited.has(id) || !present.byId.has(id));
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
      <ul className="-mx-2 h-72 overflow-y-auto">
        {found.map((person) => (
          <InviteRow
            key={person.id}
            room={room}
            person={person}
            invited={invited.has(person.id)}
            onInvited={() => setInvited((before) => new Set(before).add(person.id))}
          />
        ))}
        <li role="status" className="px-2 text-ink-faint text-sm empty:hidden">
          {!busy && fault === null && found.length === 0 && emptyText(filter, people.length > 0)}
        </li>
      </ul>
    </div>
  );
}

function emptyText(filter: string, inside: boolean): string {
  if (!inside) return "No one has this name.";
  return filter.trim() === "" ? "Everyone is a member already." : "They are members already.";
}

type InviteRowProps = { room: Room; person: Named; invited: boolean; onInvited: () => void };

function InviteRow({ room, person, invited, onInvited }: InviteRowProps) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const invite = async () => {
    setBusy(true);
    setFault(null);
    try {
      ensureLive(client);
      await room.invite(person.id);
      onInvited();
    } catch (error) {
      setFault(faultText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-3 px-2 py-1.5">
      <Avatar id={person.id} name={person.name} />
      <span className="min-w-0 grow truncate text-sm" dir="auto">
        {person.name}
      </span>
      {invited ? (
        <span className="flex h-8 items-center gap-1.5 px-2 text-accent-text text-sm">
          <Check size={15} aria-hidden="true" /> Invited
        </span>
      ) : (
        <Button small disabled={busy} onClick={invite} aria-label={`Invite ${person.name}`}>
          {busy ? "Inviting…" : "Invite"}
        </Button>
      )}
      <FaultText text={fault} />
    </li>
  );
}
