import { connect, type Socket } from "node:net";
import { FRAME, type Frame, type FrameKind, FrameReader, frameOf } from "./frames.ts";

/** What the store process says when a gateway connects. */
export type Welcome = {
  readonly epoch: string;
  /** LINK_VERSION of the store process. */
  readonly version: number;
  readonly state: StoreState;
};

/** The state of the store as the gateways show it at /readyz and /healthz. */
export type StoreState = {
  readonly degraded: readonly string[];
  readonly durability: "fsync" | "memory" | "unsafe";
};

export type LinkParts = {
  /** The path of the store process's socket. */
  readonly path: string;
  /** The name of this gateway, unique among all that ever connected. */
  readonly node: string;
  /** LINK_VERSION, unless a test sets another; a store process of another one is refused. */
  readonly version?: number;
  /** Receives frames that answer nothing. */
  readonly onFrame: (frame: Frame) => void;
  /** Called with each connection but the first, when what was not answered was sent again. */
  readonly onReconnect: () => void;
  /** The connection was lost, or is there again. */
  readonly onConnected: (isConnected: boolean) => void;
  /** The store process has another epoch or another version of the link: this gateway cannot go on. */
  readonly onMismatch: (error: Error) => void;
  /** How long requests wait for a store process that is away, before they are rejected. Milliseconds. */
  readonly patience?: number;
};

/**
 * The version of what gateway and store process say to each other. A release beside the one before it has the same, so that
 * workers are replaced one after the other.
 */
export const LINK_VERSION = 1;

type Request = {
  readonly id: number;
  readonly kind: FrameKind;
  readonly payload: string;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: Error) => void;
};

/** A restart of the store process takes well under a second; behind this, clients get faults and send again. Milliseconds. */
const PATIENCE = 10_000;
/** Between two attempts to connect: doubled from the first to the last. Milliseconds. */
const RETRY_FIRST = 10;
const RETRY_LAST = 500;
/** Bytes that may wait in the socket's buffer before requests wait here. */
const HIGH_WATER = 1_048_576;

export class StoreUnreachable extends Error {
  override name = "StoreUnreachable";
}

/**
 * A gateway's connection to the store process. Requests are sent in the order of the calls. When the connection is cut, the
 * outcome of those that were not answered is unknown: all are sent again in the same order, on the next connection. That is
 * right for reads, and for batches because of their nonces: what was committed is answered as a duplicate (CM-3).
 */
export class Link {
  readonly #parts: LinkParts;
  readonly #patience: number;
  /** In the order of the calls: what is sent first after a reconnect. */
  readonly #pending = new Map<number, Request>();
  /** Requests that wait for the socket's buffer, in the order of the calls. */
  #unsent: Request[] = [];
  #socket: Socket | null = null;
  #state: "connecting" | "up" | "closed" = "connecting";
  #welcome: Welcome | null = null;
  #nextId = 1;
  #retry = RETRY_FIRST;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Runs while there is no connection. */
  #patienceTimer: ReturnType<typeof setTimeout> | null = null;
  /** The store process has been away for longer than the patience. */
  #away = false;
  #opened: { resolve: (welcome: Welcome) => void; reject: (error: Error) => void } | null = null;
  #whenIdle: (() => void)[] = [];

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#patience = parts.patience ?? PATIENCE;
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /** Connects for the first time. Rejects when the store process does not answer in time. */
  open(): Promise<Welcome> {
    return new Promise((resolve, reject) => {
      this.#opened = { resolve, reject };
      this.#waitWithPatience(Math.max(this.#patience, PATIENCE));
      this.#connect();
    });
  }

  /** Sends a request. Resolves with the frame that answers it. */
  ask(kind: FrameKind, payload: string): Promise<Frame> {
    if (this.#state === "closed") return Promise.reject(new Error("The store is closed"));
    if (this.#away) return Promise.reject(unreachable());
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId = id === 0xffff_ffff ? 1 : id + 1;
      const request = { id, kind, payload, resolve, reject };
      this.#pending.set(id, request);
      if (this.#state === "up") this.#send(request);
    });
  }

  /** Sends a frame that has no answer. False: it was dropped, because there is no connection or it does not keep up. */
  tell(kind: FrameKind, payload: string): boolean {
    if (this.#state !== "up" || this.#isFull()) return false;
    this.#socket?.write(frameOf(kind, 0, payload));
    return true;
  }

  /** Waits for the answers to all requests, then ends the connection. */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    if (this.#pending.size > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    this.#end(new Error("The store is closed"));
  }

  #connect(): void {
    if (this.#state === "closed") return;
    const socket = connect(this.#parts.path);
    this.#socket = socket;
    const reader = new FrameReader((frame) => this.#onFrame(frame));
    socket.on("connect", () => {
      const { node, version = LINK_VERSION } = this.#parts;
      socket.write(frameOf(FRAME.hello, 0, JSON.stringify({ node, version })));
    });
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        // The stream cannot be read any more. What is open is asked again.
        socket.destroy(error as Error);
      }
    });
    socket.on("drain", () => this.#flush());
    // An error is followed by close.
    socket.on("error", () => {});
    socket.on("close", () => this.#lost(socket));
  }

  #lost(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    if (this.#state === "closed") return;
    if (this.#state === "up") this.#parts.onConnected(false);
    this.#state = "connecting";
    this.#unsent = [];
    this.#waitWithPatience(this.#patience);
    this.#timer = setTimeout(() => this.#connect(), this.#retry);
    this.#retry = Math.min(this.#retry * 2, RETRY_LAST);
  }

  #waitWithPatience(milliseconds: number): void {
    this.#patienceTimer ??= setTimeout(() => {
      this.#away = true;
      const error = unreachable();
      this.#opened?.reject(error);
      this.#opened = null;
      this.#rejectAll(error);
    }, milliseconds);
  }

  #onFrame(frame: Frame): void {
    if (frame.kind === FRAME.welcome) {
      this.#welcomed(JSON.parse(frame.payload.toString("utf8")) as Welcome);
      return;
    }
    const request = frame.id === 0 ? undefined : this.#pending.get(frame.id);
    if (!request) {
      this.#parts.onFrame(frame);
      return;
    }
    this.#pending.delete(frame.id);
    if (frame.kind === FRAME.failed) request.reject(new Error(frame.payload.toString("utf8")));
    else request.resolve(frame);
    if (this.#pending.size === 0) this.#idle();
  }

  #welcomed(welcome: Welcome): void {
    const before = this.#welcome;
    const { version = LINK_VERSION } = this.#parts;
    if (welcome.version !== version || (before && before.epoch !== welcome.epoch)) {
      const error = new Error(
        welcome.version === version
          ? "The store has another epoch than before: it was restored from a backup."
          : `The store process speaks version ${welcome.version}, and this worker ${version}: restart the server.`,
      );
      this.#opened?.reject(error);
      this.#opened = null;
      this.#end(error);
      this.#parts.onMismatch(error);
      return;
    }
    this.#welcome = welcome;
    this.#state = "up";
    this.#retry = RETRY_FIRST;
    this.#away = false;
    if (this.#patienceTimer) clearTimeout(this.#patienceTimer);
    this.#patienceTimer = null;
    this.#opened?.resolve(welcome);
    this.#opened = null;
    for (const request of this.#pending.values()) this.#send(request);
    this.#parts.onConnected(true);
    if (before) this.#parts.onReconnect();
  }

  #send(request: Request): void {
    if (this.#unsent.length > 0 || this.#isFull()) {
      this.#unsent.push(request);
      return;
    }
    this.#socket?.write(frameOf(request.kind, request.id, request.payload));
  }

  #flush(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const request of unsent) this.#send(request);
  }

  #isFull(): boolean {
    return (this.#socket?.writableLength ?? 0) > HIGH_WATER;
  }

  #rejectAll(error: Error): void {
    const requests = [...this.#pending.values()];
    this.#pending.clear();
    this.#unsent = [];
    for (const { reject } of requests) reject(error);
    this.#idle();
  }

  #idle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #end(error: Error): void {
    this.#state = "closed";
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#patienceTimer) clearTimeout(this.#patienceTimer);
    this.#socket?.end();
    this.#rejectAll(error);
  }
}

function unreachable(): StoreUnreachable {
  return new StoreUnreachable("The store process is away; what was sent to it has an unknown outcome.");
}
