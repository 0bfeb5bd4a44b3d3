/** A frame of a client in a room, decoded, for the dialects whose frames are JSON objects. */
export type RoomFrame =
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "typing"; readonly on: boolean }
  | { readonly kind: "wrong"; readonly why: string };

/** The error frame of the dialects with JSON frames. The connection stays open. */
export function errorFrame(message: string): string {
  return JSON.stringify({ type: "error", message });
}

/** `typed`: the dialect names the kind of each frame; without it every frame is a message. */
export function readRoomFrame(data: string, typed: boolean): RoomFrame {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { kind: "wrong", why: "This is not JSON. Send one JSON object in a text frame." };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { kind: "wrong", why: "A JSON object is needed." };
  const { type, content, is_typing } = value as Record<string, unknown>;
  if (typed && type === "typing") {
    if (typeof is_typing !== "boolean") return { kind: "wrong", why: "is_typing: true or false is needed." };
    return { kind: "typing", on: is_typing };
  }
  if (typed && type !== "message") return { kind: "wrong", why: "type: message or typing is needed." };
  if (typeof content !== "string") return { kind: "wrong", why: "content: a text is needed." };
  return { kind: "message", text: content };
}
