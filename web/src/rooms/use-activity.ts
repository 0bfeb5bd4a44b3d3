import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useConnection, useRooms } from "../app/client.ts";
import { seenRooms } from "./seen-rooms.ts";

/**
 * Rooms where something happened since they were last open in this browser. A hint made from the numbers of the rooms'
 * feeds, so it needs no question to the server.
 */
export function useActivity(open: string | null): ReadonlySet<string> {
  const rooms = useRooms();
  const live = useConnection().state === "live";
  const visible = useSyncExternalStore(subscribeVisible, () => document.visibilityState === "visible");
  const seen = useSyncExternalStore(seenRooms.subscribe, seenRooms.get);

  useEffect(() => {
    if (live) seenRooms.settle(rooms, visible ? open : null);
  }, [rooms, live, open, visible]);

  return useMemo(
    () => new Set(rooms.filter((room) => room.head > (seen[room.id] ?? room.head)).map((room) => room.id)),
    [rooms, seen],
  );
}

function subscribeVisible(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}
