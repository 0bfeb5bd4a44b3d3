import type { UserId } from "@parley/protocol";
import type { Bus, Unsubscribe } from "../../bus/bus.ts";
import type { SharedState } from "../../bus/shared-state.ts";
import type { SenderSession } from "../../core/command.ts";
import type { Store } from "../../store/store.ts";
import type { SessionHandle, Sessions } from "./sessions.ts";

type Entered = {
  readonly user: UserId;
  readonly device: string;
  /** Null where Redis could not be asked: whether it is older than another one is not known. */
  readonly order: Promise<number | null>;
  /** Null while the store is asked. */
  fence: SenderSession | null;
  /** The order once it is known, until the other nodes were told. */
  known: number | null;
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
   * A session of this device begins: `Sessions` has ended those of this node. Returns what its commands carry, once its order
   * over all nodes is known or cannot be had; undefined in a single process.
   */
  async enter(
    session: SessionHandle,
    { user, device, id }: { readonly user: UserId; readonly device: string; readonly id: string },
  ): Promise<SenderSession | undefined> {
    const { bus, shared, store } = this.#parts;
    if (bus.state() === "alone") return undefined;
    const order = shared.order();
    const entered: Entered = { user, device, order, fence: null, known: null };
    this.#entered.set(session, entered);
    // Only what the store knows counts: a number that this node counted up by itself would put a session that has ended here
    // above a newer one at another node.
    // The welcome waits for both: what the client sends after it is younger than the order.
    const [stored, known] = await Promise.all([store.generationOf(user, device), order]);
    entered.known = known;
    entered.fence = { device, generation: stored + 1, id };
    return entered.fence;
  }

  /**
   * The client has answered the welcome: other nodes end older sessions of the device. Not at its hello, which a node that
   * was stopped for a while reads when its client has long had another session elsewhere.
   */
  answered(session: SessionHandle): void {
    const entered = this.#entered.get(session);
    if (!entered || entered.known === null) return;
    const { bus, store } = this.#parts;
    const { user, device, known: order } = entered;
    entered.known = null;
    bus.signal({ kind: "session", epoch: store.epoch, node: bus.node, user, device, order }, "all");
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
    if (own === null) session.close(1012, "Another connection of this device may be newer. Reconnect.");
    else if (own === undefined || own < order) session.replaced();
  }
}
