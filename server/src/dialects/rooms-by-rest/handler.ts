import type { RoomId } from "@parley/protocol";
import type { DialectParts } from "../dialect.ts";
import { errorFrame, readRoomFrame } from "../room-frames.ts";
import { type DialectHandler, noWelcome } from "../session/legacy-session.ts";
import { roomsByRest } from "./encode.ts";

/** `/ws/chat/{room_id}?username=Ada`: a room that exists. */
export function roomsByRestHandler(room: RoomId, { typing }: DialectParts): DialectHandler {
  let isTyping = false;
  return {
    encoder: roomsByRest,
    welcome: noWelcome,
    error: errorFrame,
    room: async () => room,
    frame(session, dialectRoom, data) {
      const frame = readRoomFrame(data, true);
      if (frame.kind === "wrong") session.sendError(frame.why);
      else if (frame.kind === "message") {
        isTyping = false;
        session.sendMessage(dialectRoom, frame.text);
      } else if (frame.on === isTyping || !frame.on || session.mayType()) {
        // A repeated signal keeps the state valid. Only a change costs the others a frame each.
        isTyping = frame.on;
        typing(dialectRoom.id, session, frame.on);
      }
    },
    // Without it the native protocol would show the user as typing for another six seconds.
    left(session, dialectRoom) {
      if (isTyping) typing(dialectRoom.id, session, false);
    },
  };
}
