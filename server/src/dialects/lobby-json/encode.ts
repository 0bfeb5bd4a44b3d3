import { type DialectEncoder, quotedNames, timestamp } from "../encoder.ts";

/** The lobby in JSON: `/ws/{username}`. Clients for messages, for lists of users and for direct messages share it. */
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

/** A direct message, which is relayed and not stored. */
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
