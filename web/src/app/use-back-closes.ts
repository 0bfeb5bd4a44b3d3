import { useEffect, useRef } from "react";

/** What lies over the page, the last one on top. While there is any, the history has one entry more. */
const layers: (() => void)[] = [];
let leaving: ReturnType<typeof setTimeout> | null = null;

/** The way back from the entry of a layer is under way: the browser takes it some time later. */
let returning = false;
let returned: PopStateEvent | null = null;

/** Calls at once, or when the history is where it belongs again: what is changed before that would be undone. */
export function whenSettled(run: () => void): void {
  if (returning) addEventListener("popstate", run, { once: true });
  else run();
}

/** Whether the present entry of the history was made for a layer. */
export function isLayerEntry(): boolean {
  const state: unknown = history.state;
  return typeof state === "object" && state !== null && "layer" in state;
}

function enter(): void {
  if (leaving !== null) clearTimeout(leaving);
  leaving = null;
  whenSettled(() => {
    if (layers.length > 0 && !isLayerEntry()) history.pushState({ layer: true }, "");
  });
}

function leave(): void {
  leaving = null;
  // Who went elsewhere from the layer has replaced its entry.
  if (layers.length > 0 || !isLayerEntry()) return;
  returning = true;
  const done = (event: PopStateEvent) => {
    returning = false;
    returned = event;
  };
  addEventListener("popstate", done, { once: true });
  history.back();
}

function onBack(event: PopStateEvent): void {
  // Not the reader's: the entry of an earlier layer was left.
  if (event === returned || isLayerEntry()) return;
  const top = layers.at(-1);
  if (top === undefined) return;
  // The entry is gone; those below need one.
  if (layers.length > 1) enter();
  top();
}

/** For the start of the page: after a reload nothing lies over it any more. */
export function forgetLayerEntry(): void {
  if (isLayerEntry()) history.replaceState(null, "");
}

/** Back, and the gesture that means it on a phone, closes what lies over the page instead of leaving the page below it. */
export function useBackCloses(open: boolean, close: () => void): void {
  const present = useRef(close);
  present.current = close;
  useEffect(() => {
    if (!open) return;
    const layer = () => present.current();
    if (layers.length === 0) addEventListener("popstate", onBack);
    layers.push(layer);
    enter();
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length > 0) return;
      removeEventListener("popstate", onBack);
      // One layer often makes way for another: the entry is left only if none follows at once.
      leaving ??= setTimeout(leave);
    };
  }, [open]);
}
