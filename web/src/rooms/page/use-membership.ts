import type { RoomEntry, RoomView, TimelineView } from "@parley/sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient, useConnection } from "../../app/client.ts";
import { useSelected } from "../../app/observe.ts";
import { faultText, isFaultOf } from "../../ui/fault-words.ts";
import { sameRoom } from "../list/same-room.ts";

type Gone = NonNullable<TimelineView["gone"]>;

/** What a reader is to a room. */
export type RoomMembership =
  /** In it. */
  | { readonly state: "member"; readonly room: RoomView }
  /** The server has not answered yet: the room's timeline may hold what waits to be sent. */
  | { readonly state: "unsure" }
  /** The server is asked whether there is such a room. */
  | { readonly state: "asking" }
  /** A public room, seen from outside. */
  | { readonly state: "outside"; readonly room: RoomEntry }
  /** Not there, or private. `gone` is why, for one that was the reader's until now. */
  | { readonly state: "absent"; readonly gone: Gone | null }
  | { readonly state: "failed"; readonly text: string; readonly again: () => void };

type LookupResult =
  | { readonly id: string; readonly found: RoomEntry | null }
  | { readonly id: string; readonly text: string };

export function useMembership(id: string): RoomMembership {
  const client = useClient();
  const live = useConnection().state === "live";
  const gone = useSelected(client.room(id).timeline, (view) => view.gone);
  const last = useRef<RoomView | undefined>(undefined);
  const room = useSelected(client.rooms, (rooms) => {
    const found = rooms.find((each) => each.id === id);
    if (!found || !last.current || !sameRoom(found, last.current)) last.current = found;
    return last.current;
  });
  const [answer, setAnswer] = useState<LookupResult | null>(null);
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  const ask = room === undefined && live;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another question.
  useEffect(() => {
    if (!ask) return;
    let current = true;
    setAnswer(null);
    client
      .room(id)
      .standing()
      .then(
        (found) => current && setAnswer({ id, found }),
        (error: unknown) => {
          if (!current) return;
          const absent = isFaultOf(error, "no_such_room") || isFaultOf(error, "invalid");
          setAnswer(absent ? { id, found: null } : { id, text: faultText(error) });
        },
      );
    return () => {
      current = false;
    };
  }, [client, id, ask, attempt]);

  if (room !== undefined) return { state: "member", room };
  const fresh = answer?.id === id ? answer : null;
  if (fresh === null) return { state: live ? "asking" : "unsure" };
  if ("text" in fresh) return { state: "failed", text: fresh.text, again };
  if (fresh.found === null) return { state: "absent", gone };
  // The reader is a member already: the list with the room is on its way.
  return fresh.found.role === null ? { state: "outside", room: fresh.found } : { state: "asking" };
}
