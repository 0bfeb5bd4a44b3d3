import { LIMITS, type RoomView } from "@parley/sdk";
import { useEffect } from "react";
import { useClient } from "../client.ts";
import { useSelected } from "../observe.ts";

/** Asks for presence and typing where they are shown: in the open room, and for the people of the direct ones. */
export function useSignalSubscriptions(open: string | null): void {
  const client = useClient();
  const direct = useSelected(client.rooms, directIds);
  useEffect(() => (direct === "" ? undefined : client.watch(direct.split(" "))), [client, direct]);
  useEffect(() => (open === null ? undefined : client.watch([open])), [client, open]);
}

/** As one text, so that it is the same as long as they are the same. */
function directIds(rooms: readonly RoomView[]): string {
  return rooms
    .filter((room) => room.kind === "direct")
    .slice(0, LIMITS.watched - 1)
    .map(({ id }) => id)
    .join(" ");
}
