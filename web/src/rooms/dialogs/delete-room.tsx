import { nameKey, type Room } from "@parley/sdk";
import { useState } from "react";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { navigate } from "../../app/navigation.ts";
import { HOME } from "../../app/route.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Field } from "../../ui/field.tsx";
import { notify } from "../../ui/notices.ts";
import type { RoomDetails } from "../details.ts";

type DeleteRoomProps = {
  room: Room;
  details: RoomDetails;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

/** Asks for the room's name, deletes it, and goes home. */
export function DeleteRoom({ room, details, open, onOpenChange }: DeleteRoomProps) {
  const client = useClient();
  const [typed, setTyped] = useState("");
  return (
    <Confirm
      open={open}
      onOpenChange={(next) => {
        setTyped("");
        onOpenChange(next);
      }}
      title={`Delete ${details.title}?`}
      action="Delete forever"
      allowed={nameKey(typed) === nameKey(details.title)}
      onConfirm={async () => {
        ensureLive(client);
        await room.destroy();
        navigate(HOME);
        notify(`${details.title} is deleted.`);
      }}
    >
      <p className="mb-4">The room and all its messages are deleted for everyone. This cannot be undone.</p>
      <Field
        label="Type the name of the room"
        autoComplete="off"
        placeholder={details.title}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </Confirm>
  );
}
