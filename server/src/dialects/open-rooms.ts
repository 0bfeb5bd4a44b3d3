import { FAULTS, type Fault, isFault, type RoomId } from "@parley/protocol";
import type { Chat } from "../chat.ts";
import type { Store } from "../store/store.ts";

/** Who makes rooms for people without an account. */
export type Server = { readonly id: string; readonly name: string };

export type OpenRoomsParts = {
  readonly chat: Chat;
  readonly store: Pick<Store, "roomNamed">;
  readonly server: Server;
  /** Whether this address may make a further room. */
  readonly newRoom: (address: string) => Fault | null;
  readonly newId: () => string;
  /** Milliseconds UTC. */
  readonly now: () => number;
};

/** Public rooms without an owner: made by whoever names them, on wires that know no accounts. */
export class OpenRooms {
  readonly #parts: OpenRoomsParts;

  constructor(parts: OpenRoomsParts) {
    this.#parts = parts;
  }

  /** The public room of that name; it is made when there is none. */
  async named(
    name: string,
    address: string,
  ): Promise<{ readonly room: RoomId } | { readonly refused: string }> {
    const { store, newRoom } = this.#parts;
    const room = await store.roomNamed(name);
    if (room !== null) return { room };
    const limited = newRoom(address);
    if (limited) return { refused: "Too many new rooms from this address. Wait before the next." };
    const made = await this.make(name);
    if (!isFault(made)) return made;
    // Somebody else made it meanwhile.
    const now = made.fault === "room_name_taken" ? await store.roomNamed(name) : null;
    return now === null ? { refused: FAULTS[made.fault].text } : { room: now };
  }

  /** Faults: room_name_taken, storage, internal. `at` is in milliseconds UTC. */
  async make(name: string): Promise<{ readonly room: RoomId; readonly at: number } | Fault> {
    const room = this.#parts.newId();
    const verdict = await this.#perform({ kind: "open_room", room, name });
    return isFault(verdict) ? verdict : { room, at: verdict.at };
  }

  /** Faults: no_such_room, not_allowed, storage, internal. */
  async close(room: RoomId): Promise<Fault | null> {
    const verdict = await this.#perform({ kind: "close_room", room });
    return isFault(verdict) ? verdict : null;
  }

  #perform(body: { kind: "open_room"; room: RoomId; name: string } | { kind: "close_room"; room: RoomId }) {
    const { chat, server, newId, now } = this.#parts;
    return chat.perform({ actor: { ...server, walk_in: false }, nonce: newId(), at: now(), body });
  }
}
