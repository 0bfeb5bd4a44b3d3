import { type DialectEncoder, quotedNames, timestamp } from "../encoder.ts";

/** The lobby in JSON: `/ws/{username}`. Clients for messages, for people and for talk between two share it. */
export const lobbyJson: DialectEncoder = {
  name: "lobby-json",
  message: ({ id, name, text, at }) =>
    JSON.stringify({ type: "chat", id, sender: name, content: text, timestamp: timestamp(at) }),
  joined: (joinLeave) => noticeFrame(`${quotedNames(joinLeave)} joined the chat`, joinLeave.at),
  left: (joinLeave) => noticeFrame(`${quotedNames(joinLeave)} left the chat`, joinLeave.at),
  people: (people) =>
    JSON.stringify({
      type: "user_list_update",
      users: people.map(({ id, name }) => ({ id, name, is_online: true })),
    }),
  typing: () => null,
};

function noticeFrame(content: string, at: number): string {
  return JSON.stringify({ type: "system", content, timestamp: timestamp(at) });
}

export function establishedFrame(id: string, name: string): string {
  return JSON.stringify({ type: "connection_established", user_id: id, name });
}

/** A message between two, which is relayed and not stored. */
export function directMessageFrame(message: {
  readonly id: string;
  readonly sender_id: string;
  readonly receiver_id: string;
  readonly content: string;
  readonly at: number;
}): string {
  const { at, ...rest } = message;
  return JSON.stringify({ type: "chat_message", message: { ...rest, timestamp: timestamp(at) } });
}

export const PONG = JSON.stringify({ type: "pong" });

/** What a frame of the lobby asks for. Whatever is not a known object is chat. */
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
