import type { Room, TimelineView } from "@parley/sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { useConnection } from "../app/client.ts";

/** Fetching of older pages: one at a time, and after a failure only when somebody asks or the connection is back. */
export function useOlder(
  room: Room,
  view: TimelineView,
): { failed: boolean; more: () => void; again: () => void } {
  const [failed, setFailed] = useState(false);
  const live = useConnection().state === "live";
  const busy = useRef(false);
  const wanted = view.state === "ready" && view.hasBefore && !view.loadingBefore;

  const fetchPage = useCallback(() => {
    if (busy.current) return;
    busy.current = true;
    setFailed(false);
    room
      .loadBefore()
      .catch(() => setFailed(true))
      .finally(() => {
        busy.current = false;
      });
  }, [room]);

  useEffect(() => {
    if (live) setFailed(false);
  }, [live]);

  const more = useCallback(() => {
    if (wanted && !failed) fetchPage();
  }, [wanted, failed, fetchPage]);
  return { failed, more, again: fetchPage };
}
