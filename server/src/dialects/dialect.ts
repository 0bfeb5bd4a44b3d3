import type { RoomId } from "@parley/protocol";
import type { Store } from "../store/store.ts";
import type { ReadName } from "./names.ts";
import type { OwnerlessRooms } from "./ownerless-rooms.ts";
import type { DialectHandler } from "./session/legacy-session.ts";

/** What the handlers of the dialects work with. */
export type DialectParts = {
  readonly store: Pick<Store, "page" | "room">;
  readonly rooms: OwnerlessRooms;
  /** Frames of the lobby where the address names no format: JSON, or plain text for clients that know nothing else. */
  readonly lobbyFormat: "json" | "text";
  /** Publishes that a client began to type, or stopped. */
  readonly typing: (room: RoomId, user: { readonly id: string; readonly name: string }, on: boolean) => void;
  readonly newId: () => string;
  /** Milliseconds UTC. */
  readonly now: () => number;
};

/** The address of a socket below `/ws/`. Parts of it are as the URL has them, percent sequences and all. */
export type SocketAddress = {
  readonly segments: readonly string[];
  readonly username: string | null;
  readonly format: string | null;
};

/**
 * What a dialect does with a socket: a session with this handler and name (null: a name is drawn), an answer without a
 * socket, or a close with a reason that a page can read.
 */
export type SocketRoute =
  | { readonly handler: DialectHandler; readonly name: ReadName | null }
  | { readonly refused: string }
  | Response;

/** One dialect: which addresses are its own, and what is there. */
export interface Dialect {
  /** Whether this socket is at an address of the dialect. At most one dialect returns true. */
  ownsSocket(address: SocketAddress): boolean;
  /** Called for its own addresses only. */
  route(address: SocketAddress, parts: DialectParts): SocketRoute | Promise<SocketRoute>;
  /** Whether this request is for the REST of the dialect. */
  ownsRequest(pathname: string, request: Request): boolean;
}
