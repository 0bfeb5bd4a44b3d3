import type { ClientFrames, CommandBody, Nonce, ServerFrame } from "@parley/protocol";

/** A frame that a client sends. */
export type ClientFrame =
  | ClientFrames[keyof ClientFrames]
  | ({ readonly type: "command"; readonly request: number; readonly nonce: Nonce } & CommandBody);

/**
 * Reads a frame of the server. Null for what is no frame at all. Shapes are the server's word: schemas would bring zod
 * into every page. Types that this version does not know come through and are ignored where frames are distinguished.
 */
export function readFrame(text: string): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    if (typeof frame !== "object" || frame === null || !("type" in frame)) return null;
    return typeof frame.type === "string" ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}

export function writeFrame(frame: ClientFrame): string {
  return JSON.stringify(frame);
}

/** The size of a command's frame in bytes of UTF-8, with room for the largest request id. */
export function commandBytes(nonce: Nonce, body: CommandBody): number {
  const frame = writeFrame({ type: "command", request: Number.MAX_SAFE_INTEGER, nonce, ...body });
  return new TextEncoder().encode(frame).byteLength;
}
