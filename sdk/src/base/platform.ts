import { ParleyError } from "./errors.ts";

/** What the SDK needs from its surroundings. Tests own each part; `browserPlatform()` is the default. */
export interface Platform {
  /** Milliseconds since 1970, UTC: for what is shown or stored. A person may set this clock at any moment. */
  now(): number;
  /** Milliseconds of a clock that never jumps and begins anywhere: for all durations. */
  monotonicNow(): number;
  /** Runs once after `ms` milliseconds; the returned function calls it off. */
  timer(ms: number, run: () => void): () => void;
  /** At least 0 and below 1: spreads reconnects, decides nothing else. */
  random(): number;
  /** Bytes that cannot be guessed: tokens and ids are made of them. */
  randomBytes(count: number): Uint8Array;
  /** Opens a WebSocket. Calls the listener later, never before it returns; nothing after `closed`. */
  openSocket(url: string, protocol: string, listener: SocketListener): Socket;
  fetch(url: string, init: RequestInit): Promise<Response>;
  readonly storage: KeyValue;
  /** Locks that all pages over the same storage share. Absent where there are none: then pages may send the same command. */
  readonly locks?: Locks;
  /** Calls when the network came back, the device woke up or the page is looked at again; the returned function ends that. */
  onWake(listener: () => void): () => void;
}

export interface SocketListener {
  opened(): void;
  message(text: string): void;
  closed(code: number): void;
}

export interface Socket {
  send(text: string): void;
  close(code?: number): void;
}

export interface Locks {
  /**
   * Asks for the lock of this name; `granted` is called once when this page has it, in the order of asking, and never from
   * within this call. The returned function lets go of it, or stops asking. The lock also ends with the page.
   */
  hold(name: string, granted: () => void): () => void;
}

/** Keeps texts over a reload. `set` throws when it is full or forbidden. */
export interface KeyValue {
  keys(): readonly string[];
  get(key: string): string | null;
  set(key: string, value: string): void;
  delete(key: string): void;
  /** Stores all that `run` sets and deletes at once, or nothing of it when it throws. Absent where that cannot be had. */
  transaction?(run: () => void): void;
  /** Calls with each key that another page over the same storage sets or deletes; the returned function ends that. */
  onChange?(listener: (key: string) => void): () => void;
}

/**
 * The platform of browsers, Bun and Node (from 22 on, for its WebSocket). Without localStorage nothing outlives the process.
 *
 * @example
 * createClient({ url, token, platform: { ...browserPlatform(), storage: memoryKeyValue() } });
 */
export function browserPlatform(): Platform {
  return {
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
    timer(ms, run) {
      // A longer pause would overflow and run at once.
      const id = setTimeout(run, Math.min(ms, 2 ** 31 - 1));
      return () => clearTimeout(id);
    },
    random: () => Math.random(),
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    openSocket: openWebSocket,
    fetch: (url, init) => fetch(url, init),
    storage: localKeyValue() ?? memoryKeyValue(),
    ...webLocks(),
    onWake,
  };
}

/** The default platform with parts replaced. Throws `no_websocket`; and `no_storage` where the cursors `keeps` needs one. */
export function platformWith(parts: Partial<Platform>, keeps: boolean): Platform {
  if (!parts.openSocket && !hasWebSocket()) throw new ParleyError("no_websocket", NO_WEBSOCKET);
  if (keeps && !parts.storage && !localKeyValue()) throw new ParleyError("no_storage", NO_STORAGE);
  return { ...browserPlatform(), ...parts };
}

/**
 * A storage that ends with the process.
 *
 * @example
 * createClient({ url, token, platform: { storage: memoryKeyValue() } });
 */
export function memoryKeyValue(): KeyValue {
  const map = new Map<string, string>();
  return {
    keys: () => [...map.keys()],
    get: (key) => map.get(key) ?? null,
    set: (key, value) => void map.set(key, value),
    delete: (key) => void map.delete(key),
  };
}

/** Null where there is none, or where the page may not use it. */
function localKeyValue(): KeyValue | null {
  try {
    if (typeof document === "undefined" || !localStorage) return null;
    return {
      keys: () => Array.from({ length: localStorage.length }, (_, index) => localStorage.key(index) ?? ""),
      get: (key) => localStorage.getItem(key),
      set: (key, value) => localStorage.setItem(key, value),
      delete: (key) => localStorage.removeItem(key),
      onChange(listener) {
        const changed = ({ key, storageArea }: StorageEvent) => {
          if (key !== null && storageArea === localStorage) listener(key);
        };
        window.addEventListener("storage", changed);
        return () => window.removeEventListener("storage", changed);
      },
    };
  } catch {
    return null;
  }
}

const NO_STORAGE =
  'Cursors are kept in a storage, and here is none. Give one with createClient({ platform: { storage: fileStorage("./bot.state") } }), from "@parley/sdk/node".';

function hasWebSocket(): boolean {
  return typeof WebSocket !== "undefined";
}

const NO_WEBSOCKET =
  "This runtime has no WebSocket: Node has one from 22 on. Use that, or give one with createClient({ platform: { openSocket } }).";

/** Browsers give locks to pages of a secure origin only. */
function webLocks(): Pick<Platform, "locks"> {
  if (typeof document === "undefined" || !navigator.locks) return {};
  const { locks } = navigator;
  return {
    locks: {
      hold(name, granted) {
        const stop = new AbortController();
        let release = () => {};
        const held = new Promise<void>((resolve) => {
          release = resolve;
        });
        const keep = () => {
          if (!stop.signal.aborted) granted();
          return held;
        };
        locks.request(name, { signal: stop.signal }, keep).catch(() => {});
        return () => {
          stop.abort();
          release();
        };
      },
    },
  };
}

function openWebSocket(url: string, protocol: string, listener: SocketListener): Socket {
  if (!hasWebSocket()) throw new ParleyError("no_websocket", NO_WEBSOCKET);
  const socket = new WebSocket(url, protocol);
  let isOpen = false;
  let ended = false;
  const end = (code: number) => {
    if (!ended) listener.closed(code);
    ended = true;
  };
  socket.onopen = () => {
    isOpen = true;
    listener.opened();
  };
  // Node 22 reports a connection that was never made by an error and no close.
  socket.onerror = () => {
    if (!isOpen) end(1006);
  };
  socket.onmessage = (message) => {
    if (typeof message.data === "string") listener.message(message.data);
  };
  socket.onclose = (close) => end(close.code);
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code = 1000) => socket.close(code),
  };
}

/** How often a page checks whether its clock jumped, and the jump from which on the device counts as having slept. Milliseconds. */
const CHECK_INTERVAL = 5_000;
const SLEEP_GAP = 10_000;

/** Not every wake-up has an event: when a laptop is opened on a visible page, only the time has jumped. */
function onWake(listener: () => void): () => void {
  if (typeof window === "undefined" || typeof document === "undefined") return () => {};
  const visible = () => {
    if (document.visibilityState === "visible") listener();
  };
  let last = Date.now();
  const look = setInterval(() => {
    const now = Date.now();
    if (now - last > CHECK_INTERVAL + SLEEP_GAP) visible();
    last = now;
  }, CHECK_INTERVAL);
  // A page that comes out of the browser's store was asleep there; one that was just loaded was not.
  const shown = (event: PageTransitionEvent) => {
    if (event.persisted) listener();
  };
  window.addEventListener("online", listener);
  window.addEventListener("focus", listener);
  window.addEventListener("pageshow", shown);
  document.addEventListener("visibilitychange", visible);
  document.addEventListener("resume", listener);
  return () => {
    clearInterval(look);
    window.removeEventListener("online", listener);
    window.removeEventListener("focus", listener);
    window.removeEventListener("pageshow", shown);
    document.removeEventListener("visibilitychange", visible);
    document.removeEventListener("resume", listener);
  };
}
