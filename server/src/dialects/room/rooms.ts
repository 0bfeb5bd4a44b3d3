import { isFault, type RoomId, type UserId } from "@parley/protocol";
import type { Bus, Signal, Unsubscribe } from "../../bus/bus.ts";
import type { Fanout } from "../../gateway/feeds/fanout.ts";
import type { Presence } from "../../gateway/signals/presence.ts";
import type { Timing } from "../../gateway/signals/timing.ts";
import type { Store } from "../../store/store.ts";
import type { Here } from "../encoder.ts";
import { Place } from "./room.ts";

export type PlacesParts = {
  readonly store: Pick<Store, "epoch" | "heads" | "room">;
  readonly fanout: Fanout;
  readonly presence: Presence;
  readonly bus: Bus;
  readonly publish: (topic: string, frame: string) => void;
  readonly timing: Timing;
  /** Milliseconds UTC. */
  readonly wall: () => number;
};

/** The rooms that walk-ins of this node are in. A room without one is not here and costs nothing. */
export class Places {
  readonly #parts: PlacesParts;
  readonly #open = new Map<RoomId, { readonly place: Place; users: number; ready: Promise<void> }>();
  readonly #unsubscribe: Unsubscribe;

  constructor(parts: PlacesParts) {
    this.#parts = parts;
    parts.presence.onChange((room, user, online) => this.#changed(room, user, online));
    this.#unsubscribe = parts.bus.onSignal((signal) => this.#hear(signal));
  }

  /** Somebody wants to be in the room: it is followed from here on. Each call needs one `release`. */
  async hold(room: RoomId): Promise<Place> {
    let open = this.#open.get(room);
    if (!open) {
      open = this.#begin(room);
      this.#open.set(room, open);
    }
    open.users++;
    try {
      await open.ready;
    } catch (error) {
      this.release(open.place);
      throw error;
    }
    return open.place;
  }

  release(place: Place): void {
    const open = this.#open.get(place.room);
    if (open?.place !== place || --open.users > 0) return;
    this.#open.delete(place.room);
    place.close();
    this.#parts.fanout.untap(place.followed, place);
    this.#parts.fanout.release(place.followed);
  }

  /** Everybody who is here: people with a session, then walk-ins of any room. */
  *everybody(): Iterable<Here> {
    const { presence } = this.#parts;
    for (const id of presence.online()) yield { id, name: presence.nameOf(id) };
    for (const { place } of this.#open.values()) yield* place.visitors();
  }

  close(): void {
    this.#unsubscribe();
    for (const { place } of this.#open.values()) place.close();
    this.#open.clear();
  }

  #begin(room: RoomId): { place: Place; users: number; ready: Promise<void> } {
    const { store, fanout, presence, publish, timing, wall } = this.#parts;
    const followed = fanout.hold(room);
    const place = new Place({ followed, publish, timing, wall });
    fanout.tap(followed, place);
    const start = async () => {
      fanout.start(followed, (await store.heads([room])).get(room) ?? { seq: 0, id: null });
      // It may have been deleted before anybody listened.
      if (isFault(await store.room(room, ""))) place.end();
      place.people.seed([...presence.inRoom(room)].map((id) => ({ id, name: presence.nameOf(id) })));
    };
    return { place, users: 0, ready: start() };
  }

  #changed(room: RoomId, user: UserId, online: boolean): void {
    const place = this.#open.get(room)?.place;
    if (!place) return;
    if (online) place.came({ id: user, name: this.#parts.presence.nameOf(user) });
    else place.went(user);
  }

  #hear(signal: Signal): void {
    if (signal.kind !== "typing" || signal.epoch !== this.#parts.store.epoch) return;
    this.#open.get(signal.room)?.place.typing(signal.user, signal.on);
  }
}
