import type { TimelineView } from "@parley/sdk";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useClient, useConnection } from "../client.ts";
import { useSelected } from "../observe.ts";

/** How long an answer may take before the page shows that the server is slow, in milliseconds. */
export const SLOW = 3_000;

/** Whether this device has a network at all, as the browser reports it: false at once when it is gone. */
export function useNetwork(): boolean {
  return useSyncExternalStore(subscribe, () => navigator.onLine);
}

function subscribe(listener: () => void): () => void {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
}

/** Without a network the connection is asked whether it still lives, instead of waiting for its next heartbeat. */
export function useOfflineProbe(): void {
  const client = useClient();
  const online = useNetwork();
  useEffect(() => {
    if (!online) client.reconnectNow();
  }, [client, online]);
}

/** The nonce of the first message that has no answer yet; such messages are at the end. */
function oldestPending({ items }: TimelineView): string | null {
  let nonce: string | null = null;
  for (let at = items.length - 1; items[at]?.seq === null; at -= 1)
    if (items[at]?.state === "pending") nonce = items[at]?.nonce ?? null;
  return nonce;
}

/**
 * Whether a connection that counts as live leaves a message of the open room without an answer for long. The connection
 * is asked then whether it still lives, so that a dead one is replaced in seconds.
 */
export function useSlow(room: string): boolean {
  const client = useClient();
  const live = useConnection().state === "live";
  const waiting = useSelected(client.room(room).timeline, oldestPending);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    if (!live || waiting === null) return;
    const timer = setTimeout(() => {
      setSlow(true);
      client.reconnectNow();
    }, SLOW);
    return () => clearTimeout(timer);
  }, [client, live, waiting]);
  return slow;
}
