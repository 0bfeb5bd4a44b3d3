import { type Fault, fault } from "@parley/protocol";
import type { Opening } from "../gateway/connection.ts";
import { type DoorParts, Doors } from "./doors.ts";
import { OpenRooms, type OpenRoomsParts } from "./open-rooms.ts";
import { Places, type PlacesParts } from "./places.ts";
import { dialectRest } from "./rest.ts";

export type DialectsParts = PlacesParts &
  Omit<OpenRoomsParts, "newRoom"> &
  Omit<DoorParts, "places" | "rooms" | "typing"> & {
    /** Whether this address may make a further room. */
    readonly newRoom: (address: string) => Fault | null;
    /** Whether there are guests at all. Without them there is nobody to speak these wires. */
    readonly guests: boolean;
  };

/** The wires of small chat servers, as the rest of the server sees them. */
export class Dialects {
  readonly #parts: DialectsParts;
  readonly #places: Places;
  readonly #doors: Doors;
  readonly #rest: ReturnType<typeof dialectRest>;

  constructor(parts: DialectsParts) {
    this.#parts = parts;
    this.#places = new Places(parts);
    const rooms = new OpenRooms(parts);
    const typing: DoorParts["typing"] = (room, user, on) =>
      parts.bus.signal({
        kind: "typing",
        epoch: parts.store.epoch,
        room,
        user: { id: user.id, name: user.name },
        on,
      });
    this.#doors = new Doors({ ...parts, places: this.#places, rooms, typing });
    const everybody = () => this.#places.everybody();
    this.#rest = dialectRest({ store: parts.store, rooms, newRoom: parts.newRoom, everybody });
  }

  /** Opens a socket of one of these wires. */
  async open(url: URL): Promise<Opening> {
    return this.#parts.guests ? this.#doors.open(url) : closed();
  }

  /** Answers the REST of these wires; null for addresses that are not theirs. */
  answer(request: Request, address: string): Response | Promise<Response> | null {
    const { on, guests } = this.#parts;
    const { pathname } = new URL(request.url);
    const theirs =
      (pathname.startsWith("/api/chat/") && on.has("chat")) || (pathname === "/users" && on.has("lobby"));
    if (theirs) return guests ? this.#rest.fetch(request, { address }) : closed();
    // A browser gets the page.
    const asksJson = !(request.headers.get("accept") ?? "").includes("text/html");
    if (pathname === "/" && request.method === "GET" && asksJson && on.has("lobby"))
      return Response.json({ message: "Parley is running", status: "ok" });
    return null;
  }

  close(): void {
    this.#places.close();
  }
}

function closed(): Response {
  const { detail } = fault("guests_off", "This server takes no guests.");
  return Response.json({ detail }, { status: 403 });
}
