import type { Room } from "@parley/sdk";
import { Archive } from "lucide-react";
import { useState } from "react";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { powersOf } from "../../people/roles.ts";
import { Button } from "../../ui/button.tsx";
import { FaultText } from "../../ui/fault-text.tsx";
import { faultText } from "../../ui/fault-words.ts";
import type { RoomDetails } from "../details.ts";

/** In the composer's place while a room is archived. */
export function ArchivedBar({ room, details }: { room: Room; details: RoomDetails }) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const reopen = async () => {
    setBusy(true);
    setFault(null);
    try {
      ensureLive(client);
      await room.unarchive();
    } catch (error) {
      setFault(faultText(error));
      setBusy(false);
    }
  };
  return (
    <div className="mx-auto w-full max-w-3xl shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:px-4 md:pb-4">
      <div className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-2 rounded-2xl bg-hover-sheet py-2 pr-3 pl-4">
        <Archive size={18} aria-hidden="true" className="shrink-0 text-ink-faint" />
        <p className="min-w-0 flex-1 basis-48 text-ink-soft text-sm">
          This room is archived: it can be read, but no one can write.
        </p>
        {powersOf(details.kind, details.role, details.lobby).archive && (
          <Button small disabled={busy} onClick={reopen}>
            {busy ? "Opening…" : "Reopen"}
          </Button>
        )}
        <FaultText text={fault} />
      </div>
    </div>
  );
}
