import type { RoomId } from "@parley/protocol";
import type { Bus, Gap, Signal, Unsubscribe } from "../../bus/bus.ts";
import type { User } from "../../store/store.ts";
import type { Timing } from "./timing.ts";

/** How long the other nodes may be out of reach before what was known of their users counts for nothing. Milliseconds. */
export const UNKNOWN_AFTER = 15_000;
/** How long a node has to answer before it is asked again. Milliseconds. */
const ANSWER_TIMEOUT = 5_000;
/** Users, and rooms of users, in one part of an answer: what one turn of the loop encodes, and what one message carries. */
const PEOPLE_IN_PART = 200;
const ROOMS_IN_PART = 2_000;

type Person = User & { readonly rooms: readonly RoomId[] };

/** What the presence of this node does with what other nodes report. */
export interface PresenceOfOthers {
  /** The user is online at that node, as a member of these rooms. */
  online(node: string, person: Person): void;
  offline(node: string, user: string): void;
  /** The users who are online at this node. */
  own(): Iterable<Person>;
  /** Whether users of other nodes can be known has changed. */
  unknownChanged(): void;
}

export type OtherNodesParts = {
  readonly bus: Bus;
  readonly epoch: string;
  readonly node: string;
  readonly timing: Timing;
  readonly presence: PresenceOfOthers;
};

type OtherNode = {
  readonly users: Set<string>;
  /** The answer that is expected: users who were named since it was asked for. Null when none is. */
  asked: { readonly round: number; readonly named: Set<string>; cancelTimer: () => void } | null;
};

/**
 * Who is online at the other nodes. Each node sends its changes to all; a node that is new, was out of reach, or lost a
 * message asks (`who`), and gets everything in parts. A node without a lease is gone, and its users with it.
 */
export class OtherNodes {
  readonly #parts: OtherNodesParts;
  readonly #nodes = new Map<string, OtherNode>();
  readonly #unsubscribe: readonly Unsubscribe[];
  /** Nodes that are being answered: the newest round that each asked for. */
  readonly #answering = new Map<string, number>();
  #round = 0;
  #isUnknown = false;
  /** Whether the live nodes were read since the connection was made. */
  #isListed = false;
  #cancelUnknown: (() => void) | null = null;
  #closed = false;

  constructor(parts: OtherNodesParts) {
    this.#parts = parts;
    const { bus } = parts;
    this.#unsubscribe = [
      bus.onSignal((signal) => this.#onSignal(signal)),
      bus.onGap((gap) => this.#onGap(gap)),
      bus.onState(() => this.#onState()),
      bus.onNodes((nodes) => this.#onNodes(nodes)),
    ];
    this.#onState();
  }

  /** Other nodes were out of reach for so long that their users may be online or not. */
  get isUnknown(): boolean {
    return this.#isUnknown;
  }

  close(): void {
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelUnknown?.();
    for (const { asked } of this.#nodes.values()) asked?.cancelTimer();
    this.#nodes.clear();
  }

  #onSignal(signal: Signal): void {
    const { epoch, node: self, presence } = this.#parts;
    if (signal.epoch !== epoch || !("node" in signal) || signal.node === self) return;
    const { node } = signal;
    switch (signal.kind) {
      case "who":
        if (signal.to === self) this.#answer(node, signal.round);
        return;
      case "presence": {
        const other = this.#other(node);
        const { id, name } = signal.user;
        if (signal.online) {
          other.users.add(id);
          other.asked?.named.add(id);
          presence.online(node, { id, name, rooms: signal.rooms });
        } else {
          other.asked?.named.delete(id);
          if (other.users.delete(id)) presence.offline(node, id);
        }
        return;
      }
      case "people": {
        const other = this.#other(node);
        // An answer to an older question: the newer one is on its way.
        if (signal.to !== self || other.asked?.round !== signal.round) return;
        for (const person of signal.people) {
          other.users.add(person.id);
          other.asked.named.add(person.id);
          presence.online(node, person);
        }
        if (signal.last) this.#answered(node, other);
      }
    }
  }

  /** Users of the node who were not named since the question are not online there. */
  #answered(node: string, other: OtherNode): void {
    const named = other.asked?.named;
    other.asked?.cancelTimer();
    other.asked = null;
    for (const user of [...other.users]) {
      if (named?.has(user)) continue;
      other.users.delete(user);
      this.#parts.presence.offline(node, user);
    }
    this.#updateUnknown();
  }

  #onGap({ node, signals }: Gap): void {
    if (!signals || this.#parts.bus.state() !== "connected") return;
    for (const [known, other] of this.#nodes) if (node === null || node === known) this.#ask(known, other);
  }

  #onState(): void {
    if (this.#parts.bus.state() !== "disconnected") {
      this.#cancelUnknown?.();
      this.#cancelUnknown = null;
      return;
    }
    this.#isListed = false;
    this.#cancelUnknown ??= this.#parts.timing.after(UNKNOWN_AFTER, () => {
      for (const [node, other] of this.#nodes) this.#forget(node, other);
      this.#setUnknown(true);
    });
  }

  #onNodes(live: ReadonlySet<string>): void {
    for (const [node, other] of this.#nodes) if (!live.has(node)) this.#forget(node, other);
    for (const node of live) if (node !== this.#parts.node) this.#other(node);
    this.#isListed = true;
    this.#updateUnknown();
  }

  /** A node that is heard of for the first time is asked who is there. */
  #other(node: string): OtherNode {
    let other = this.#nodes.get(node);
    if (!other) {
      other = { users: new Set(), asked: null };
      this.#nodes.set(node, other);
      this.#ask(node, other);
    }
    return other;
  }

  #forget(node: string, { users, asked }: OtherNode): void {
    asked?.cancelTimer();
    this.#nodes.delete(node);
    for (const user of users) this.#parts.presence.offline(node, user);
  }

  #ask(to: string, other: OtherNode): void {
    const { bus, epoch, node, timing } = this.#parts;
    const round = ++this.#round;
    other.asked?.cancelTimer();
    const cancelTimer = timing.after(ANSWER_TIMEOUT, () => {
      if (other.asked?.round === round && this.#nodes.get(to) === other) this.#ask(to, other);
    });
    other.asked = { round, named: new Set(), cancelTimer };
    bus.signal({ kind: "who", epoch, node, to, round }, { node: to });
  }

  /** Sends the own users in parts, one in each turn of the loop. A node that asks again meanwhile gets the newer round from the start. */
  #answer(to: string, round: number): void {
    this.#other(to);
    this.#answering.set(to, round);
    const people = this.#parts.presence.own()[Symbol.iterator]();
    const { bus, epoch, node } = this.#parts;
    const send = () => {
      if (this.#closed || this.#answering.get(to) !== round) return;
      const part: Person[] = [];
      let rooms = 0;
      let last = false;
      while (part.length < PEOPLE_IN_PART && rooms < ROOMS_IN_PART) {
        const next = people.next();
        if (next.done === true) {
          last = true;
          break;
        }
        part.push(next.value);
        rooms += next.value.rooms.length;
      }
      bus.signal({ kind: "people", epoch, node, to, round, people: part, last }, { node: to });
      if (last) this.#answering.delete(to);
      else this.#parts.timing.after(0, send);
    };
    send();
  }

  /** Known again when every node has answered. */
  #updateUnknown(): void {
    if (!this.#isUnknown || !this.#isListed) return;
    for (const { asked } of this.#nodes.values()) if (asked) return;
    this.#setUnknown(false);
  }

  #setUnknown(isUnknown: boolean): void {
    if (this.#isUnknown === isUnknown) return;
    this.#isUnknown = isUnknown;
    this.#parts.presence.unknownChanged();
  }
}
