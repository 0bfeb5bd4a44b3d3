/** The part of the page that is shown; each has an address of its own. */
export type Route =
  | { readonly page: "home" }
  | { readonly page: "browse" }
  /** `at` is the seq of a message to show, null for the newest. */
  | { readonly page: "room"; readonly room: string; readonly at: number | null }
  | { readonly page: "search"; readonly wanted: Wanted }
  | { readonly page: "unknown" };

/** What is searched for. Empty strings where nothing is chosen; days as `2026-11-20`, in the reader's zone. */
export type Wanted = {
  readonly text: string;
  readonly room: string;
  readonly author: string;
  readonly from: string;
  readonly to: string;
};

const FIELDS = { text: "q", room: "in", author: "by", from: "from", to: "to" } as const;

export const HOME = "/";
export const BROWSE = "/rooms";
const SEARCH = "/search";

/** Reads an address: the path, and what follows the question mark. */
export function routeOf(path: string, query = ""): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const [first, second] = parts;
  if (first === undefined) return { page: "home" };
  if (first === "search" && second === undefined) return { page: "search", wanted: wantedOf(query) };
  if (first !== "rooms" || parts.length > 2) return { page: "unknown" };
  if (second === undefined) return { page: "browse" };
  try {
    const at = Number(new URLSearchParams(query).get("at") ?? Number.NaN);
    return {
      page: "room",
      room: decodeURIComponent(second),
      at: Number.isSafeInteger(at) && at > 0 ? at : null,
    };
  } catch {
    return { page: "unknown" };
  }
}

/** The address of a room, or of a message in it: it can be handed to others. */
export function roomPath(room: string, at: number | null = null): string {
  return `/rooms/${encodeURIComponent(room)}${at === null ? "" : `?at=${at}`}`;
}

/** The address of a search. */
export function searchPath(wanted: Partial<Wanted>): string {
  const query = new URLSearchParams();
  for (const field of Object.keys(FIELDS) as (keyof Wanted)[]) {
    const value = wanted[field];
    if (value) query.set(FIELDS[field], value);
  }
  return query.size === 0 ? SEARCH : `${SEARCH}?${query}`;
}

function wantedOf(query: string): Wanted {
  const params = new URLSearchParams(query);
  const field = (name: keyof Wanted) => params.get(FIELDS[name]) ?? "";
  return {
    text: field("text"),
    room: field("room"),
    author: field("author"),
    from: field("from"),
    to: field("to"),
  };
}
