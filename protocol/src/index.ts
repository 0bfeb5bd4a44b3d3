/** Types and tables of the wire. Nothing here imports zod; the schemas are at `@parley/protocol/schemas`. */
export * from "./close-codes.ts";
export type { CommandBody, CommandKind, CommandOf } from "./commands.ts";
export * from "./dialect-names.ts";
export type { EventKind, EventOf, FeedEvent, FeedItem, MembersJoined } from "./events.ts";
export * from "./faults.ts";
export * from "./feed-items.ts";
export type { Role, RoomKind } from "./fields.ts";
export type {
  Acknowledgement,
  ClientFrames,
  Cursor,
  FeedState,
  Placed,
  ReadState,
  RoomEntry,
  ServerFrame,
  ServerFrames,
} from "./frames.ts";
export * from "./ids.ts";
export { LIMITS, type Limits } from "./limits.ts";
export * from "./names.ts";
export * from "./outcome.ts";
export type {
  DirectoryQuery,
  Guest,
  GuestRequest,
  History,
  Hit,
  HitList,
  Member,
  MemberList,
  Message,
  MessageChange,
  NewMessage,
  NewRoom,
  Opened,
  Page,
  PageQuery,
  Performed,
  Person,
  Posted,
  Problem,
  Reaction,
  ReadList,
  RoomChange,
  RoomList,
  RoomOnline,
  RoomStanding,
  SearchQuery,
  ServerInfo,
  UserList,
  Version,
} from "./rest.ts";
export * from "./unicode.ts";
export * from "./version.ts";
export * from "./wire-event.ts";
