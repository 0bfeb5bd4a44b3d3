import { connect, type Socket } from "node:net";
import { SUBPROTOCOL } from "@parley/protocol";

/** The key of the example in RFC 6455; nothing here needs a secret one. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

export type RawFrame = { readonly opcode: number; readonly payload: Buffer };
export const OPCODES = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The upgrade request as bytes; `headers` are added as they stand. */
export function upgradeRequest(headers: readonly string[] = []): string {
  return [
    "GET /ws HTTP/1.1",
    "Host: parley.local",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${KEY}`,
    `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`,
    ...headers,
    "\r\n",
  ].join("\r\n");
}

/** A frame of RFC 6455 as a client sends it, or as it must not. */
export function frameBytes(
  opcode: number,
  payload: Uint8Array | string,
  { fin = true, mask = true, reserved = 0, length }: FrameOptions = {},
): Buffer {
  const body: Uint8Array = typeof payload === "string" ? Buffer.from(payload) : payload;
  const size = length ?? body.length;
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const masked = mask ? 0x80 : 0;
  if (size < 126) head.push(masked | size);
  else if (size < 65_536) head.push(masked | 126, size >> 8, size & 255);
  else
    head.push(
      masked | 127,
      0,
      0,
      0,
      0,
      (size >>> 24) & 255,
      (size >> 16) & 255,
      (size >> 8) & 255,
      size & 255,
    );
  // A mask of zeros changes nothing.
  return Buffer.concat([Buffer.from(head), Buffer.alloc(mask ? 4 : 0), body]);
}
export type FrameOptions = {
  readonly fin?: boolean;
  readonly mask?: boolean;
  readonly reserved?: number;
  /** The length that the head says, where it is not that of the payload. */
  readonly length?: number;
};

/** A TCP connection that speaks HTTP and WebSocket by hand, rightly or wrongly. */
export class RawClient {
  readonly socket: Socket;
  /** What came, as bytes. */
  #bytes = Buffer.alloc(0);
  #listeners = new Set<() => void>();
  #isClosed = false;
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("error", () => {});
    this.socket.on("data", (bytes: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      for (const listener of [...this.#listeners]) listener();
    });
    this.closed = new Promise((resolve) =>
      this.socket.on("close", () => {
        this.#isClosed = true;
        for (const listener of [...this.#listeners]) listener();
        resolve();
      }),
    );
  }

  /** Everything that has come and was not taken, as text. */
  get text(): string {
    return this.#bytes.toString("latin1");
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Waits until `find` makes something of what has come. Rejects when the connection closes before. */
  until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined && !this.#isClosed) return;
        this.#listeners.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`closed after: ${this.text.slice(0, 200)}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** The head of the next HTTP answer, taken off what has come. */
  head(): Promise<string> {
    return this.until(() => {
      const end = this.#bytes.indexOf("\r\n\r\n");
      if (end < 0) return undefined;
      const head = this.#bytes.subarray(0, end).toString("latin1");
      this.#bytes = this.#bytes.subarray(end + 4);
      return head;
    });
  }

  /** Asks for a WebSocket and waits until it is one. */
  async upgrade(): Promise<void> {
    this.send(upgradeRequest());
    const head = await this.head();
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(head);
  }

  /** The next frame of the server. */
  frame(): Promise<RawFrame> {
    return this.until(() => {
      const bytes = this.#bytes;
      if (bytes.length < 2) return undefined;
      const short = (bytes[1] ?? 0) & 127;
      const offset = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (bytes.length < offset) return undefined;
      const size =
        short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
      if (bytes.length < offset + size) return undefined;
      this.#bytes = bytes.subarray(offset + size);
      return { opcode: (bytes[0] ?? 0) & 15, payload: bytes.subarray(offset, offset + size) };
    });
  }

  /** The code of the close frame; 1006 when the connection ends without one. */
  async closeCode(): Promise<number> {
    for (;;) {
      const frame = await this.frame().catch(() => null);
      if (frame === null) return 1006;
      if (frame.opcode === OPCODES.close)
        return frame.payload.length >= 2 ? frame.payload.readUInt16BE(0) : 1005;
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
