import type { RoomEntry } from "@parley/sdk";
import { useState } from "react";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { counted } from "../../text/counted.ts";
import { Button } from "../../ui/button.tsx";
import { FaultText } from "../../ui/fault-text.tsx";
import { faultText } from "../../ui/fault-words.ts";

/** In the composer's place while a public room is only looked at. */
export function PreviewBar({ room }: { room: RoomEntry }) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const join = async () => {
    setBusy(true);
    setFault(null);
    try {
      ensureLive(client);
      await client.join(room.id);
    } catch (error) {
      setFault(faultText(error));
      setBusy(false);
    }
  };
  return (
    <div className="mx-auto w-full max-w-3xl shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:px-4 md:pb-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-2xl bg-accent-wash py-3 pr-3 pl-5">
        <p className="min-w-0 grow text-sm">
          You are previewing <strong className="font-semibold">{room.name}</strong>.{" "}
          {room.archived ? "It is archived: no one can write any more." : inIt(room.members)}
        </p>
        {!room.archived && (
          <Button look="primary" disabled={busy} onClick={join}>
            {busy ? "Joining…" : "Join the room"}
          </Button>
        )}
        <FaultText text={fault} />
      </div>
    </div>
  );
}

function inIt(members: number): string {
  return members === 1 ? "1 member." : `${counted(members, "member")}.`;
}
