import type { DialectParts } from "../dialect.ts";
import { lobbyWelcome } from "../lobby-welcome.ts";
import type { DialectRoom } from "../room/room.ts";
import { errorFrame } from "../room-frames.ts";
import type { DialectHandler, LegacySession } from "../session/legacy-session.ts";
import { directMessageFrame, establishedFrame, lobbyJson, PONG } from "./encode.ts";
import { readLobbyFrame } from "./frames.ts";

/** `/ws/{username}`: one room for all, and direct messages. */
export function lobbyJsonHandler(parts: DialectParts): DialectHandler {
  return {
    ...lobbyWelcome(lobbyJson, parts, ({ id, name }) => [establishedFrame(id, name)]),
    error: errorFrame,
    frame(session, dialectRoom, data) {
      const frame = readLobbyFrame(data);
      switch (frame.kind) {
        case "ping":
          session.send(PONG);
          return;
        case "wrong":
          session.sendError(frame.why);
          return;
        case "chat":
          if (frame.text.trim() !== "") session.sendMessage(dialectRoom, frame.text);
          return;
        case "direct":
          sendDirectMessage(parts, session, dialectRoom, frame.receiver, frame.text);
          return;
        default:
          frame satisfies never;
      }
    },
  };
}

/** Relays a message to one other client of this dialect, and to its sender. It is not stored, as these clients expect. */
function sendDirectMessage(
  { newId, now }: DialectParts,
  session: LegacySession,
  dialectRoom: DialectRoom,
  receiver: string,
  text: string,
): void {
  if (!session.mayMessage(dialectRoom, text)) return;
  const other = dialectRoom.client(receiver);
  if (other?.encoder !== lobbyJson) {
    session.sendError("receiver_id: no online user has this id.");
    return;
  }
  const frame = directMessageFrame({
    id: newId(),
    sender_id: session.id,
    receiver_id: receiver,
    content: text,
    at: now(),
  });
  other.send(frame);
  if (other.id !== session.id) session.send(frame);
}
