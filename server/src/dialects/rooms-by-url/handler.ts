import type { DialectParts } from "../dialect.ts";
import { errorFrame, readRoomFrame } from "../room-frames.ts";
import { type DialectHandler, noWelcome } from "../session/legacy-session.ts";
import { roomsByUrl } from "./encode.ts";

/** `/ws/{room}?username=Alice`: the room of that name, which is created if there is none. */
export function roomsByUrlHandler(name: string, { rooms }: DialectParts): DialectHandler {
  return {
    encoder: roomsByUrl,
    welcome: noWelcome,
    error: errorFrame,
    async room(session) {
      const found = await rooms.named(name, session.address);
      if ("room" in found) return found.room;
      session.close(1008, found.refused);
      return null;
    },
    frame(session, dialectRoom, data) {
      const frame = readRoomFrame(data, false);
      if (frame.kind === "wrong") session.sendError(frame.why);
      else if (frame.kind === "message") session.sendMessage(dialectRoom, frame.text);
    },
  };
}
