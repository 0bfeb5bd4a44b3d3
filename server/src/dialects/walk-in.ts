import { FAULTS, type Fault, fault, isFault, type Nonce, type RoomId } from "@parley/protocol";
import { commands } from "@parley/protocol/schemas";
import type { Chat } from "../chat.ts";
import type { Connection, Peer } from "../gateway/connection.ts";
import { Bucket, type Rates } from "../gateway/limits.ts";
import { invalid } from "../gateway/native.ts";
import { HEARTBEAT, type Listening, type Sessions } from "../gateway/sessions.ts";
import type { Timing } from "../gateway/timing.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import type { Place, Visitor } from "./place.ts";
import type { Places } from "./places.ts";
import { type Wire, wireTopic } from "./wire.ts";

/** How long the holder of a name has to show that it lives. Milliseconds. */
const ALIVE_WITHIN = 2_000;
/** Frames that may come before the name is settled. */
const EARLY_FRAMES = 64;

export type WalkInParts = {
  readonly chat: Chat;
  readonly store: Store;
  readonly places: Places;
  readonly sessions: Sessions;
  readonly rates: Rates;
  readonly timing: Timing;
  readonly log: Log;
  readonly newId: () => string;
  /** Milliseconds UTC. */
  readonly now: () => number;
};

/** What differs between the wires of walk-ins. */
export interface Manner {
  readonly wire: Wire;
  /** Where to: null when the walk-in may not come in, which then has been closed. */
  room(walkIn: WalkIn): Promise<RoomId | null>;
  /**
   * What the newcomer alone is told before it hears the room. What is returned is called in the same synchronous step in
   * which the newcomer begins to hear; null says that too much has passed since, and the whole is asked again.
   */
  welcome(walkIn: WalkIn, place: Place): Promise<() => readonly string[] | null>;
  /** A text frame of somebody who is in the room. */
  frame(walkIn: WalkIn, place: Place, data: string): void;
  /** Says what went wrong. The connection lives on. */
  error(message: string): string;
}

type State =
  | { readonly phase: "arriving"; readonly early: string[] }
  | { readonly phase: "in"; readonly place: Place }
  | { readonly phase: "closed" };

/**
 * A guest without a credential, on a wire that knows no more than a name: a new author for each connection, in one room
 * for as long as it lives. What it says is an ordinary message; that it is here is a signal.
 */
export class WalkIn implements Peer, Listening, Visitor {
  readonly id: string;
  readonly name: string;
  readonly wire: Wire;
  readonly device = null;
  readonly #parts: WalkInParts;
  readonly #manner: Manner;
  readonly #connection: Connection;
  readonly #bucket: Bucket | null;
  #state: State = { phase: "arriving", early: [] };
  #held: Place | null = null;
  #lastSign: number;
  #lastBeat: number;
  #signs: (() => void)[] = [];

  constructor(connection: Connection, name: string, manner: Manner, parts: WalkInParts) {
    const now = parts.timing.now();
    this.id = parts.newId();
    this.name = name;
    this.wire = manner.wire;
    this.#connection = connection;
    this.#manner = manner;
    this.#parts = parts;
    this.#bucket = parts.rates && new Bucket(parts.rates.messageRate, parts.rates.messageBurst, now);
    this.#lastSign = now;
    this.#lastBeat = now;
    parts.sessions.add(this);
    void this.#arrive();
  }

  get address(): string {
    return this.#connection.address;
  }

  get open(): boolean {
    return this.#state.phase !== "closed";
  }

  /** Says a message in the room this walk-in is in. */
  say(place: Place, text: string): void {
    const body = commands.send_message.safeParse({ kind: "send_message", room: place.room, text });
    if (!body.success) {
      this.refuse(invalid(body.error));
      return;
    }
    const { chat, sessions, newId, now, timing } = this.#parts;
    if (sessions.draining) {
      this.refuse(fault("draining"));
      return;
    }
    const wait = this.#bucket?.take(timing.now()) ?? 0;
    if (wait > 0) {
      this.refuse(fault("rate_limited", undefined, wait));
      return;
    }
    const actor = { id: this.id, name: this.name, walk_in: true };
    const nonce: Nonce = newId();
    chat.submit({ actor, nonce, at: now(), body: body.data }, this, (verdict) => {
      if (isFault(verdict)) this.refuse(verdict);
    });
  }

  /** What is not said in the room costs the same as what is. False when it is too much, which was said. */
  spend(): boolean {
    const wait = this.#bucket?.take(this.#parts.timing.now()) ?? 0;
    if (wait > 0) this.refuse(fault("rate_limited", undefined, wait));
    return wait === 0;
  }

  refuse({ fault: code, detail, retry_after }: Fault): void {
    const { text } = FAULTS[code];
    const when = retry_after === undefined ? "" : ` (${retry_after} ms)`;
    this.complain(`${detail === undefined ? text : `${text} (${detail})`}${when}`);
  }

  complain(message: string): void {
    this.send(this.#manner.error(message));
  }

  send(frame: string): void {
    if (this.open) this.#connection.send(frame);
  }

  onFrame(data: string | Uint8Array): void {
    const state = this.#state;
    this.onSign();
    if (state.phase === "closed") return;
    if (typeof data !== "string") {
      this.complain("Binary frames are not taken. Send text.");
      return;
    }
    if (state.phase === "in") {
      this.#manner.frame(this, state.place, data);
      return;
    }
    if (state.early.length < EARLY_FRAMES) state.early.push(data);
    else this.complain("Too fast. Wait until you are in the room.");
  }

  onDrain(): void {}

  onSign(): void {
    this.#lastSign = this.#parts.timing.now();
    for (const sign of this.#signs.splice(0)) sign();
  }

  onClose(code: number, reason: string): void {
    if (!this.open) return;
    this.#leave();
    this.#parts.log.debug({ session: this.id, code, reason }, "walk-in gone");
  }

  alive(): Promise<boolean> {
    return new Promise((resolve) => {
      const callOff = this.#parts.timing.after(ALIVE_WITHIN, () => resolve(false));
      this.#signs.push(() => {
        callOff();
        resolve(this.open);
      });
      this.#connection.ping();
    });
  }

  terminate(): void {
    this.#leave();
    this.#connection.terminate();
  }

  roomDeleted(): void {
    this.close(1001, "This room was deleted.");
  }

  close(code: number, reason: string): void {
    this.#connection.close(code, fittingReason(reason));
    this.#leave();
  }

  check(now: number, slowBytes: number): void {
    if (now - this.#lastSign > 2.5 * HEARTBEAT) this.terminate();
    else if (this.#connection.buffered() > slowBytes) this.close(4408, "Reading too slowly.");
    else if (now - this.#lastBeat >= HEARTBEAT) {
      this.#lastBeat = now;
      this.#connection.ping();
    }
  }

  replaced(): void {}
  gained(): void {}
  lost(): void {}
  lineage(): void {}
  flushAcks(): void {}
  drain(): void {}

  async #arrive(): Promise<void> {
    try {
      if (await this.#parts.store.nameHeld(this.name)) return this.#taken();
      const room = await this.#manner.room(this);
      if (room === null || !this.open) return;
      const place = await this.#parts.places.hold(room);
      if (!this.open) {
        this.#parts.places.release(place);
        return;
      }
      this.#held = place;
      if (await this.#claim(place)) await this.#enter(place);
    } catch (error) {
      this.#parts.log.error({ error, session: this.id }, "a walk-in could not come in");
      this.close(1011, "The server failed at this connection.");
    }
  }

  /** Whether the name is this one's now. A holder that gives no sign of life loses it. */
  async #claim(place: Place): Promise<boolean> {
    for (let holder = place.claim(this); holder; holder = place.claim(this)) {
      const alive = await holder.alive();
      if (!this.open) return false;
      if (alive) {
        this.#taken();
        return false;
      }
      holder.terminate();
    }
    return true;
  }

  async #enter(place: Place): Promise<void> {
    let frames: readonly string[] | null = null;
    while (frames === null) {
      const welcome = await this.#manner.welcome(this, place);
      if (this.#state.phase !== "arriving") return;
      // From here to the end in one synchronous step, so that nothing falls between.
      frames = welcome();
    }
    const { early } = this.#state as Extract<State, { early: string[] }>;
    for (const frame of frames) this.#connection.send(frame);
    this.#connection.subscribe(wireTopic(this.wire, place.room));
    this.#state = { phase: "in", place };
    place.enter(this);
    for (const frame of early) this.#manner.frame(this, place, frame);
  }

  #taken(): void {
    this.close(1008, `Username '${this.name}' is already taken.`);
  }

  #leave(): void {
    if (!this.open) return;
    this.#state = { phase: "closed" };
    this.#parts.sessions.remove(this, null);
    for (const sign of this.#signs.splice(0)) sign();
    if (!this.#held) return;
    this.#held.leave(this);
    this.#parts.places.release(this.#held);
    this.#held = null;
  }
}

/** A close reason has room for 123 bytes (RFC 6455, section 5.5). */
const REASON_BYTES = 123;

function fittingReason(reason: string): string {
  if (Buffer.byteLength(reason) <= REASON_BYTES) return reason;
  let cut = "";
  let bytes = 3;
  for (const character of reason) {
    bytes += Buffer.byteLength(character);
    if (bytes > REASON_BYTES) break;
    cut += character;
  }
  return `${cut}…`;
}
