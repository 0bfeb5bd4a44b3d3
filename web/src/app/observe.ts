import type { Observable } from "@parley/sdk";
import { useCallback, useSyncExternalStore } from "react";
import { paced } from "./paced.ts";

/** The present value of an observable; the component renders again when it changes. */
export function useObserved<T>(observable: Observable<T>): T {
  const subscribe = useCallback((listener: () => void) => observable.subscribe(listener), [observable]);
  return useSyncExternalStore(subscribe, () => observable.get());
}

/** The same for what may change hundreds of times a second: it renders at a pace that leaves the page free. */
export function usePaced<T>(observable: Observable<T>): T {
  const subscribe = useCallback(
    (listener: () => void) => {
      const pace = paced(listener);
      const unsubscribe = observable.subscribe(pace.tell);
      return () => {
        unsubscribe();
        pace.stop();
      };
    },
    [observable],
  );
  return useSyncExternalStore(subscribe, () => observable.get());
}
