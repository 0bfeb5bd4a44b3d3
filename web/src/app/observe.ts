import type { Observable } from "@parley/sdk";
import { useCallback, useSyncExternalStore } from "react";
import { throttled } from "./throttled.ts";

/** The present value of an observable; the component renders again when it changes. */
export function useObserved<T>(observable: Observable<T>): T {
  const subscribe = useCallback((listener: () => void) => observable.subscribe(listener), [observable]);
  return useSyncExternalStore(subscribe, () => observable.get());
}

/** A part of it: renders again only when that part is another one. `select` must give the same value for the same state. */
export function useSelected<T, P>(observable: Observable<T>, select: (value: T) => P): P {
  const subscribe = useCallback((listener: () => void) => throttledTo(observable, listener), [observable]);
  return useSyncExternalStore(subscribe, () => select(observable.get()));
}

/** The same for what may change hundreds of times a second: it renders at a pace that leaves the page free. */
export function useThrottled<T>(observable: Observable<T>): T {
  const subscribe = useCallback((listener: () => void) => throttledTo(observable, listener), [observable]);
  return useSyncExternalStore(subscribe, () => observable.get());
}

function throttledTo<T>(observable: Observable<T>, listener: () => void): () => void {
  const pace = throttled(listener);
  const unsubscribe = observable.subscribe(pace.tell);
  return () => {
    unsubscribe();
    pace.stop();
  };
}
