import { CLOSE_CODES, FAULTS, LOBBY, userFeed } from "@parley/protocol";
import { newNonce, newToken, WireClient } from "./test-server.ts";

export type FuzzOptions = {
  readonly port: number;
  readonly seed: number;
  /** Frames in all. */
  readonly frames: number;
  /** Connections at once. */
  readonly clients?: number;
};

export type FuzzReport = {
  readonly sent: number;
  /** How often each fault and each close code was met, and how many frames were taken without one. */
  readonly faults: ReadonlyMap<string, number>;
  readonly closes: ReadonlyMap<number, number>;
  /** What no document allows: a defect. Each names the frames that came before it. */
  readonly defects: readonly string[];
};

/** Randomness that a seed repeats (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Frames that are sent before the server is asked whether it still answers. */
const ROUND = 40;
/** How long it has for that. Milliseconds. */
const ANSWER_WITHIN = 20_000;

const ODD_FRAMES = [
  "",
  "\u0000",
  "\ud800",
  "__proto__",
  "constructor",
  "toString",
  "lobby",
  "NaN",
  "x".repeat(9_000),
  "👩‍👩‍👧‍👦",
  "ﷺ".repeat(100),
  "../..",
  "'; --",
  "%00",
];
const NUMBERS = [0, -0, -1, 1, 0.5, 1e21, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 5e-324, 200, 201, 300, 301];

/** Makes frames: right ones, right ones with something changed, and any JSON at all. */
class Frames {
  readonly #next: () => number;
  /** Ids that occur: what refers to something real goes deeper than what does not. */
  readonly rooms: string[] = [LOBBY];
  readonly users: string[] = [newNonce()];
  readonly messages: string[] = [newNonce()];
  epoch = "";

  constructor(next: () => number) {
    this.#next = next;
  }

  #int(below: number): number {
    return Math.floor(this.#next() * below);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#int(values.length)] as T;
  }

  #id(of: readonly string[] = this.messages): string {
    const luck = this.#next();
    if (luck < 0.85) return this.#pick(of);
    return luck < 0.95 ? this.#pick([...this.rooms, ...this.users, ...this.messages]) : newNonce();
  }

  /** What was seen can be referred to; the newest of it. */
  learn(of: string[], id: string): void {
    of.push(id);
    if (of.length > 60) of.splice(1, 20);
  }

  make(): string | Uint8Array {
    const luck = this.#next();
    if (luck < 0.06) return this.#garbage();
    if (luck < 0.14) return JSON.stringify(this.#json(4)) ?? "null";
    const frame = this.#right();
    // Half of them are right: what is wrong must meet a world in which something has happened.
    for (let changes = Math.max(0, this.#int(6) - 3); changes > 0; changes--) this.#change(frame);
    const text = JSON.stringify(frame);
    return luck < 0.24 ? this.#scratch(text) : text;
  }

  #right(): Record<string, unknown> {
    const room = this.#id(this.rooms);
    const nonce = this.#next() < 0.9 ? newNonce() : this.#id();
    const command = { type: "command", request: this.#int(1_000), nonce, room };
    const message = this.#id();
    const made = newNonce();
    const user = this.#id(this.users);
    if (this.#next() < 0.1) this.learn(this.rooms, made);
    return this.#pick<() => Record<string, unknown>>([
      () => ({ ...command, kind: "send_message", text: this.#text(), mentions: [user] }),
      () => ({ ...command, kind: "send_message", text: "reply", reply_to: message }),
      () => ({ ...command, kind: "edit_message", message, text: this.#text() }),
      () => ({ ...command, kind: "delete_message", message }),
      () => ({
        ...command,
        kind: this.#pick(["add_reaction", "remove_reaction"]),
        message,
        emoji: this.#pick(["👍", "e\u0301", "ab", "🏳️‍🌈"]),
      }),
      () => ({
        ...command,
        kind: "create_room",
        room: made,
        room_kind: this.#pick(["public", "private"]),
        name: this.#text(),
        members: [user],
      }),
      () => ({ ...command, kind: "create_direct", room: `direct.${user}.${this.#id(this.users)}`, user }),
      () => ({
        ...command,
        kind: this.#pick(["join_room", "leave_room", "archive_room", "unarchive_room", "delete_room"]),
      }),
      () => ({ ...command, kind: this.#pick(["invite_member", "remove_member"]), user }),
      () => ({ ...command, kind: "change_role", user, role: this.#pick(["member", "moderator", "owner"]) }),
      () => ({ ...command, kind: "rename_room", name: this.#text() }),
      () => ({ ...command, kind: "set_topic", topic: this.#text() }),
      () => ({
        type: "resume",
        epoch: this.#next() < 0.9 ? this.epoch : this.#id(),
        cursors: [{ feed: room, seq: this.#int(20), id: message }, { feed: userFeed(user) }],
      }),
      () => ({ type: "after", feed: room, seq: this.#int(50), limit: 1 + this.#int(300) }),
      () => ({ type: "skip", room, nonce }),
      () => ({ type: "watch", rooms: [room, this.#id()] }),
      () => ({ type: "typing", room }),
      () => ({ type: "read", room, seq: this.#int(100) }),
      () => ({ type: "ping" }),
      () =>
        this.#next() > 0.05
          ? { type: "ping" }
          : { type: "hello", token: newToken(), device: "fuzz", name: this.#text(), accepts: [this.#text()] },
    ])();
  }

  #text(): string {
    return this.#next() < 0.2 ? this.#pick(ODD_FRAMES) : `text ${this.#int(1_000)}`;
  }

  /** Removes, replaces, adds or wraps a field. */
  #change(frame: Record<string, unknown>): void {
    const field = this.#pick(Object.keys(frame)) ?? "type";
    const luck = this.#next();
    if (luck < 0.25) delete frame[field];
    else if (luck < 0.7) frame[field] = this.#json(2);
    else if (luck < 0.85)
      Object.defineProperty(frame, this.#pick(ODD_FRAMES), {
        value: this.#json(2),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else frame[field] = [frame[field]];
  }

  #json(depth: number): unknown {
    const kinds = depth > 0 ? 7 : 5;
    switch (this.#int(kinds)) {
      case 0:
        return null;
      case 1:
        return this.#next() < 0.5;
      case 2:
        return this.#pick(NUMBERS);
      case 3:
        return this.#pick(ODD_FRAMES);
      case 4:
        return this.#id();
      case 5:
        return Array.from({ length: this.#int(5) }, () => this.#json(depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: this.#int(5) }, () => [
            this.#pick(["type", "kind", "room", "nonce", "feed", ...ODD_FRAMES]),
            this.#json(depth - 1),
          ]),
        );
    }
  }

  /** A character changed, removed or doubled somewhere. */
  #scratch(text: string): string {
    const at = this.#int(text.length);
    const middle = this.#pick(["", '"', "}", "\\", ",", "\u0000", "9", text.slice(at, at + 20).repeat(2)]);
    return text.slice(0, at) + middle + text.slice(at + 1);
  }

  #garbage(): string | Uint8Array {
    const bytes = Uint8Array.from({ length: this.#int(200) }, () => this.#int(256));
    return this.#next() < 0.5 ? bytes : Buffer.from(bytes).toString("latin1");
  }
}

/**
 * Sends frames to a server and returns what came back. Whatever it receives, the server may answer only with what its
 * tables hold, and never with a defect of its own (`internal`, 1011).
 */
export async function fuzz({ port, seed, frames, clients = 4 }: FuzzOptions): Promise<FuzzReport> {
  const faults = new Map<string, number>();
  const closes = new Map<number, number>();
  const defects: string[] = [];
  let sent = 0;
  const run = async (index: number) => {
    const make = new Frames(randomOf(seed * 31 + index));
    while (sent < frames && defects.length === 0) {
      const client = new WireClient({ port });
      const { user, epoch } = await client.join(`Fuzz ${newNonce().slice(-12)}`);
      make.learn(make.users, user.id);
      make.epoch = epoch;
      let closed: number | null = null;
      void client.closed.then(({ code }) => {
        closed = code;
      });
      while (closed === null && sent < frames) {
        const round = Array.from({ length: ROUND }, () => make.make());
        sent += round.length;
        for (const frame of round) await client.send(frame);
        const patience = AbortSignal.timeout(ANSWER_WITHIN);
        const late = new Promise<"late">((resolve) =>
          patience.addEventListener("abort", () => resolve("late")),
        );
        // Commands are answered when they are on disk, which a pong does not wait for; this one is behind them.
        const settled = client.settled().then(() => client.command({ kind: "join_room", room: LOBBY }));
        const ended = await Promise.race([settled, client.closed, late]);
        const recent = () => round.map((frame) => String(frame).slice(0, 300)).join("\n");
        if (ended === "late") defects.push(`no answer to a ping after:\n${recent()}`);
        for (const frame of client.frames.splice(0)) {
          if (frame.type === "events") for (const { id } of frame.events) make.learn(make.messages, id);
          if (frame.type !== "fault") continue;
          faults.set(frame.code, (faults.get(frame.code) ?? 0) + 1);
          if (!(frame.code in FAULTS) || frame.code === "internal")
            defects.push(`fault ${frame.code} (${frame.text}) after:\n${recent()}`);
        }
        if (closed !== null && (!(closed in CLOSE_CODES) || closed === 1011))
          defects.push(`closed with ${closed} after:\n${recent()}`);
        if (ended === "late") break;
      }
      if (closed !== null) closes.set(closed, (closes.get(closed) ?? 0) + 1);
      client.close();
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => run(index)));
  return { sent, faults, closes, defects };
}
