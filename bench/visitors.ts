import { openFilesAllowed } from "./cpu.ts";
import { Sockets } from "./epoll.ts";
import { FeedLog } from "./feed-log.ts";
import { OPCODE, upgradeRequest, writeFrame } from "./frames.ts";
import type { Guest } from "./guests.ts";
import { FrameStream, type Listener } from "./stream.ts";

/** What a visitor does on hearing a frame: the frame it answers with, and whether the server knows it, and it is in. */
export type Reply = { readonly say?: string; readonly greeted?: true; readonly inside?: true };

/** How one connection comes in, from the upgrade on. */
export interface Visit {
  readonly path: string;
  readonly subprotocol: string | null;
  /** What it says first; null: it listens. */
  readonly first: string | null;
  hear(payload: string): Reply;
}

/** Upgrades that wait at once. The runtimes let 511 connections wait; one more would be made to wait a second. */
const KNOCKING = 256;
/** Connections at once that the server does not know yet: fewer than MAX_STRANGERS. */
const STRANGERS = 4_000;
/** Files that a process has open besides. */
const SPARE_FILES = 100;
/** Connections from one address: far fewer than it has ports. */
const ADDRESSES = 8;

class Visitor {
  readonly fd: number;
  readonly visit: Visit;
  readonly stream: FrameStream<Visitor>;
  upgraded = false;
  greeted = false;
  inside = false;

  constructor(fd: number, visit: Visit, log: FeedLog<Visitor>, listener: Listener<Visitor>) {
    this.fd = fd;
    this.visit = visit;
    this.stream = new FrameStream<Visitor>(this, log, listener);
  }
}

/** Many connections that come in, each by its visit, and then stay. Whatever goes wrong throws. */
export class Visitors implements Listener<Visitor> {
  readonly #sockets = new Sockets();
  readonly #byFd: (Visitor | undefined)[] = [];
  /** Feeds are not followed here, so no frame is ever expected. */
  readonly #log = new FeedLog<Visitor>("none");
  #visitors: Visitor[] = [];
  #upgraded = 0;
  #greeted = 0;
  #inside = 0;

  /**
   * All come in as fast as this process can, or `atOnce` at a time. Returns the milliseconds from the first connect until
   * the last is in.
   */
  come(
    port: number,
    guests: readonly Guest[],
    visit: (guest: Guest) => Visit,
    atOnce = Number.POSITIVE_INFINITY,
    seconds = 60,
  ): number {
    const files = openFilesAllowed();
    if (files < this.#visitors.length + guests.length + SPARE_FILES) {
      throw new Error(
        `Only ${files} files may be open here; ${guests.length} connections need ulimit -n to be raised.`,
      );
    }
    const began = performance.now();
    const already = this.#inside;
    let next = 0;
    const mayKnock = () =>
      next < guests.length &&
      this.#visitors.length - this.#upgraded < KNOCKING &&
      this.#visitors.length - this.#greeted < STRANGERS &&
      already + next - this.#inside < atOnce;
    while (this.#inside - already < guests.length) {
      while (mayKnock()) {
        const guest = guests[next++]!;
        this.#knock(port, guest, visit(guest));
      }
      this.#sockets.poll(10, this.#receive);
      if (performance.now() - began > seconds * 1000) {
        throw new Error(`After ${seconds} s only ${this.#inside - already} of ${guests.length} were in.`);
      }
    }
    return performance.now() - began;
  }

  /** Answers whatever comes for `ms`. */
  stay(ms: number): void {
    const until = performance.now() + ms;
    for (let now = performance.now(); now < until; now = performance.now()) {
      this.#sockets.poll(Math.ceil(until - now), this.#receive);
    }
  }

  /** All go, without a word. */
  leave(): void {
    for (const { fd } of this.#visitors) {
      this.#sockets.close(fd);
      this.#byFd[fd] = undefined;
    }
    this.#visitors = [];
    this.#upgraded = 0;
    this.#greeted = 0;
    this.#inside = 0;
  }

  text(visitor: Visitor, payload: string): void {
    const { say, greeted, inside } = visitor.visit.hear(payload);
    if (greeted && !visitor.greeted) {
      visitor.greeted = true;
      this.#greeted++;
    }
    if (inside && !visitor.inside) {
      visitor.inside = true;
      this.#inside++;
    }
    if (say !== undefined) this.#say(visitor, OPCODE.text, say);
  }

  same(): void {
    throw new Error("Nobody follows a feed here.");
  }

  control(visitor: Visitor, opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.#say(visitor, OPCODE.pong, payload.toString("latin1"));
    else if (opcode === OPCODE.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      throw new Error(`The server closed a connection: ${code} ${payload.toString("utf8", 2)}`);
    }
  }

  #knock(port: number, guest: Guest, visit: Visit): void {
    const fd = this.#sockets.connect(port, 2 + (guest.index % ADDRESSES));
    const visitor = new Visitor(fd, visit, this.#log, this);
    this.#visitors.push(visitor);
    this.#byFd[fd] = visitor;
    const request = upgradeRequest(visit.path, `127.0.0.1:${port}`, visit.subprotocol);
    this.#sockets.send(fd, this.#sockets.out.write(request, 0, "latin1"));
  }

  #say({ fd }: Visitor, opcode: number, payload: string): void {
    this.#sockets.send(fd, writeFrame(this.#sockets.out, 0, opcode, payload));
  }

  readonly #receive = (fd: number, bytes: Buffer, end: number): void => {
    const visitor = this.#byFd[fd];
    if (!visitor) return;
    let at = 0;
    if (!visitor.upgraded) {
      const close = bytes.subarray(0, end).indexOf("\r\n\r\n");
      const answer = bytes.toString("latin1", 0, end);
      if (!answer.startsWith("HTTP/1.1 101 ") || close < 0) throw new Error(`No upgrade: ${answer}`);
      visitor.upgraded = true;
      this.#upgraded++;
      at = close + 4;
      if (visitor.visit.first !== null) this.#say(visitor, OPCODE.text, visitor.visit.first);
    }
    visitor.stream.read(bytes, at, end);
  };
}
