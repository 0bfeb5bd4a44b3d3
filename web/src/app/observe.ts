import type { Observable } from "@parley/sdk";
import { useSyncExternalStore } from "react";

/** The present value of an observable; the component renders again when it changes. */
export function useObserved<T>(observable: Observable<T>): T {
  return useSyncExternalStore(
    (listener) => observable.subscribe(listener),
    () => observable.get(),
  );
}
