/**
 * WebSocket frames (RFC 6455, section 5) as a client needs them, by hand: the load must cost far less than the server.
 */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export type Header = {
  readonly fin: boolean;
  readonly opcode: number;
  /** Bytes of the header itself: 2, 4 or 10. */
  readonly size: number;
  /** Bytes of payload behind it. */
  readonly length: number;
};

/** Reads the header of a server's frame at `start`. Null: more bytes are needed. Throws on what a server must not send. */
export function readHeader(bytes: Buffer, start: number, end: number): Header | null {
  if (end - start < 2) return null;
  const first = bytes[start]!;
  const second = bytes[start + 1]!;
  if (first & 0x70) throw new Error("A frame has reserved bits set (compression was not asked for).");
  if (second & 0x80) throw new Error("A server's frame is masked.");
  const fin = (first & 0x80) !== 0;
  const opcode = first & 0x0f;
  if (second < 126) return { fin, opcode, size: 2, length: second };
  if (second === 126) {
    if (end - start < 4) return null;
    return { fin, opcode, size: 4, length: bytes.readUInt16BE(start + 2) };
  }
  if (end - start < 10) return null;
  const length = Number(bytes.readBigUInt64BE(start + 2));
  return { fin, opcode, size: 10, length };
}

/**
 * Writes a masked frame at `at` and returns where it ends. The mask is zero: a server unmasks it like any other, and
 * the load saves the work. `payload` must be Latin-1 and shorter than 64 KiB.
 */
export function writeFrame(into: Buffer, at: number, opcode: number, payload: string): number {
  const { length } = payload;
  if (length > 0xffff) throw new Error("The load writes no frames of 64 KiB and more.");
  into[at++] = 0x80 | opcode;
  if (length < 126) into[at++] = 0x80 | length;
  else {
    into[at++] = 0x80 | 126;
    at = into.writeUInt16BE(length, at);
  }
  at = into.writeUInt32BE(0, at);
  return at + into.write(payload, at, "latin1");
}

/** The request that opens a WebSocket. The key is the RFC's sample: it only shows that the server knows the protocol. */
export function upgradeRequest(path: string, host: string, subprotocol: string | null): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    ...(subprotocol === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    "\r\n",
  ].join("\r\n");
}
