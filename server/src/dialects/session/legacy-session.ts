import { FAULTS, type Fault, fault, isFault, nameKey, type RoomId } from "@parley/protocol";
import { commands, tokenInFrame } from "@parley/protocol/schemas";
import type { CommandGate, CommandSource, PendingCommand } from "../../gateway/command-gate.ts";
import type { KeyedRateLimiter, Rates } from "../../gateway/limits/rate-limiter.ts";
import { HEARTBEAT, KeepAlive, type SessionHandle, type Sessions } from "../../gateway/session/sessions.ts";
import type { Timing } from "../../gateway/signals/timing.ts";
import type { Connection, Peer } from "../../gateway/socket/connection.ts";
import type { FaultCounts } from "../../observe/counts.ts";
import type { Log } from "../../observe/log.ts";
import type { TrafficLog } from "../../observe/traffic-log.ts";
import type { Store } from "../../store/store.ts";
import { type DialectEncoder, encoderTopic } from "../encoder.ts";
import type { DialectRoom, RoomClient } from "../room/room.ts";
import type { DialectRooms } from "../room/rooms.ts";
import { SessionLimiter } from "./limits.ts";

/** How long the holder of a name has to answer a ping. Milliseconds. */
const KEEPALIVE_TIMEOUT = 2_000;
/** How long a slow reader has to read its close frame. Milliseconds. */
const SLOW_CLOSE_TIMEOUT = 5_000;
/** Frames that may come before the name is settled, and characters in them. */
const EARLY_FRAMES = 64;
const EARLY_CHARACTERS = 262_144;
/** The name of notices in the lobby in plain text; no client may have it. The key of a name. */
const SYSTEM_NAME_KEY = "system";
/** How many names are drawn for a client that gave none. */
const NAME_ATTEMPTS = 100;

/** What a message may be in every protocol. */
const MESSAGE_TEXT = commands.send_message.shape.text;

export type LegacySessionParts = {
  readonly gate: Pick<CommandGate, "ofWalkIn" | "submit" | "admit">;
  readonly store: Store;
  readonly dialectRooms: DialectRooms;
  readonly sessions: Sessions;
  readonly rates: Rates;
  /** What all walk-ins of one address may send together; null where rates are lifted. */
  readonly addresses: KeyedRateLimiter | null;
  readonly timing: Timing;
  /** Milliseconds of the clock that allowances are filled by. */
  readonly refill: () => number;
  readonly log: Log;
  /** Where refusals are counted. */
  readonly faults?: FaultCounts;
  /** Where connections and commands are logged. */
  readonly traffic?: TrafficLog | null;
  readonly newId: () => string;
};

/** What differs between the dialects. */
export interface DialectHandler {
  readonly encoder: DialectEncoder;
  /** The room to enter; null when the session was closed instead. */
  room(session: LegacySession): Promise<RoomId | null>;
  /**
   * The frames that a new client alone gets before those of the room. The returned function is called in the same
   * synchronous step in which the client is subscribed; null: too much has happened since, and `welcome` is called again.
   */
  welcome(session: LegacySession, dialectRoom: DialectRoom): Promise<() => readonly string[] | null>;
  /** A text frame of a client that is in the room. */
  frame(session: LegacySession, dialectRoom: DialectRoom, data: string): void;
  /** A client that is in the room is about to leave it. */
  left?(session: LegacySession, dialectRoom: DialectRoom): void;
  /** Encodes an error. The connection stays open. */
  error(message: string): string;
}

/** The welcome of dialects that have none. */
export const noWelcome = async () => () => [];

/** The name that a client gave, or what draws one. */
export type NameSource = string | (() => string);

type State =
  | { readonly phase: "arriving"; readonly early: string[] }
  | { readonly phase: "in"; readonly dialectRoom: DialectRoom }
  | { readonly phase: "closed" };

/**
 * One connection of a dialect: a walk-in with a name and no credential, a new author for each connection, in one room until
 * it closes. Its messages are ordinary ones; its presence is a signal.
 */
export class LegacySession implements Peer, SessionHandle, RoomClient {
  readonly id: string;
  readonly encoder: DialectEncoder;
  readonly device = null;
  readonly #parts: LegacySessionParts;
  readonly #handler: DialectHandler;
  readonly #connection: Connection;
  readonly #limiter: SessionLimiter;
  readonly #drawName: (() => string) | null;
  #name: string;
  #state: State = { phase: "arriving", early: [] };
  #acquiredRoom: DialectRoom | null = null;
  #source: CommandSource | null = null;
  readonly #keepAlive: KeepAlive;
  #activityWaiters: (() => void)[] = [];

  constructor(
    connection: Connection,
    nameSource: NameSource,
    handler: DialectHandler,
    parts: LegacySessionParts,
  ) {
    const now = parts.timing.now();
    this.id = parts.newId();
    this.#drawName = typeof nameSource === "string" ? null : nameSource;
    this.#name = typeof nameSource === "string" ? nameSource : nameSource();
    this.encoder = handler.encoder;
    this.#connection = connection;
    this.#handler = handler;
    this.#parts = parts;
    this.#limiter = new SessionLimiter(parts.rates, parts.addresses, connection.address, parts.refill());
    this.#keepAlive = new KeepAlive(now);
    parts.sessions.add(this);
    void this.#arrive();
  }

  get name(): string {
    return this.#name;
  }

  get address(): string {
    return this.#connection.address;
  }

  get open(): boolean {
    return this.#state.phase !== "closed";
  }

  /** Sends a message to the room this session is in. */
  sendMessage(dialectRoom: DialectRoom, text: string): void {
    const command = this.#readMessage(dialectRoom, text);
    if (!command) return;
    this.#parts.gate.submit(this.#commandSource(), command, (verdict) => {
      if (isFault(verdict)) this.refuse(verdict);
    });
  }

  /** Whether a text may be relayed to one client alone: the same rules and the same price as in the room. */
  mayMessage(dialectRoom: DialectRoom, text: string): boolean {
    const command = this.#readMessage(dialectRoom, text);
    if (!command) return false;
    const refused = this.#parts.gate.admit(this.#commandSource(), command);
    if (refused) this.refuse(refused);
    return refused === null;
  }

  /** Made with the first message: from then on the session is in its room and its name does not change. */
  #commandSource(): CommandSource {
    const { id, name, address } = this;
    this.#source ??= this.#parts.gate.ofWalkIn({ id, name }, address, (now) => this.#limiter.message(now));
    return this.#source;
  }

  /** Whether a typing signal may be published. */
  mayType(): boolean {
    return this.#limiter.mayType(this.#parts.refill());
  }

  /** The command for a text; null when it cannot be a message, and then the client has its answer. */
  #readMessage(dialectRoom: DialectRoom, text: string): PendingCommand | null {
    if (tokenInFrame(text) !== null) {
      this.#closeNative();
      return null;
    }
    // The room is this session's own: only the text comes from outside.
    const message = MESSAGE_TEXT.safeParse(text);
    if (message.success) {
      const body = { kind: "send_message", room: dialectRoom.id, text: message.data } as const;
      return { nonce: this.#parts.newId(), body };
    }
    this.refuse(fault("invalid", `text: ${message.error.issues[0]?.message ?? "is not a text"}`));
    return null;
  }

  /** A client of the native protocol at this address: its frames contain its token, and must not be sent to others. */
  #closeNative(): void {
    this.close(4404, "This is a frame of parley.v1, which is at /ws only. It was not stored.");
  }

  refuse({ fault: code, detail, retry_after }: Fault): void {
    const { faults } = this.#parts;
    if (faults) faults[code] = (faults[code] ?? 0) + 1;
    const { text } = FAULTS[code];
    const when = retry_after === undefined ? "" : ` (${retry_after} ms)`;
    this.sendError(`${detail === undefined ? text : `${text} (${detail})`}${when}`);
  }

  sendError(message: string): void {
    this.send(this.#handler.error(message));
  }

  send(frame: string): void {
    if (this.open) this.#connection.send(frame);
  }

  onFrame(data: string | Uint8Array): void {
    const state = this.#state;
    if (state.phase === "closed") return;
    this.onActivity();
    const wait = this.#limiter.frame(this.#parts.refill());
    if (wait === Number.POSITIVE_INFINITY) {
      this.close(4429, "Far too many frames. Wait before the next connection.");
    } else if (wait > 0) {
      this.refuse(fault("rate_limited", undefined, wait));
    } else if (typeof data !== "string") {
      this.sendError("Binary frames are not taken. Send text.");
    } else if (tokenInFrame(data) !== null) {
      this.#closeNative();
    } else if (state.phase === "in") {
      this.#handler.frame(this, state.dialectRoom, data);
    } else {
      const characters = state.early.reduce((sum, { length }) => sum + length, data.length);
      if (state.early.length < EARLY_FRAMES && characters <= EARLY_CHARACTERS) state.early.push(data);
      else this.sendError("Too fast. Wait until you are in the room.");
    }
  }

  onDrain(): void {}

  onActivity(): void {
    this.#keepAlive.active(this.#parts.timing.now());
    for (const resolve of this.#activityWaiters.splice(0)) resolve();
  }

  onClose(code: number, reason: string): void {
    const { id, address } = this;
    const wire = this.encoder.name;
    this.#parts.traffic?.closed({ session: id, address, wire, user: id, code, reason });
    this.#leave();
  }

  isAlive(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancelTimer = this.#parts.timing.after(KEEPALIVE_TIMEOUT, () => resolve(false));
      this.#activityWaiters.push(() => {
        cancelTimer();
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
    const unread = this.#connection.buffered();
    switch (this.#keepAlive.check(now, { unread, most: slowBytes, interval: HEARTBEAT })) {
      case "silent":
        this.terminate();
        return;
      case "slow":
        this.close(4408, "Reading too slowly.");
        // Its close frame waits behind what the peer does not read.
        this.#parts.timing.after(SLOW_CLOSE_TIMEOUT, () => this.#connection.terminate());
        return;
      case "beat":
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
      if (!(await this.#isNameFree())) return;
      const room = await this.#handler.room(this);
      if (room === null || !this.open) return;
      const dialectRoom = await this.#parts.dialectRooms.acquire(room);
      if (!this.open) {
        this.#parts.dialectRooms.release(dialectRoom);
        return;
      }
      this.#acquiredRoom = dialectRoom;
      if (await this.#claim(dialectRoom)) await this.#enter(dialectRoom);
    } catch (error) {
      this.#parts.log.error({ error, session: this.id }, "a walk-in could not enter its room");
      this.close(1011, "The server failed at this connection.");
    }
  }

  /** Whether no user with a token has the name. A drawn name is drawn again. False: the session was closed. */
  async #isNameFree(): Promise<boolean> {
    const isHeld = async () =>
      nameKey(this.#name) === SYSTEM_NAME_KEY || (await this.#parts.store.nameHeld(this.#name));
    for (let draws = 0; await isHeld(); draws++) {
      if (!this.#drawName || draws >= NAME_ATTEMPTS) {
        this.#closeNameTaken();
        return false;
      }
      this.#name = this.#drawName();
    }
    return this.open;
  }

  /** Whether the session holds the name now. A holder that does not answer a ping loses it. */
  async #claim(dialectRoom: DialectRoom): Promise<boolean> {
    let draws = 0;
    for (let holder = dialectRoom.claim(this); holder; holder = dialectRoom.claim(this)) {
      if (this.#drawName && ++draws < NAME_ATTEMPTS) {
        this.#name = this.#drawName();
        if (!(await this.#isNameFree())) return false;
        continue;
      }
      const alive = await holder.isAlive();
      if (!this.open) return false;
      if (alive) {
        this.#closeNameTaken();
        return false;
      }
      holder.terminate();
    }
    return true;
  }

  async #enter(dialectRoom: DialectRoom): Promise<void> {
    let frames: readonly string[] | null = null;
    while (frames === null) {
      const welcome = await this.#handler.welcome(this, dialectRoom);
      if (this.#state.phase !== "arriving") return;
      if (dialectRoom.deleted) return this.roomDeleted();
      // From here to the end in one synchronous step, so that no event is lost between.
      frames = welcome();
    }
    const { early } = this.#state as Extract<State, { early: string[] }>;
    for (const frame of frames) this.#connection.send(frame);
    this.#connection.subscribe(encoderTopic(this.encoder, dialectRoom.id));
    this.#state = { phase: "in", dialectRoom };
    const { id, name, address } = this;
    const wire = this.encoder.name;
    this.#parts.traffic?.connected({ session: id, address, wire, user: id, name, room: dialectRoom.id });
    dialectRoom.enter(this);
    for (const frame of early) if (this.open) this.#handler.frame(this, dialectRoom, frame);
  }

  #closeNameTaken(): void {
    this.close(1008, `Username '${this.#name}' is already taken.`);
  }

  #leave(): void {
    const state = this.#state;
    if (state.phase === "closed") return;
    this.#state = { phase: "closed" };
    if (state.phase === "in") this.#handler.left?.(this, state.dialectRoom);
    this.#parts.sessions.remove(this, null);
    for (const resolve of this.#activityWaiters.splice(0)) resolve();
    if (!this.#acquiredRoom) return;
    this.#acquiredRoom.leave(this);
    this.#parts.dialectRooms.release(this.#acquiredRoom);
    this.#acquiredRoom = null;
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
