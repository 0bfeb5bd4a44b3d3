import { FAULTS, type Fault, isFault, nameKey, type RoomId } from "@parley/protocol";
import type { CommandGate } from "../gateway/command-gate.ts";
import type { Store, Verdict } from "../store/store.ts";

/** The user who creates rooms for clients without an account. */
export type SystemUser = { readonly id: string; readonly name: string };

export type OwnerlessRoomsParts = {
  readonly gate: Pick<CommandGate, "ofServer" | "perform">;
  readonly store: Pick<Store, "roomNamed">;
  readonly server: SystemUser;
  readonly newId: () => string;
};

/** The room of a name, or why there is none. */
export type NamedRoom = { readonly room: RoomId } | { readonly refused: string };

/** Public rooms without an owner: created when a client names them, in dialects without accounts. */
export class OwnerlessRooms {
  readonly #parts: OwnerlessRoomsParts;
  /** Rooms that are being created, by the key of their name. */
  readonly #creating = new Map<string, Promise<NamedRoom>>();

  constructor(parts: OwnerlessRoomsParts) {
    this.#parts = parts;
  }

  /** The public room of that name; it is created if there is none, and once for all that name it at the same moment. */
  async named(name: string, address: string): Promise<NamedRoom> {
    const room = await this.#parts.store.roomNamed(name);
    if (room !== null) return { room };
    const key = nameKey(name);
    let creating = this.#creating.get(key);
    if (!creating) {
      creating = this.#createNamed(name, address).finally(() => this.#creating.delete(key));
      this.#creating.set(key, creating);
    }
    return creating;
  }

  async #createNamed(name: string, address: string): Promise<NamedRoom> {
    const made = await this.create(name, address);
    if (!isFault(made)) return made;
    if (made.fault === "rate_limited")
      return { refused: "Too many new rooms from this address. Wait before the next." };
    // It was created over another protocol meanwhile.
    const now = made.fault === "room_name_taken" ? await this.#parts.store.roomNamed(name) : null;
    return now === null ? { refused: FAULTS[made.fault].text } : { room: now };
  }

  /** Faults: room_name_taken, rate_limited, draining, storage, internal. `at` is in milliseconds UTC. */
  async create(
    name: string,
    address: string,
  ): Promise<{ readonly room: RoomId; readonly at: number } | Fault> {
    const room = this.#parts.newId();
    const verdict = await this.#perform({ kind: "open_room", room, name }, address);
    return isFault(verdict) ? verdict : { room, at: verdict.at };
  }

  /** Faults: no_such_room, not_allowed, draining, storage, internal. */
  async close(room: RoomId, address: string): Promise<Fault | null> {
    const verdict = await this.#perform({ kind: "close_room", room }, address);
    return isFault(verdict) ? verdict : null;
  }

  #perform(
    body: { kind: "open_room"; room: RoomId; name: string } | { kind: "close_room"; room: RoomId },
    address: string,
  ): Promise<Verdict> {
    const { gate, server, newId } = this.#parts;
    return gate.perform(gate.ofServer(server, address), { nonce: newId(), body });
  }
}
