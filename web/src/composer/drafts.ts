import { useSyncExternalStore } from "react";

const KEY = "parley.drafts";
/** What is typed is kept after this pause, in milliseconds; and at once when the page goes away. */
const SAVE_DELAY = 400;

/** What was typed and not sent, by room. It survives a reload; several tabs write over each other, the last one wins. */
let drafts: Map<string, string> | null = null;
let timer: ReturnType<typeof setTimeout> | null = null;

export function readDraft(room: string): string {
  return all().get(room) ?? "";
}

/** Whether something was typed in a room and not sent. */
export function useHasDraft(room: string): boolean {
  return useSyncExternalStore(subscribe, () => readDraft(room) !== "");
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function keepDraft(room: string, text: string): void {
  const changes = (readDraft(room) === "") !== (text === "");
  if (text === "") all().delete(room);
  else all().set(room, text);
  if (changes) for (const listener of listeners) listener();
  if (timer === null) {
    timer = setTimeout(write, SAVE_DELAY);
    addEventListener("pagehide", write, { once: true });
  }
}

/** For signing out: the next guest shall not find them. */
export function dropDrafts(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  drafts = new Map();
}

function all(): Map<string, string> {
  drafts ??= new Map(read());
  return drafts;
}

function read(): [string, string][] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  } catch {
    return [];
  }
}

function write(): void {
  if (timer === null) return;
  clearTimeout(timer);
  timer = null;
  removeEventListener("pagehide", write);
  try {
    if (all().size === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(all())));
  } catch {
    // Full or forbidden: then a draft lives as long as the page.
  }
}
