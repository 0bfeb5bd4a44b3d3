import { isFault, type RoomId, type UserId } from "@parley/protocol";
import type { Bus, Signal, Unsubscribe } from "../../bus/bus.ts";
import type { Fanout } from "../../gateway/feeds/fanout.ts";
import type { Presence } from "../../gateway/signals/presence.ts";
import type { Timing } from "../../gateway/signals/timing.ts";
import type { Store } from "../../store/store.ts";
import type { Occupant } from "../encoder.ts";
import { DialectRoom } from "./room.ts";

export type DialectRoomsParts = {
  readonly store: Pick<Store, "epoch" | "heads" | "room">;
  readonly fanout: Fanout;
  readonly presence: Presence;
  readonly bus: Bus;
  readonly publish: (topic: string, frame: string) => void;
  readonly timing: Timing;
  /** Milliseconds UTC. */
  readonly wallClock: () => number;
};

/** The rooms that walk-ins of this node are in. A room without one has no entry and costs nothing. */
export class DialectRooms {
  readonly #parts: DialectRoomsParts;
  readonly #open = new Map<
    RoomId,
    { readonly dialectRoom: DialectRoom; users: number; ready: Promise<void> }
  >();
  readonly #unsubscribe: Unsubscribe;

  constructor(parts: DialectRoomsParts) {
    this.#parts = parts;
    parts.presence.onChange((room, user, online) => this.#onPresence(room, user, online));
    this.#unsubscribe = parts.bus.onSignal((signal) => this.#onSignal(signal));
  }

  /** The room for a client that wants to enter: it is followed from here on. Each call needs one `release`. */
  async acquire(room: RoomId): Promise<DialectRoom> {
    let open = this.#open.get(room);
    if (!open) {
      open = this.#start(room);
      this.#open.set(room, open);
    }
    open.users++;
    try {
      await open.ready;
    } catch (error) {
      this.release(open.dialectRoom);
      throw error;
    }
    return open.dialectRoom;
  }

  release(dialectRoom: DialectRoom): void {
    const open = this.#open.get(dialectRoom.id);
    if (open?.dialectRoom !== dialectRoom || --open.users > 0) return;
    this.#open.delete(dialectRoom.id);
    dialectRoom.close();
    this.#parts.fanout.unlisten(dialectRoom.followed, dialectRoom);
    this.#parts.fanout.release(dialectRoom.followed);
  }

  /** All online users: those with a session, then walk-ins of any room. */
  *onlinePeople(): Iterable<Occupant> {
    const { presence } = this.#parts;
    for (const id of presence.online()) yield { id, name: presence.nameOf(id) };
    for (const { dialectRoom } of this.#open.values()) yield* dialectRoom.clients();
  }

  close(): void {
    this.#unsubscribe();
    for (const { dialectRoom } of this.#open.values()) dialectRoom.close();
    this.#open.clear();
  }

  #start(room: RoomId): { dialectRoom: DialectRoom; users: number; ready: Promise<void> } {
    const { store, fanout, presence, publish, timing, wallClock } = this.#parts;
    const followed = fanout.acquire(room);
    const dialectRoom = new DialectRoom({ followed, publish, timing, wallClock });
    fanout.listen(followed, dialectRoom);
    const start = async () => {
      fanout.start(followed, (await store.heads([room])).get(room) ?? { seq: 0, id: null });
      // It may have been deleted before it was followed.
      if (isFault(await store.room(room, ""))) dialectRoom.end();
      dialectRoom.occupants.seed([...presence.inRoom(room)].map((id) => ({ id, name: presence.nameOf(id) })));
    };
    return { dialectRoom, users: 0, ready: start() };
  }

  #onPresence(room: RoomId, user: UserId, online: boolean): void {
    const dialectRoom = this.#open.get(room)?.dialectRoom;
    if (!dialectRoom) return;
    if (online) dialectRoom.personJoined({ id: user, name: this.#parts.presence.nameOf(user) });
    else dialectRoom.personLeft(user);
  }

  #onSignal(signal: Signal): void {
    if (signal.kind !== "typing" || signal.epoch !== this.#parts.store.epoch) return;
    this.#open.get(signal.room)?.dialectRoom.typing(signal.user, signal.on);
  }
}
