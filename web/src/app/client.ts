import type { Client, ConnectionView, Room, RoomView, TimelineView } from "@parley/sdk";
import { createContext, useContext } from "react";
import { useObserved, useThrottled } from "./observe.ts";

const ClientContext = createContext<Client | null>(null);

export const ClientProvider = ClientContext.Provider;

/** The signed-in client. Only below `ClientProvider`. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) throw new Error("No client above this component.");
  return client;
}

export function useConnection(): ConnectionView {
  return useObserved(useClient().connection);
}

export function useRooms(): readonly RoomView[] {
  return useThrottled(useClient().rooms);
}

export function useTimeline(room: Room): TimelineView {
  return useThrottled(room.timeline);
}

/** The signed-in guest, or null before the first welcome. */
export function useSelf(): { id: string; name: string } | null {
  const connection = useConnection();
  switch (connection.state) {
    case "live":
    case "connecting":
    case "waiting":
      return connection.user;
    case "refused":
    case "stopped":
      return null;
  }
}
