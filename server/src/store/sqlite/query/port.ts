import type {
  DirectoryQuery,
  EventId,
  Fault,
  HitList,
  Member,
  Message,
  Page,
  RoomId,
  RoomList,
  SearchQuery,
  UserId,
  Version,
} from "@parley/protocol";
import type { PublicRoom, Reader, User, UserPage, Where } from "../../store.ts";

/** The parameters of the thread of slow reads. */
export type QueryStart = { readonly path: string; readonly epoch: string };

/** Its requests. */
export type Query =
  | { readonly kind: "search"; readonly query: SearchQuery; readonly reader: Reader }
  | {
      readonly kind: "directory";
      readonly query: DirectoryQuery & { readonly mine?: boolean };
      readonly user: UserId;
    }
  | { readonly kind: "users"; readonly query: DirectoryQuery }
  | { readonly kind: "user"; readonly id: UserId }
  | { readonly kind: "public_rooms" }
  | { readonly kind: "members"; readonly room: RoomId; readonly reader: Reader }
  | { readonly kind: "page"; readonly room: RoomId; readonly where: Where; readonly reader: Reader }
  | {
      readonly kind: "message" | "history";
      readonly room: RoomId;
      readonly id: EventId;
      readonly reader: Reader;
    };
export type QueryKind = Query["kind"];

/** The result of each request, if it is no fault. */
export type Answers = {
  readonly search: HitList;
  readonly directory: RoomList;
  readonly users: UserPage;
  readonly user: User;
  readonly public_rooms: readonly PublicRoom[];
  readonly members: readonly Member[];
  readonly page: Page;
  readonly message: Message;
  readonly history: readonly Version[];
};
export type QueryOf<K extends QueryKind> = Query & { readonly kind: K };
export type AnswerTo<K extends QueryKind> = Answers[K] | Fault;

export type QueryRequest = Query | { readonly kind: "close" };

/** Answers travel as JSON, as batches do. */
export type QueryReply =
  | { readonly kind: "open" }
  /** `ms` is the time that the thread took. */
  | { readonly kind: "answer"; readonly answer: string; readonly ms: number }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "closed" };
