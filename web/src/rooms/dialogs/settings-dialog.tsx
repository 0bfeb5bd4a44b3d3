import type { Room } from "@parley/sdk";
import { type FormEvent, type ReactNode, useState } from "react";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { powersOf } from "../../people/roles.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { FaultText } from "../../ui/fault-text.tsx";
import { faultText, isFaultOf } from "../../ui/fault-words.ts";
import { Field } from "../../ui/field.tsx";
import type { RoomDetails } from "../details.ts";
import { DeleteRoom } from "./delete-room.tsx";
import { checkRoomFields, type RoomFault } from "./room-fields.ts";

type SettingsDialogProps = {
  room: Room;
  details: RoomDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

/** Name and topic of a room, and its end: what the reader's role allows of it. */
export function SettingsDialog({ room, details, open, onOpenChange }: SettingsDialogProps) {
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <Dialog open={open} onOpenChange={onOpenChange} title="Room settings">
        <Settings
          room={room}
          details={details}
          onDone={() => onOpenChange(false)}
          onDelete={() => {
            onOpenChange(false);
            setDeleting(true);
          }}
        />
      </Dialog>
      <DeleteRoom room={room} details={details} open={deleting} onOpenChange={setDeleting} />
    </>
  );
}

function Settings({
  room,
  details,
  onDone,
  onDelete,
}: Pick<SettingsDialogProps, "room" | "details"> & { onDone: () => void; onDelete: () => void }) {
  const client = useClient();
  const powers = powersOf(details.kind, details.role, details.lobby);
  const [name, setName] = useState(details.title);
  const [topic, setTopic] = useState(details.topic);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<RoomFault | null>(null);
  const at = (where: RoomFault["where"]) => (fault?.where === where ? fault.text : null);
  const changed = name.trim() !== details.title || topic.trim() !== details.topic;

  const attempt = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setFault(null);
    try {
      ensureLive(client);
      await act();
      onDone();
    } catch (error) {
      setFault({ where: isFaultOf(error, "room_name_taken") ? "name" : "room", text: faultText(error) });
      setBusy(false);
    }
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    const wrong = checkRoomFields(name, topic);
    setFault(wrong);
    if (wrong !== null || busy) return;
    void attempt(async () => {
      if (name.trim() !== details.title) await room.rename(name.trim());
      if (topic.trim() !== details.topic) await room.setTopic(topic.trim());
    });
  };

  return (
    <div className="flex min-h-0 flex-col gap-6 overflow-y-auto p-6 pt-3">
      <form onSubmit={save} noValidate className="flex flex-col gap-4">
        <Field
          label="Name"
          autoComplete="off"
          value={name}
          fault={at("name")}
          readOnly={!powers.rename || details.archived}
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          label="Topic"
          autoComplete="off"
          value={topic}
          fault={at("topic")}
          readOnly={!powers.rename || details.archived}
          onChange={(event) => setTopic(event.target.value)}
        />
        <FaultText text={at("room")} />
        <div className="flex justify-end gap-2">
          <Button onClick={onDone}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || !changed || details.archived}>
            {busy ? "Saving…" : "Save"}
          </Button>
        </div>
      </form>
      {(powers.archive || powers.destroy) && (
        <div className="flex flex-col gap-4 border-line border-t pt-5">
          {powers.archive && (
            <Choice
              title={details.archived ? "Reopen the room" : "Archive the room"}
              text={
                details.archived
                  ? "Its members can write again."
                  : "It can still be read and searched, but no one can write. You can reopen it."
              }
            >
              <Button
                small
                disabled={busy}
                onClick={() => attempt(() => (details.archived ? room.unarchive() : room.archive()))}
              >
                {details.archived ? "Reopen" : "Archive"}
              </Button>
            </Choice>
          )}
          {powers.destroy && (
            <Choice title="Delete the room" text="For everyone and forever, with all its messages.">
              <Button small look="danger" disabled={busy} onClick={onDelete}>
                Delete…
              </Button>
            </Choice>
          )}
        </div>
      )}
    </div>
  );
}

function Choice({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <div className="flex items-center gap-4">
      <div className="min-w-0 grow">
        <p className="font-medium text-sm">{title}</p>
        <p className="text-ink-soft text-xs">{text}</p>
      </div>
      {children}
    </div>
  );
}
