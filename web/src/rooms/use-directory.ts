import type { RoomEntry } from "@parley/sdk";
import { useEffect, useState } from "react";
import { useClient, useConnection, useRooms } from "../app/client.ts";
import { faultText } from "../ui/fault-words.ts";

export type Directory =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly rooms: readonly RoomEntry[] }
  | { readonly state: "failed"; readonly text: string };

/** The public rooms, asked for anew when the connection comes back, my rooms change, or `attempt` does. */
export function useDirectory(attempt: number): Directory {
  const client = useClient();
  const live = useConnection().state === "live";
  const mine = useRooms().length;
  const [directory, setDirectory] = useState<Directory>({ state: "loading" });

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these makes the answer an old one.
  useEffect(() => {
    let current = true;
    client.directory().then(
      (rooms) => {
        if (current) setDirectory({ state: "ready", rooms: rooms.filter((room) => room.kind === "public") });
      },
      (error: unknown) => {
        if (current)
          setDirectory((before) =>
            before.state === "ready" ? before : { state: "failed", text: faultText(error) },
          );
      },
    );
    return () => {
      current = false;
    };
  }, [client, live, mine, attempt]);
  return directory;
}
