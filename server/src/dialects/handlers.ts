import { fromWire, isFault, LOBBY, type RoomId } from "@parley/protocol";
import { type ChatMessage, type DialectEncoder, toChatMessage } from "./encoder.ts";
import { errorFrame, readRoomFrame } from "./frames.ts";
import {
  directMessageFrame,
  establishedFrame,
  lobbyJson,
  PONG,
  readLobbyFrame,
} from "./lobby-json/encode.ts";
import { lobbyText, systemLine } from "./lobby-text/encode.ts";
import type { OwnerlessRooms } from "./ownerless-rooms.ts";
import { readTail } from "./room/history.ts";
import type { DialectRoom } from "./room/room.ts";
import { roomsByRest } from "./rooms-by-rest/encode.ts";
import { roomsByUrl } from "./rooms-by-url/encode.ts";
import type { DialectHandler, LegacySession, LegacySessionParts } from "./session/legacy-session.ts";

/** Messages that a newcomer of the lobby is shown. */
const HISTORY = 10;

type Parts = Pick<LegacySessionParts, "store" | "newId" | "now">;

/** The last messages of a room, up to the moment of the call that is returned: null when they must be read again. */
async function lastMessages(
  { store }: Parts,
  dialectRoom: DialectRoom,
): Promise<() => readonly ChatMessage[] | null> {
  const { id: room, followed } = dialectRoom;
  const tail = await readTail(store, room, { count: HISTORY }, "node");
  if (isFault(tail)) return () => [];
  const shown = tail.messages.map(
    ({ id, author, name, text, at }): ChatMessage => ({ id, room, author, name, text, at }),
  );
  return () => {
    const since = followed.ring.since(tail.asOf, followed.published);
    // Also when something was deleted: it may be among what was read.
    if (since === null || since.some(({ kind }) => kind === "message_deleted")) return null;
    const newer = since
      .map(fromWire)
      .flatMap((event) => (event.kind === "message_sent" ? [toChatMessage(room, event)] : []));
    return [...shown, ...newer].slice(-HISTORY);
  };
}

function lobbyHandler(
  encoder: DialectEncoder,
  parts: Parts,
  first: (session: LegacySession) => readonly string[],
): Pick<DialectHandler, "room" | "welcome" | "encoder"> {
  return {
    encoder,
    room: async () => LOBBY,
    async welcome(session, dialectRoom) {
      const messages = await lastMessages(parts, dialectRoom);
      return () => {
        const message = messages();
        return message && [...first(session), ...message.flatMap((one) => encoder.message(one) ?? [])];
      };
    },
  };
}

/** `/ws/{username}`: chat for all, and between two. */
export function lobbyJsonHandler(parts: Parts): DialectHandler {
  return {
    ...lobbyHandler(lobbyJson, parts, ({ id, name }) => [establishedFrame(id, name)]),
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

/** Hands a message to one other person of this wire, and shows it to its sender. It is not stored, as those clients expect. */
function sendDirectMessage(
  { newId, now }: Parts,
  session: LegacySession,
  dialectRoom: DialectRoom,
  receiver: string,
  text: string,
): void {
  if (!session.mayMessage(dialectRoom, text)) return;
  const other = dialectRoom.client(receiver);
  if (other?.encoder !== lobbyJson) {
    session.sendError("receiver_id: nobody of this id can be reached here.");
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

/** `/ws/{username}?format=text`. */
export function lobbyTextHandler(parts: Parts): DialectHandler {
  return {
    ...lobbyHandler(lobbyText, parts, () => []),
    error: systemLine,
    frame(session, dialectRoom, data) {
      if (data.trim() !== "") session.sendMessage(dialectRoom, data);
    },
  };
}

const noWelcome = async () => () => [];

/** `/ws/{room}?username=Alice`: naming a room makes it. */
export function roomsByUrlHandler(name: string, rooms: OwnerlessRooms): DialectHandler {
  return {
    encoder: roomsByUrl,
    welcome: noWelcome,
    error: errorFrame,
    async room(session): Promise<RoomId | null> {
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

/** `/ws/chat/{room_id}?username=Ada`: a room that is there. */
export function roomsByRestHandler(
  room: RoomId,
  signal: (room: RoomId, who: { id: string; name: string }, on: boolean) => void,
): DialectHandler {
  let writing = false;
  return {
    encoder: roomsByRest,
    welcome: noWelcome,
    error: errorFrame,
    room: async () => room,
    frame(session, dialectRoom, data) {
      const frame = readRoomFrame(data, true);
      if (frame.kind === "wrong") session.sendError(frame.why);
      else if (frame.kind === "message") {
        writing = false;
        session.sendMessage(dialectRoom, frame.text);
      } else if (frame.on === writing || !frame.on || session.mayType()) {
        // The same again keeps it up. Only what begins costs others a frame each.
        writing = frame.on;
        signal(dialectRoom.id, session, frame.on);
      }
    },
    // Who watches on the native wire would see it go on for six seconds.
    left(session, dialectRoom) {
      if (writing) signal(dialectRoom.id, session, false);
    },
  };
}
