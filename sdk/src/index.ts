/** The SDK: a client that keeps the promise on its side of the wire. */
export {
  type Advice,
  codePoints,
  directRoomId,
  type EventId,
  FAULTS,
  type FaultCode,
  type FeedEvent,
  type FeedId,
  type FeedItem,
  type Guest,
  type Hit,
  type HitList,
  isDirectRoomId,
  isGrapheme,
  LIMITS,
  LOBBY,
  type Member,
  type MembersJoined,
  type Message,
  type MessageRef,
  type Nonce,
  nameKey,
  type Person,
  type Reaction,
  type ReadState,
  type Role,
  type RoomEntry,
  type RoomId,
  type RoomKind,
  type RoomList,
  type RoomStanding,
  type ServerInfo,
  type UserId,
  type UserList,
  type Version,
} from "@parley/protocol";
export { ParleyError } from "./base/errors.ts";
export { type IdMaker, uuidMaker } from "./base/ids.ts";
export type { Observable } from "./base/observable.ts";
export {
  browserPlatform,
  type KeyValue,
  memoryKeyValue,
  type Platform,
  type Socket,
  type SocketListener,
} from "./base/platform.ts";
export type { DirectoryOptions, PeopleOptions, SearchOptions } from "./base/rest.ts";
export { newToken } from "./base/token.ts";
export type { Client, ClientOptions, Hooks, Inspection, NewRoom, UnreadTotal } from "./client.ts";
export type { ConnectionView } from "./connection/view.ts";
export { createClient } from "./create-client.ts";
export type { ConnectionCause } from "./diagnosis.ts";
export { createOutbox, type Outbox, type OutboxOptions, type Refusal } from "./outbox/outbox.ts";
export type { CommandFault, Failure, OutboxItem } from "./outbox/room-queue.ts";
export type { FailedEdit, Gone, Mentions, Room, TimelineView } from "./rooms/room.ts";
export type { RoomSummary as RoomView } from "./rooms/room-list.ts";
export type { PresenceView } from "./signals/signals.ts";
export type { TimelineItem } from "./timeline/item.ts";
export type { Notice } from "./timeline/notice.ts";
