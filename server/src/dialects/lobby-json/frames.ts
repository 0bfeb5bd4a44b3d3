/** A frame of a lobby client, decoded. Everything that is not a known object is chat. */
export type LobbyFrame =
  | { readonly kind: "chat"; readonly text: string }
  | { readonly kind: "direct"; readonly receiver: string; readonly text: string }
  | { readonly kind: "ping" }
  | { readonly kind: "wrong"; readonly why: string };

export function readLobbyFrame(data: string): LobbyFrame {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { kind: "chat", text: data };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { kind: "chat", text: data };
  const { type, content, receiver_id } = value as Record<string, unknown>;
  if (type === "ping") return { kind: "ping" };
  if (type === "chat_message") {
    if (typeof receiver_id !== "string" || receiver_id === "")
      return { kind: "wrong", why: "receiver_id: the id of an online user is needed." };
    if (typeof content !== "string" || content.trim() === "")
      return { kind: "wrong", why: "content: a text is needed." };
    return { kind: "direct", receiver: receiver_id, text: content };
  }
  if (type === undefined && typeof content === "string") return { kind: "chat", text: content };
  return { kind: "chat", text: data };
}
