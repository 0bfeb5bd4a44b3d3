/** Where in the page somebody is; each has an address of its own. */
export type Route =
  | { readonly page: "home" }
  | { readonly page: "browse" }
  | { readonly page: "room"; readonly room: string }
  | { readonly page: "unknown" };

/** Reads the path of an address. */
export function routeOf(path: string): Route {
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.length === 0) return { page: "home" };
  if (parts[0] !== "rooms" || parts.length > 2) return { page: "unknown" };
  if (parts[1] === undefined) return { page: "browse" };
  try {
    return { page: "room", room: decodeURIComponent(parts[1]) };
  } catch {
    return { page: "unknown" };
  }
}

export const HOME = "/";
export const BROWSE = "/rooms";

/** The address of a room: it can be handed to others. */
export function roomPath(room: string): string {
  return `/rooms/${encodeURIComponent(room)}`;
}
