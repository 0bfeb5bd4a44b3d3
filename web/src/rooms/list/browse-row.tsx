import type { RoomEntry } from "@parley/sdk";
import { useState } from "react";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { navigate } from "../../app/navigation.ts";
import { roomPath } from "../../app/route.ts";
import { counted } from "../../text/counted.ts";
import { Button } from "../../ui/button.tsx";
import { faultText } from "../../ui/fault-words.ts";
import { Link } from "../../ui/link.tsx";
import { notify } from "../../ui/notices.ts";
import { RoomIcon } from "./room-icon.tsx";

/** A public room in the list: its name leads to a look from outside, its button into it. */
export function BrowseRow({ room }: { room: RoomEntry }) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const join = async () => {
    setBusy(true);
    try {
      ensureLive(client);
      await client.join(room.id);
      navigate(roomPath(room.id));
    } catch (error) {
      notify(faultText(error));
      setBusy(false);
    }
  };
  return (
    <li className="relative flex items-center gap-3 px-2 py-3.5">
      <span className="text-ink-soft">
        <RoomIcon kind={room.kind} peer={null} archived={room.archived} />
      </span>
      <div className="min-w-0 grow">
        <Link
          to={roomPath(room.id)}
          className="line-clamp-2 rounded font-medium wrap-anywhere hover:underline hover:underline-offset-2"
          dir="auto"
        >
          {room.name}
        </Link>
        <p className="line-clamp-2 text-ink-faint text-sm wrap-anywhere">
          {room.archived && "Archived · "}
          {counted(room.members, "member")}
          {room.topic !== "" && ` · ${room.topic}`}
        </p>
      </div>
      {room.role === null ? (
        !room.archived && (
          <Button small disabled={busy} onClick={join} aria-label={`Join ${room.name}`}>
            {busy ? "Joining…" : "Join"}
          </Button>
        )
      ) : (
        <span className="px-2 text-ink-faint text-sm">Joined</span>
      )}
    </li>
  );
}
