import { fromWire, type RoomId, type WireEvent } from "@parley/protocol";
import { skeleton } from "@parley/protocol/name-policy";
import type { Followed, Tap } from "../../gateway/feeds/followed-feed.ts";
import { Pace } from "../../gateway/signals/throttle.ts";
import type { Timing } from "../../gateway/signals/timing.ts";
import { Typists } from "../../gateway/signals/typing-set.ts";
import { type Here, saidOf, type Wire, wireTopic } from "../encoder.ts";
import { Movements } from "./join-leave-notices.ts";
import { EVERY, People } from "./occupants.ts";

/** How often it is told who is writing, among many. Milliseconds. */
const TYPING_LARGE = 1_000;

/** A walk-in's connection, as its room deals with it. */
export interface Visitor extends Here {
  readonly wire: Wire;
  /** Sends one frame to this one alone. */
  send(frame: string): void;
  /** Whether the peer gives a sign of life, asked for now. */
  alive(): Promise<boolean>;
  /** A newcomer of the same name takes over: this one is gone at once, and out of the room. */
  terminate(): void;
  /** The room is gone. */
  roomDeleted(): void;
}

export type PlaceParts = {
  readonly followed: Followed;
  readonly publish: (topic: string, frame: string) => void;
  readonly timing: Timing;
  /** Milliseconds UTC. */
  readonly wall: () => number;
};

/**
 * One room as the small chat servers' clients on this node see it: its messages, who is in it, who comes and goes, who is
 * writing. Each thing is put into words once for each wire that somebody here speaks, whoever many listen.
 */
export class Place implements Tap {
  readonly room: RoomId;
  readonly people: People;
  readonly followed: Followed;
  readonly #publish: PlaceParts["publish"];
  readonly #timing: Timing;
  readonly #joined: Movements;
  readonly #left: Movements;
  readonly #visitors = new Map<string, Visitor>();
  readonly #names = new Map<string, Visitor>();
  /** How many speak each wire. */
  readonly #wires = new Map<Wire, number>();
  /** Who has not seen a list yet, in a room where the next one for all may be far. */
  readonly #newcomers = new Set<Visitor>();
  readonly #greetings: Pace;
  readonly #typists = new Typists();
  readonly #typingLarge: Pace;
  #typingEnds: (() => void) | null = null;
  #deleted = false;

  constructor({ followed, publish, timing, wall }: PlaceParts) {
    this.room = followed.feed;
    this.followed = followed;
    this.#publish = publish;
    this.#timing = timing;
    this.#joined = new Movements(timing, wall, (all) => this.#tell((wire) => wire.joined(all)));
    this.#left = new Movements(timing, wall, (all) => this.#tell((wire) => wire.left(all)));
    this.people = new People(timing, (people) => {
      this.#newcomers.clear();
      this.#tell((wire) => wire.people(people));
    });
    this.#greetings = new Pace(timing, EVERY, () => this.#greet());
    this.#typingLarge = new Pace(timing, TYPING_LARGE, () => this.#sayTyping());
  }

  /** The room is gone: nobody may enter any more. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** Takes the name for this visitor, until `leave`. Returns who has it, if anybody. */
  claim(visitor: Visitor): Visitor | null {
    const key = skeleton(visitor.name);
    const holder = this.#names.get(key);
    if (holder && holder !== visitor) return holder;
    this.#names.set(key, visitor);
    return null;
  }

  visitors(): IterableIterator<Visitor> {
    return this.#visitors.values();
  }

  visitor(id: string): Visitor | undefined {
    return this.#visitors.get(id);
  }

  /** A walk-in is in the room, and hears it already. */
  enter(visitor: Visitor): void {
    this.#visitors.set(visitor.id, visitor);
    this.#wires.set(visitor.wire, (this.#wires.get(visitor.wire) ?? 0) + 1);
    this.#newcomers.add(visitor);
    this.came(visitor);
  }

  leave(visitor: Visitor): void {
    const key = skeleton(visitor.name);
    if (this.#names.get(key) === visitor) this.#names.delete(key);
    if (!this.#visitors.delete(visitor.id)) return;
    this.#newcomers.delete(visitor);
    const speakers = (this.#wires.get(visitor.wire) ?? 1) - 1;
    if (speakers === 0) this.#wires.delete(visitor.wire);
    else this.#wires.set(visitor.wire, speakers);
    this.went(visitor.id);
  }

  /** Somebody of any wire, the native one too, is in the room now. */
  came(person: Here): void {
    if (this.people.get(person.id)) return;
    this.#joined.add(person.name);
    this.people.add({ id: person.id, name: person.name });
    if (this.people.many && this.#newcomers.size > 0) this.#greetings.ask();
  }

  went(id: string): void {
    const person = this.people.get(id);
    if (!person) return;
    this.typingEnds(id);
    this.#left.add(person.name);
    this.people.remove(id);
  }

  /** Somebody is writing, or has stopped. */
  typing(person: Here, on: boolean): void {
    if (!on) {
      this.typingEnds(person.id);
      return;
    }
    const before = this.#typists.size;
    this.#typists.sign(person, this.#timing.now());
    if (this.#typists.size !== before) this.#tellTyping();
    this.#waitForTypists();
  }

  typingEnds(id: string): void {
    if (this.#typists.end(id)) this.#tellTyping();
  }

  published(events: readonly WireEvent[]): void {
    for (const wire of events) {
      if (wire.kind === "message_sent") this.#said(wire);
      else if (wire.kind === "room_deleted") this.end();
    }
  }

  /** The room was deleted. */
  end(): void {
    this.#deleted = true;
    for (const visitor of [...this.#visitors.values()]) visitor.roomDeleted();
  }

  close(): void {
    this.#joined.stop();
    this.#left.stop();
    this.people.stop();
    this.#greetings.stop();
    this.#typingLarge.stop();
    this.#typingEnds?.();
  }

  #said(event: WireEvent): void {
    const sent = fromWire(event);
    if (sent.kind !== "message_sent") return;
    const said = saidOf(this.room, sent);
    this.typingEnds(said.author);
    this.#tell((wire) => wire.message(said));
  }

  /** The list for each newcomer, put into words once for each wire. */
  #greet(): boolean {
    const frames = new Map<Wire, string | null>();
    const people = this.people.list();
    for (const visitor of this.#newcomers) {
      const { wire } = visitor;
      if (!frames.has(wire)) frames.set(wire, wire.people(people));
      const frame = frames.get(wire);
      if (frame) visitor.send(frame);
    }
    const any = this.#newcomers.size > 0;
    this.#newcomers.clear();
    return any;
  }

  #tell(say: (wire: Wire) => string | null): void {
    for (const wire of this.#wires.keys()) {
      const frame = say(wire);
      if (frame !== null) this.#publish(wireTopic(wire, this.room), frame);
    }
  }

  /** At once; where there are many, so that all of them writing do not tell all of them each time, at most once a second. */
  #tellTyping(): void {
    if (this.people.many) {
      this.#typingLarge.ask();
      return;
    }
    this.#typingLarge.stop();
    this.#sayTyping();
  }

  #sayTyping(): boolean {
    const names = this.#typists.list().map(({ name }) => name);
    this.#tell((wire) => wire.typing(names));
    return true;
  }

  #waitForTypists(): void {
    const { next } = this.#typists;
    if (this.#typingEnds || next === null) return;
    this.#typingEnds = this.#timing.after(next - this.#timing.now(), () => {
      this.#typingEnds = null;
      if (this.#typists.runOut(this.#timing.now())) this.#tellTyping();
      this.#waitForTypists();
    });
  }
}
