import type { Room, TimelineView } from "@parley/sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { useConnection } from "../../app/client.ts";

type Side = "before" | "after";
type Pages = {
  /** The side whose page did not load. */
  readonly failed: Side | null;
  readonly more: (side: Side) => void;
  readonly again: (side: Side) => void;
};

/** Fetching of further pages: one at a time, and after a failure only when the user asks or the connection is back. */
export function usePages(room: Room, view: TimelineView): Pages {
  const [failed, setFailed] = useState<Side | null>(null);
  const live = useConnection().state === "live";
  const busy = useRef(false);
  const now = useRef({ view, failed });
  now.current = { view, failed };

  const again = useCallback(
    (side: Side) => {
      if (busy.current) return;
      busy.current = true;
      setFailed(null);
      (side === "before" ? room.loadBefore() : room.loadAfter())
        .catch(() => setFailed(side))
        .finally(() => {
          busy.current = false;
        });
    },
    [room],
  );

  useEffect(() => {
    if (live) setFailed(null);
  }, [live]);

  const more = useCallback(
    (side: Side) => {
      const { view: present, failed: fault } = now.current;
      if (present.state !== "ready" || fault !== null) return;
      const wanted =
        side === "before"
          ? present.hasBefore && !present.loadingBefore
          : present.hasAfter && !present.loadingAfter;
      if (wanted) again(side);
    },
    [again],
  );
  return { failed, more, again };
}
