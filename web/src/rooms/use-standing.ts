import type { RoomEntry, RoomView } from "@parley/sdk";
import { useCallback, useEffect, useState } from "react";
import { useClient, useConnection, useRooms } from "../app/client.ts";
import { faultText } from "../ui/fault-words.ts";

/** What a reader is to a room. */
export type Standing =
  /** In it. */
  | { readonly state: "member"; readonly room: RoomView }
  /** Not heard from the server yet: the room's timeline may hold what waits to be sent. */
  | { readonly state: "unsure" }
  /** The server is asked whether there is such a room. */
  | { readonly state: "asking" }
  /** A public room, seen from outside. */
  | { readonly state: "outside"; readonly room: RoomEntry }
  /** Not there, or private. */
  | { readonly state: "absent" }
  | { readonly state: "failed"; readonly text: string; readonly again: () => void };

type Answer = { id: string; found: RoomEntry | null } | { id: string; text: string };

export function useStanding(id: string): Standing {
  const client = useClient();
  const live = useConnection().state === "live";
  const rooms = useRooms();
  const room = rooms.find((each) => each.id === id);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  const ask = room === undefined && live;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another question.
  useEffect(() => {
    if (!ask) return;
    let current = true;
    setAnswer(null);
    client.directory().then(
      (entries) => current && setAnswer({ id, found: entries.find((entry) => entry.id === id) ?? null }),
      (error: unknown) => current && setAnswer({ id, text: faultText(error) }),
    );
    return () => {
      current = false;
    };
  }, [client, id, ask, attempt]);

  if (room !== undefined) return { state: "member", room };
  const fresh = answer?.id === id ? answer : null;
  if (fresh === null) return { state: live ? "asking" : "unsure" };
  if ("text" in fresh) return { state: "failed", text: fresh.text, again };
  if (fresh.found === null) return { state: "absent" };
  // Mine already: the list that says so is on its way.
  return fresh.found.role === null ? { state: "outside", room: fresh.found } : { state: "asking" };
}
