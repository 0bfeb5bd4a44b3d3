import { useMemo, useSyncExternalStore } from "react";
import { type Route, routeOf } from "./route.ts";
import { isLayerEntry, whenSettled } from "./use-back-closes.ts";

const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) addEventListener("popstate", notify);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) removeEventListener("popstate", notify);
  };
}

/** Goes to another address of this page. `replace` leaves no way back to the present one. */
export function navigate(path: string, { replace = false }: { replace?: boolean } = {}): void {
  whenSettled(() => {
    if (path === location.pathname + location.search) return;
    // From a layer over the page: what it adds to the history makes way.
    if (replace || isLayerEntry()) history.replaceState(null, "", path);
    else history.pushState(null, "", path);
    notify();
  });
}

/** The route of the present address; follows links, back and forward. */
export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  return useMemo(() => {
    const { pathname, search } = new URL(address, location.origin);
    return routeOf(pathname, search);
  }, [address]);
}
