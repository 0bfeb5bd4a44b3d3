import { DIALECT_NAMES, type DialectName } from "@parley/protocol";
import type { SocketOpening } from "../gateway/socket/connection.ts";
import type { DialectParts, SocketAddress, SocketRoute } from "./dialect.ts";
import { guestName } from "./names.ts";
import { LegacySession, type LegacySessionParts } from "./session/legacy-session.ts";
import { DIALECTS } from "./table.ts";

export type DialectRouterParts = LegacySessionParts &
  DialectParts & {
    /** Which dialects are enabled. */
    readonly on: ReadonlySet<DialectName>;
    /** A number from 0 up to 65,535. */
    readonly random: () => number;
  };

/**
 * Finds the dialect of an address. `/ws` itself, without a slash behind it, is the native protocol. A name that cannot be
 * is refused after the socket is open, so that a page can read the reason.
 */
export class DialectRouter {
  readonly #parts: DialectRouterParts;

  constructor(parts: DialectRouterParts) {
    this.#parts = parts;
  }

  /** What to do with a socket at this address; null for an address of no enabled dialect. */
  async open(url: URL): Promise<SocketOpening> {
    if (!url.pathname.startsWith("/ws/")) return null;
    const address: SocketAddress = {
      segments: url.pathname.slice("/ws/".length).split("/"),
      username: queryText(url, "username"),
      format: url.searchParams.get("format"),
    };
    const name = DIALECT_NAMES.find((one) => DIALECTS[one].ownsSocket(address));
    if (name === undefined || !this.#parts.on.has(name)) return null;
    return this.#opening(await DIALECTS[name].route(address, this.#parts));
  }

  /** Whether a request is for the REST of an enabled dialect. */
  ownsRequest(pathname: string, request: Request): boolean {
    const { on } = this.#parts;
    return DIALECT_NAMES.some((name) => on.has(name) && DIALECTS[name].ownsRequest(pathname, request));
  }

  #opening(route: SocketRoute): SocketOpening {
    if (route instanceof Response) return route;
    if ("refused" in route) return refuseWith(route.refused);
    const { handler, name } = route;
    if (name && "refused" in name) return refuseWith(name.refused);
    const nameSource = name?.name ?? (() => guestName(this.#parts.random()));
    return (connection) => new LegacySession(connection, nameSource, handler, this.#parts);
  }
}

/** The first field of that name as the query has it, percent sequences and all; null when there is none. */
function queryText({ search }: URL, wanted: string): string | null {
  for (const field of search.slice(1).split("&")) {
    const [name, ...text] = field.split("=");
    if (name === wanted) return text.join("=").replaceAll("+", " ");
  }
  return null;
}

/** Opens the socket to close it with a reason. */
function refuseWith(reason: string): SocketOpening {
  return (connection) => {
    connection.close(1008, reason);
    return { onFrame() {}, onDrain() {}, onActivity() {}, onClose() {} };
  };
}
