import { fromWire, isFault, LOBBY } from "@parley/protocol";
import type { DialectParts } from "./dialect.ts";
import { type ChatMessage, type DialectEncoder, toChatMessage } from "./encoder.ts";
import { readTail } from "./room/history.ts";
import type { DialectRoom } from "./room/room.ts";
import type { DialectHandler, LegacySession } from "./session/legacy-session.ts";

/** Messages that a new client of the lobby gets. */
const HISTORY = 10;

/** Both formats of the lobby: one room, and its last messages behind the frames of `first`. */
export function lobbyWelcome(
  encoder: DialectEncoder,
  parts: Pick<DialectParts, "store">,
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

/** The last messages of a room, up to the moment of the call that is returned: null when they must be read again. */
async function lastMessages(
  { store }: Pick<DialectParts, "store">,
  dialectRoom: DialectRoom,
): Promise<() => readonly ChatMessage[] | null> {
  const { id: room, followed } = dialectRoom;
  const tail = await readTail(store, room, { count: HISTORY }, "node");
  if (isFault(tail)) return () => [];
  const stored = tail.messages.map(
    ({ id, author, name, text, at }): ChatMessage => ({ id, room, author, name, text, at }),
  );
  return () => {
    const since = followed.ring.since(tail.asOf, followed.published);
    // Also when something was deleted: it may be among what was read.
    if (since === null || since.some(({ kind }) => kind === "message_deleted")) return null;
    const newer = since
      .map(fromWire)
      .flatMap((event) => (event.kind === "message_sent" ? [toChatMessage(room, event)] : []));
    return [...stored, ...newer].slice(-HISTORY);
  };
}
