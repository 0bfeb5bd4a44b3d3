/** The SDK: a client that keeps the promise on its side of the wire. */
export {
  codePoints,
  type EventId,
  FAULTS,
  type FaultCode,
  type FeedEvent,
  type FeedId,
  type Guest,
  isDirectRoomId,
  LIMITS,
  LOBBY,
  type Member,
  type Nonce,
  nameKey,
  type Role,
  type RoomEntry,
  type RoomId,
  type RoomKind,
  type UserId,
} from "@parley/protocol";
export type { Client, ClientOptions, Hooks, Inspection, NewRoom } from "./client.ts";
export type { ConnectionView } from "./connection-view.ts";
export { ParleyError } from "./errors.ts";
export { type IdMaker, uuidMaker } from "./ids.ts";
export { createClient } from "./live-client.ts";
export type { Observable } from "./observable.ts";
export {
  type CommandFault,
  createOutbox,
  type Failure,
  type Outbox,
  type OutboxItem,
  type OutboxOptions,
  type Refusal,
} from "./outbox.ts";
export {
  browserPlatform,
  type KeyValue,
  memoryKeyValue,
  type Platform,
  type Socket,
  type SocketListener,
} from "./platform.ts";
export type { Room, TimelineView } from "./room.ts";
export type { RoomView } from "./roster.ts";
export type { TimelineItem } from "./timeline.ts";
export { newToken } from "./token.ts";
