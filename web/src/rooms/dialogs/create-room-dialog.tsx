import { Hash, Lock } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { navigate } from "../../app/navigation.ts";
import { roomPath } from "../../app/route.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { FaultText } from "../../ui/fault-text.tsx";
import { faultText, isFaultOf } from "../../ui/fault-words.ts";
import { Field } from "../../ui/field.tsx";
import { KindChoice } from "./kind-choice.tsx";
import { checkRoomFields, type RoomFault } from "./room-fields.ts";

type CreateRoomDialogProps = { open: boolean; onOpenChange: (open: boolean) => void };

export function CreateRoomDialog({ open, onOpenChange }: CreateRoomDialogProps) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Create a room">
      <CreateRoomForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function CreateRoomForm({ onDone }: { onDone: () => void }) {
  const client = useClient();
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [kind, setKind] = useState<"public" | "private">("public");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<RoomFault | null>(null);
  const nameField = useRef<HTMLInputElement>(null);
  const at = (where: RoomFault["where"]) => (fault?.where === where ? fault.text : null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wrong = checkRoomFields(name, topic);
    setFault(wrong);
    if (wrong !== null) return wrong.where === "name" ? nameField.current?.focus() : undefined;
    setBusy(true);
    try {
      ensureLive(client);
      const room = await client.createRoom({
        name: name.trim(),
        kind,
        ...(topic.trim() === "" ? {} : { topic: topic.trim() }),
      });
      onDone();
      navigate(roomPath(room));
    } catch (error) {
      const taken = isFaultOf(error, "room_name_taken");
      setFault({ where: taken ? "name" : "room", text: faultText(error) });
      setBusy(false);
      if (taken) nameField.current?.select();
    }
  };

  return (
    <form onSubmit={submit} noValidate className="flex min-h-0 flex-col gap-5 overflow-y-auto p-6 pt-3">
      <Field
        ref={nameField}
        label="Name"
        autoComplete="off"
        value={name}
        fault={at("name")}
        onChange={(event) => setName(event.target.value)}
      />
      <fieldset className="grid grid-cols-2 gap-2.5">
        <legend className="mb-1.5 font-medium text-sm">Who can join</legend>
        <KindChoice
          value="public"
          chosen={kind}
          onChoose={setKind}
          icon={<Hash size={17} />}
          label="Public"
          text="Everyone on this server can find and join it."
        />
        <KindChoice
          value="private"
          chosen={kind}
          onChoose={setKind}
          icon={<Lock size={16} />}
          label="Private"
          text="Only invited people can see it."
        />
      </fieldset>
      <Field
        label="Topic (optional)"
        autoComplete="off"
        value={topic}
        fault={at("topic")}
        onChange={(event) => setTopic(event.target.value)}
      />
      <FaultText text={at("room")} />
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" disabled={busy}>
          {busy ? "Creating…" : "Create"}
        </Button>
      </div>
    </form>
  );
}
