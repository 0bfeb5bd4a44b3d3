import { isFault, type RoomId } from "@parley/protocol";
import { roomId } from "@parley/protocol/schemas";
import type { Connection, Peer } from "../gateway/socket/connection.ts";
import type { Store } from "../store/store.ts";
import { lobbyJsonHandler, lobbyTextHandler, roomsByRestHandler, roomsByUrlHandler } from "./handlers.ts";
import { guestName, type ReadName, readPersonName, readRoomName } from "./names.ts";
import type { OwnerlessRooms } from "./ownerless-rooms.ts";
import { type DialectHandler, LegacySession, type LegacySessionParts } from "./session/legacy-session.ts";

/** Which of the wires are spoken: the lobby by name, rooms by URL, rooms by REST. */
export const DIALECTS = ["lobby", "rooms", "chat"] as const;
export type DialectName = (typeof DIALECTS)[number];

export type DialectRouterParts = LegacySessionParts & {
  readonly store: Store;
  readonly rooms: OwnerlessRooms;
  readonly on: ReadonlySet<DialectName>;
  /** Frames of the lobby where the address names no format: JSON, or plain text for clients that know nothing else. */
  readonly lobbyFormat: "json" | "text";
  readonly typing: (room: RoomId, who: { readonly id: string; readonly name: string }, on: boolean) => void;
  /** A number from 0 up to 65,535. */
  readonly random: () => number;
};

/** What to do with a request for a socket: open it, or answer without one. Null: it is not ours. */
export type Opening = ((connection: Connection) => Peer) | Response | null;

/**
 * The addresses of the small chat servers. `/ws` itself, without a slash behind it, is the native wire. A name that cannot
 * be is refused after the socket is open, so that a page sees the reason.
 */
export class DialectRouter {
  readonly #parts: DialectRouterParts;

  constructor(parts: DialectRouterParts) {
    this.#parts = parts;
  }

  async open(url: URL): Promise<Opening> {
    const { on } = this.#parts;
    if (!url.pathname.startsWith("/ws/")) return null;
    const [first = "", second, ...rest] = url.pathname.slice("/ws/".length).split("/");
    const username = queryText(url, "username");
    if (first === "chat" && second !== undefined && rest.length === 0) {
      return on.has("chat") ? this.#chat(second, username) : null;
    }
    if (second !== undefined) return null;
    if (username !== null) return on.has("rooms") ? this.#room(first, username) : null;
    return on.has("lobby") ? this.#lobby(first, url.searchParams.get("format")) : null;
  }

  /** `asked` is the format of this connection, where it names one. */
  #lobby(segment: string, asked: string | null): Opening {
    const format = asked === "text" || asked === "json" ? asked : this.#parts.lobbyFormat;
    const handler = format === "text" ? lobbyTextHandler(this.#parts) : lobbyJsonHandler(this.#parts);
    return this.#openSession(
      handler,
      segment === "" || segment === "anonymous" ? null : readPersonName(segment),
    );
  }

  #room(segment: string, username: string): Opening {
    const room = readRoomName(segment);
    if ("refused" in room) return refuseWith(room.refused);
    return this.#openSession(roomsByUrlHandler(room.name, this.#parts.rooms), readPersonName(username));
  }

  async #chat(segment: string, username: string | null): Promise<Opening> {
    const room = roomId.safeParse(segment);
    const found = room.success ? await this.#parts.store.room(room.data, "") : null;
    if (!room.success || found === null || isFault(found))
      return new Response("Room not found", { status: 404 });
    const handler = roomsByRestHandler(room.data, this.#parts.typing);
    return this.#openSession(handler, username ? readPersonName(username) : null);
  }

  /** `read` is null for somebody who gave no name. */
  #openSession(handler: DialectHandler, read: ReadName | null): Opening {
    if (read && "refused" in read) return refuseWith(read.refused);
    const naming = read?.name ?? (() => guestName(this.#parts.random()));
    return (connection) => new LegacySession(connection, naming, handler, this.#parts);
  }
}

/** The first field of that name as it stands in the query, percent sequences and all; null when there is none. */
function queryText({ search }: URL, wanted: string): string | null {
  for (const field of search.slice(1).split("&")) {
    const [name, ...text] = field.split("=");
    if (name === wanted) return text.join("=").replaceAll("+", " ");
  }
  return null;
}

/** Opens only to say why not. */
function refuseWith(reason: string): Opening {
  return (connection) => {
    connection.close(1008, reason);
    return { onFrame() {}, onDrain() {}, onActivity() {}, onClose() {} };
  };
}
