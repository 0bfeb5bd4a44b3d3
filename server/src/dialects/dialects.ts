import { fault } from "@parley/protocol";
import type { RequestContext } from "../gateway/http/request-log.ts";
import type { SocketOpening } from "../gateway/socket/connection.ts";
import { OwnerlessRooms, type OwnerlessRoomsParts } from "./ownerless-rooms.ts";
import { type DialectRestParts, dialectRest, mayAsk } from "./rest.ts";
import { DialectRooms, type DialectRoomsParts } from "./room/rooms.ts";
import { DialectRouter, type DialectRouterParts } from "./router.ts";
import { addressLimiter } from "./session/limits.ts";

export type DialectsParts = DialectRoomsParts &
  OwnerlessRoomsParts &
  Pick<DialectRestParts, "origins" | "sameHost"> &
  Omit<DialectRouterParts, "dialectRooms" | "rooms" | "typing" | "addresses"> & {
    /** Whether guests are enabled. Without them the dialects have no users. */
    readonly guests: boolean;
  };

/** The dialects, as the rest of the server sees them. */
export class Dialects {
  readonly #parts: DialectsParts;
  readonly #dialectRooms: DialectRooms;
  readonly #router: DialectRouter;
  readonly #rest: ReturnType<typeof dialectRest>;

  constructor(parts: DialectsParts) {
    this.#parts = parts;
    this.#dialectRooms = new DialectRooms(parts);
    const rooms = new OwnerlessRooms(parts);
    const typing: DialectRouterParts["typing"] = (room, user, on) =>
      parts.bus.signal(
        { kind: "typing", epoch: parts.store.epoch, room, user: { id: user.id, name: user.name }, on },
        { room },
      );
    const addresses = addressLimiter(parts.rates);
    this.#router = new DialectRouter({
      ...parts,
      dialectRooms: this.#dialectRooms,
      rooms,
      typing,
      addresses,
    });
    const onlinePeople = () => this.#dialectRooms.onlinePeople();
    this.#rest = dialectRest({ ...parts, rooms, onlinePeople });
  }

  /**
   * Opens a socket of a dialect. A page sends its origin; a request without one is not from a page. A socket reads no
   * credential, and foreign pages are its clients: any origin may, unless the operator names some.
   */
  async open(url: URL, origin: string | null): Promise<SocketOpening> {
    const { guests, origins } = this.#parts;
    if (origin !== null && origins.length > 0 && !mayAsk(this.#parts, origin, url)) {
      const text = "Pages of this origin may not connect here. See DIALECT_ORIGINS.";
      return new Response(text, { status: 403 });
    }
    return guests ? this.#router.open(url) : guestsOffResponse();
  }

  /** Answers the REST of the dialects; null for other addresses. */
  answer(request: Request, address: string, asked: RequestContext): Response | Promise<Response> | null {
    const { guests } = this.#parts;
    const { pathname } = asked.url;
    if (!this.#router.ownsRequest(pathname, request)) return null;
    asked.meter = { ms: 0 };
    if (guests || pathname === "/") return this.#rest.fetch(request, { address, asked });
    asked.code = "guests_off";
    return guestsOffResponse();
  }

  close(): void {
    this.#dialectRooms.close();
  }
}

function guestsOffResponse(): Response {
  const { detail } = fault("guests_off", "This server takes no guests.");
  return Response.json({ detail }, { status: 403 });
}
