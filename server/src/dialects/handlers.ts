import { fromWire, isFault, LOBBY, type RoomId } from "@parley/protocol";
import { type Said, saidOf, type Wire } from "./encoder.ts";
import { errorFrame, readRoomFrame } from "./frames.ts";
import { directMessage, established, lobbyJson, PONG, readLobbyFrame } from "./lobby-json/encode.ts";
import { lobbyText, systemLine } from "./lobby-text/encode.ts";
import type { OpenRooms } from "./ownerless-rooms.ts";
import { tailOf } from "./room/history.ts";
import type { Place } from "./room/room.ts";
import { chatRoom } from "./rooms-by-rest/encode.ts";
import { namedRoom } from "./rooms-by-url/encode.ts";
import type { Manner, WalkIn, WalkInParts } from "./session/legacy-session.ts";

/** Messages that a newcomer of the lobby is shown. */
const HISTORY = 10;

type Parts = Pick<WalkInParts, "store" | "newId" | "now">;

/** The last messages of a room, up to the moment of the call that is returned: null when they must be read again. */
async function lastMessages({ store }: Parts, place: Place): Promise<() => readonly Said[] | null> {
  const { room, followed } = place;
  const tail = await tailOf(store, room, { count: HISTORY }, "node");
  if (isFault(tail)) return () => [];
  const shown = tail.messages.map(
    ({ id, author, name, text, at }): Said => ({ id, room, author, name, text, at }),
  );
  return () => {
    const since = followed.ring.since(tail.asOf, followed.published);
    // Also when something was deleted: it may be among what was read.
    if (since === null || since.some(({ kind }) => kind === "message_deleted")) return null;
    const newer = since
      .map(fromWire)
      .flatMap((event) => (event.kind === "message_sent" ? [saidOf(room, event)] : []));
    return [...shown, ...newer].slice(-HISTORY);
  };
}

function lobby(
  wire: Wire,
  parts: Parts,
  first: (walkIn: WalkIn) => readonly string[],
): Pick<Manner, "room" | "welcome" | "wire"> {
  return {
    wire,
    room: async () => LOBBY,
    async welcome(walkIn, place) {
      const messages = await lastMessages(parts, place);
      return () => {
        const said = messages();
        return said && [...first(walkIn), ...said.flatMap((one) => wire.message(one) ?? [])];
      };
    },
  };
}

/** `/ws/{username}`: chat for all, and between two. */
export function lobbyJsonManner(parts: Parts): Manner {
  return {
    ...lobby(lobbyJson, parts, ({ id, name }) => [established(id, name)]),
    error: errorFrame,
    frame(walkIn, place, data) {
      const frame = readLobbyFrame(data);
      switch (frame.kind) {
        case "ping":
          walkIn.send(PONG);
          return;
        case "wrong":
          walkIn.complain(frame.why);
          return;
        case "chat":
          if (frame.text.trim() !== "") walkIn.say(place, frame.text);
          return;
        case "direct":
          tell(parts, walkIn, place, frame.receiver, frame.text);
          return;
        default:
          frame satisfies never;
      }
    },
  };
}

/** Hands a message to one other person of this wire, and shows it to its sender. It is not stored, as those clients expect. */
function tell({ newId, now }: Parts, walkIn: WalkIn, place: Place, receiver: string, text: string): void {
  if (!walkIn.maySay(place, text)) return;
  const other = place.visitor(receiver);
  if (other?.wire !== lobbyJson) {
    walkIn.complain("receiver_id: nobody of this id can be reached here.");
    return;
  }
  const frame = directMessage({
    id: newId(),
    sender_id: walkIn.id,
    receiver_id: receiver,
    content: text,
    at: now(),
  });
  other.send(frame);
  if (other.id !== walkIn.id) walkIn.send(frame);
}

/** `/ws/{username}?format=text`. */
export function lobbyTextManner(parts: Parts): Manner {
  return {
    ...lobby(lobbyText, parts, () => []),
    error: systemLine,
    frame(walkIn, place, data) {
      if (data.trim() !== "") walkIn.say(place, data);
    },
  };
}

const nothing = async () => () => [];

/** `/ws/{room}?username=Alice`: naming a room makes it. */
export function namedRoomManner(name: string, rooms: OpenRooms): Manner {
  return {
    wire: namedRoom,
    welcome: nothing,
    error: errorFrame,
    async room(walkIn): Promise<RoomId | null> {
      const found = await rooms.named(name, walkIn.address);
      if ("room" in found) return found.room;
      walkIn.close(1008, found.refused);
      return null;
    },
    frame(walkIn, place, data) {
      const frame = readRoomFrame(data, false);
      if (frame.kind === "wrong") walkIn.complain(frame.why);
      else if (frame.kind === "message") walkIn.say(place, frame.text);
    },
  };
}

/** `/ws/chat/{room_id}?username=Ada`: a room that is there. */
export function chatRoomManner(
  room: RoomId,
  signal: (room: RoomId, who: { id: string; name: string }, on: boolean) => void,
): Manner {
  let writing = false;
  return {
    wire: chatRoom,
    welcome: nothing,
    error: errorFrame,
    room: async () => room,
    frame(walkIn, place, data) {
      const frame = readRoomFrame(data, true);
      if (frame.kind === "wrong") walkIn.complain(frame.why);
      else if (frame.kind === "message") {
        writing = false;
        walkIn.say(place, frame.text);
      } else if (frame.on === writing || !frame.on || walkIn.maySign()) {
        // The same again keeps it up. Only what begins costs others a frame each.
        writing = frame.on;
        signal(place.room, walkIn, frame.on);
      }
    },
    // Who watches on the native wire would see it go on for six seconds.
    left(walkIn, place) {
      if (writing) signal(place.room, walkIn, false);
    },
  };
}
