import type { Member, MemberList, Page, PageQuery, RoomEntry, RoomId, RoomList } from "@parley/protocol";
import { faultCode, ParleyError } from "./errors.ts";
import type { Platform } from "./platform.ts";

/** How long a request may take. Milliseconds. */
const TIMEOUT = 15_000;

/** Reads over HTTP: what is not replayed is asked for here. Every method rejects with ParleyError. */
export interface Rest {
  /** Public rooms, and the user's own. */
  rooms(): Promise<readonly RoomEntry[]>;
  /** A page of a room's messages as they are now, oldest first; the newest page without before, after or around. */
  page(room: RoomId, query: Partial<PageQuery>): Promise<Page>;
  members(room: RoomId): Promise<readonly Member[]>;
}

/** `base` ends with a slash. */
export function createRest(base: string, token: string, platform: Platform): Rest {
  const get = async <T>(path: string): Promise<T> => {
    const abort = new AbortController();
    const stop = platform.timer(TIMEOUT, () => abort.abort());
    try {
      const response = await platform.fetch(`${base}api/v1/${path}`, {
        headers: { authorization: `Bearer ${token}`, accept: "application/json" },
        signal: abort.signal,
      });
      if (!response.ok) throw await problem(response);
      return (await response.json()) as T;
    } catch (error) {
      if (error instanceof ParleyError) throw error;
      throw new ParleyError("offline", "The server cannot be reached.");
    } finally {
      stop();
    }
  };
  return {
    rooms: async () => (await get<RoomList>("rooms")).rooms,
    members: async (room) => (await get<MemberList>(`rooms/${encodeURIComponent(room)}/members`)).members,
    page(room, query) {
      const search = new URLSearchParams();
      for (const [key, value] of Object.entries(query))
        if (value !== undefined) search.set(key, String(value));
      return get(`rooms/${encodeURIComponent(room)}/messages?${search}`);
    },
  };
}

/** The fault in a problem document (RFC 9457), or what a proxy said instead. */
async function problem(response: Response): Promise<ParleyError> {
  try {
    const { code, title, detail } = (await response.json()) as {
      code?: unknown;
      title?: string;
      detail?: string;
    };
    if (typeof code === "string") return new ParleyError(faultCode(code), detail ?? title ?? code);
  } catch {}
  return new ParleyError("http", `The server answered with status ${response.status}.`);
}
