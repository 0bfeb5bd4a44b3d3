import type {
  EventId,
  History,
  HitList,
  Member,
  MemberList,
  Page,
  PageQuery,
  ReadList,
  RoomId,
  RoomList,
  RoomStanding,
  ServerInfo,
  UserId,
  UserList,
  Version,
} from "@parley/protocol";
import { faultCode, ParleyError } from "./errors.ts";
import type { Platform } from "./platform.ts";

/** How long a request may take. Milliseconds. */
const TIMEOUT = 15_000;

/** `cursor` is the `next` of the page before. */
export type PeopleOptions = {
  /** A part of the name, compared as names are. */
  readonly query?: string;
  readonly limit?: number;
  readonly cursor?: string;
};
export type DirectoryOptions = PeopleOptions & {
  /** Only the user's own rooms. */
  readonly mine?: boolean;
};
export type SearchOptions = {
  /** Words; `"two words"` in quotes is a phrase, `wor*` the beginning of a word. */
  readonly query: string;
  readonly room?: RoomId;
  readonly author?: UserId;
  /** Times in milliseconds UTC. */
  readonly after?: number;
  readonly before?: number;
  readonly limit?: number;
  readonly cursor?: number;
};

/** Reads over HTTP: what is not replayed is asked for here. Every method rejects with ParleyError. */
export interface Rest {
  /** Public rooms, and the user's own. */
  rooms(options: DirectoryOptions): Promise<RoomList>;
  users(options: PeopleOptions): Promise<UserList>;
  search(options: SearchOptions): Promise<HitList>;
  server(): Promise<ServerInfo>;
  standing(room: RoomId): Promise<RoomStanding>;
  /** A page of a room's messages as they are now, oldest first; the newest page without before, after or around. */
  page(room: RoomId, query: Partial<PageQuery>): Promise<Page>;
  members(room: RoomId): Promise<readonly Member[]>;
  reads(room: RoomId): Promise<ReadList["reads"]>;
  history(room: RoomId, message: EventId): Promise<readonly Version[]>;
}

/** `base` ends with a slash. */
export function createRest(base: string, token: string, platform: Platform): Rest {
  const get = async <T>(path: string, query: Query = {}): Promise<T> => {
    const abort = new AbortController();
    const stop = platform.timer(TIMEOUT, () => abort.abort());
    try {
      const response = await platform.fetch(`${base}api/v1/${path}${queryOf(query)}`, {
        headers: { authorization: `Bearer ${token}`, accept: "application/json" },
        signal: abort.signal,
      });
      if (!response.ok) throw await problem(response);
      try {
        return (await response.json()) as T;
      } catch (error) {
        if (abort.signal.aborted) throw error;
        throw new ParleyError("http", "The server's answer cannot be read.", { status: response.status });
      }
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      throw new ParleyError("offline", "The server cannot be reached.");
    } finally {
      stop();
    }
  };
  const roomPath = (room: RoomId) => `rooms/${encodeURIComponent(room)}`;
  return {
    rooms: (options) => get("rooms", options),
    users: (options) => get("users", options),
    search: (options) => get("search", options),
    server: () => get("server"),
    standing: (room) => get(roomPath(room)),
    page: (room, query) => get(`${roomPath(room)}/messages`, query),
    members: async (room) => (await get<MemberList>(`${roomPath(room)}/members`)).members,
    reads: async (room) => (await get<ReadList>(`${roomPath(room)}/reads`)).reads,
    history: async (room, message) =>
      (await get<History>(`${roomPath(room)}/messages/${encodeURIComponent(message)}/history`)).versions,
  };
}

type Query = { readonly [key: string]: string | number | boolean | undefined };

function queryOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? "" : `?${search}`;
}

/** The fault in a problem document (RFC 9457), or the answer of a proxy. */
async function problem(response: Response): Promise<ParleyError> {
  try {
    const { code, title, detail, retry_after } = (await response.json()) as {
      code?: unknown;
      title?: string;
      detail?: string;
      retry_after?: number;
    };
    if (typeof code === "string") {
      return new ParleyError(faultCode(code), detail ?? title ?? code, { retryAfter: retry_after ?? 0 });
    }
  } catch {}
  return new ParleyError("http", `The server answered with status ${response.status}.`, {
    status: response.status,
  });
}
