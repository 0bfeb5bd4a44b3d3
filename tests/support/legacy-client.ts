import { SocketWithHeaders } from "./test-server.ts";

/** A client of a small chat server: a plain WebSocket that keeps every frame as it came. */
export class LegacyClient {
  /** Frames as text, in order. */
  readonly frames: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Resolves when the socket is open, and rejects when the upgrade was refused. */
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];
  #read = 0;

  constructor(url: string, headers: Record<string, string> = {}) {
    this.#socket = new SocketWithHeaders(url, { headers });
    this.opened = new Promise((resolve, reject) => {
      this.#socket.addEventListener("open", () => resolve());
      this.#socket.addEventListener("error", () => reject(new Error("the socket did not open")));
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.#socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
    this.#socket.addEventListener("message", ({ data }) => {
      this.frames.push(String(data));
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  async send(frame: object | string | Uint8Array<ArrayBuffer>): Promise<void> {
    await this.opened;
    const raw = typeof frame === "string" || frame instanceof Uint8Array;
    this.#socket.send(raw ? frame : JSON.stringify(frame));
  }

  /** The next frame in order. Waits for it. */
  async text(): Promise<string> {
    while (this.#read >= this.frames.length) await new Promise<void>((wake) => this.#waiting.push(wake));
    return this.frames[this.#read++] as string;
  }

  async json(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.text()) as Record<string, unknown>;
  }

  /** The next frame that fits; those before it are passed over. */
  async until(fits: (frame: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const frame = await this.json();
      if (fits(frame)) return frame;
    }
  }

  async untilType(type: string): Promise<Record<string, unknown>> {
    return this.until((frame) => frame.type === type);
  }

  /** As `until`, for frames that are plain text. */
  async textThat(fits: (frame: string) => boolean): Promise<string> {
    for (;;) {
      const frame = await this.text();
      if (fits(frame)) return frame;
    }
  }

  /** All frames so far, as objects. */
  get all(): Record<string, unknown>[] {
    return this.frames.map((frame) => JSON.parse(frame) as Record<string, unknown>);
  }

  close(): void {
    this.#socket.close();
  }
}
