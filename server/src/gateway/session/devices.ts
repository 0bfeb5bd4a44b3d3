import type { UserId } from "@parley/protocol";
import type { Bus, Unsubscribe } from "../../bus/bus.ts";
import type { SharedState } from "../../bus/shared-state.ts";
import type { SenderSession } from "../../core/command.ts";
import type { Store } from "../../store/store.ts";
import type { SessionHandle, Sessions } from "./sessions.ts";

/** Devices whose last generation is remembered. */
const MOST = 65_536;

type Entered = {
  readonly user: UserId;
  readonly order: Promise<number | null>;
  /** Null while the store is asked. */
  fence: SenderSession | null;
};

export type DevicesParts = {
  readonly bus: Bus;
  readonly shared: SharedState;
  readonly sessions: Sessions;
  readonly store: Pick<Store, "epoch" | "generationOf">;
};

/**
 * One session a device, over all nodes (P5, HS-10). Two things work together: a session is announced to the other nodes,
 * which end an older one of the same device; and its commands carry a generation, by which the store refuses those of an
 * older one that has not heard of it. The second holds without Redis, too.
 *
 * In a single process `Sessions` does both, and this costs nothing.
 */
export class Devices {
  readonly #parts: DevicesParts;
  /** The last generation that this node gave to a device: its commands may still be on their way to the store. */
  readonly #given = new Map<string, number>();
  readonly #entered = new WeakMap<SessionHandle, Entered>();
  readonly #unsubscribe: Unsubscribe;

  constructor(parts: DevicesParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.bus.onSignal((signal) => {
      if (signal.kind !== "session" || signal.epoch !== parts.store.epoch || signal.node === parts.bus.node)
        return;
      for (const session of parts.sessions.ofDevice(signal.user, signal.device))
        void this.#replaceIfOlder(session, signal.order);
    });
  }

  /**
   * A session of this device begins: `Sessions` has ended those of this node, here the other nodes are told. Returns what
   * its commands carry; undefined in a single process.
   */
  async enter(
    session: SessionHandle,
    { user, device, id }: { readonly user: UserId; readonly device: string; readonly id: string },
  ): Promise<SenderSession | undefined> {
    const { bus, shared, store } = this.#parts;
    if (bus.state() === "alone") return undefined;
    const order = shared.order();
    const entered: Entered = { user, order, fence: null };
    this.#entered.set(session, entered);
    void order.then((known) => {
      if (known === null || session.device === null) return;
      bus.signal({ kind: "session", epoch: store.epoch, node: bus.node, user, device, order: known }, "all");
    });
    const stored = await store.generationOf(user, device);
    const key = `${user} ${device}`;
    const generation = Math.max(stored, this.#given.get(key) ?? 0) + 1;
    if (this.#given.size >= MOST) this.#given.clear();
    this.#given.set(key, generation);
    entered.fence = { device, generation, id };
    return entered.fence;
  }

  /**
   * The store refused a command of the session with `newer_session`. Where the device has a newer generation, it is
   * replaced for good; where another one of the same generation was first, its client connects again and gets a newer one.
   */
  async refused(session: SessionHandle): Promise<void> {
    const { user, fence } = this.#entered.get(session) ?? {};
    if (!user || !fence) return;
    const newest = await this.#parts.store.generationOf(user, fence.device);
    if (newest > fence.generation) session.replaced();
    else session.close(1012, "Another connection of this device was first. Reconnect.");
  }

  close(): void {
    this.#unsubscribe();
  }

  async #replaceIfOlder(session: SessionHandle, order: number): Promise<void> {
    const own = await this.#entered.get(session)?.order;
    if (own === undefined || own === null || own < order) session.replaced();
  }
}
