import { type FeedId, firstSeq, type ServerFrames } from "@parley/protocol";
import { openFilesAllowed } from "../report/cpu.ts";
import { Sockets } from "./epoll.ts";
import { FeedLog, type Known } from "./feed-log.ts";
import { OPCODE, upgradeRequest, writeFrame } from "./frames.ts";
import type { Guest } from "./guests.ts";
import { FrameStream, type Listener } from "./stream.ts";

/** What a client does after a frame: what it sends, whether the server knows it, whether it is in. */
export type Reply = {
  readonly say?: string;
  readonly greeted?: true;
  readonly inside?: true;
  /** From this seq on the client follows the log's feed: each frame must continue there. */
  readonly follow?: number;
};

/** How a crowd comes in. */
export type Pace = {
  /** Connections that may be on their way in at a time. */
  readonly atOnce?: number;
  /** Connections begun a second, at most. */
  readonly perSecond?: number;
  /** Seconds until the last must be in. */
  readonly seconds?: number;
};

/** How one connection comes in, from the upgrade on. */
export interface ClientScript {
  readonly path: string;
  readonly subprotocol: string | null;
  /** What it says first; null: it listens. */
  readonly first: string | null;
  hear(payload: string): Reply;
}

/** Upgrades that wait at once. The runtimes let 511 connections wait; one more would be made to wait a second. */
const MAX_PENDING_CONNECTS = 256;
/** Connections at once that the server does not know yet: fewer than MAX_UNAUTHENTICATED. */
const MAX_CLIENTS = 4_000;
/** Files that a process has open besides. */
const SPARE_FILES = 100;
/** Connections from one address: far fewer than it has ports. */
const ADDRESSES = 8;

class LoadClient {
  readonly fd: number;
  readonly visit: ClientScript;
  readonly stream: FrameStream<LoadClient>;
  upgraded = false;
  greeted = false;
  inside = false;

  constructor(fd: number, visit: ClientScript, log: FeedLog<LoadClient>, listener: Listener<LoadClient>) {
    this.fd = fd;
    this.visit = visit;
    this.stream = new FrameStream<LoadClient>(this, log, listener);
  }
}

/** Many connections that come in, each by its visit, and then stay. Whatever goes wrong throws. */
export class LoadClients implements Listener<LoadClient> {
  readonly #sockets = new Sockets();
  readonly #byFd: (LoadClient | undefined)[] = [];
  /** The one feed that clients may follow; what one has read is compared byte for byte for the others. */
  readonly #log: FeedLog<LoadClient>;
  readonly #following: string;
  #clients: LoadClient[] = [];
  #upgraded = 0;
  #greeted = 0;
  #inside = 0;
  /** Events that were delivered live to all clients together. */
  delivered = 0;

  constructor(feed: FeedId = "none") {
    this.#log = new FeedLog<LoadClient>(feed);
    this.#following = `{"type":"events","feed":"${feed}",`;
  }

  /**
   * All come in as fast as this process and the pace allow. Returns the milliseconds from the first connect until
   * the last is in.
   */
  come(
    port: number,
    guests: readonly Guest[],
    visit: (guest: Guest) => ClientScript,
    { atOnce = Number.POSITIVE_INFINITY, perSecond = Number.POSITIVE_INFINITY, seconds = 60 }: Pace = {},
  ): number {
    const files = openFilesAllowed();
    if (files < this.#clients.length + guests.length + SPARE_FILES) {
      throw new Error(
        `Only ${files} files may be open here; ${guests.length} connections need ulimit -n to be raised.`,
      );
    }
    const began = performance.now();
    const already = this.#inside;
    let next = 0;
    const mayKnock = () =>
      next < guests.length &&
      this.#clients.length - this.#upgraded < MAX_PENDING_CONNECTS &&
      this.#clients.length - this.#greeted < MAX_CLIENTS &&
      already + next - this.#inside < atOnce &&
      next < ((performance.now() - began) / 1000) * perSecond;
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
    for (const { fd } of this.#clients) {
      this.#sockets.close(fd);
      this.#byFd[fd] = undefined;
    }
    this.#clients = [];
    this.#upgraded = 0;
    this.#greeted = 0;
    this.#inside = 0;
  }

  text(client: LoadClient, payload: string, raw: Buffer): void {
    if (client.stream.cursor > 0 && payload.startsWith(this.#following)) {
      const { events } = JSON.parse(payload) as ServerFrames["events"];
      const { stream } = client;
      // A frame may begin below the place where this client came in.
      const [first] = events;
      const last = events.at(-1);
      if (!first || !last || last.seq <= stream.cursor) return;
      const before = stream.cursor;
      if (firstSeq(first) > before) this.#log.take(before, events, raw, null);
      else if (!events.some((item) => firstSeq(item) <= before + 1 && item.seq > before))
        throw new Error("A hole where a client came in.");
      stream.cursor = last.seq;
      this.delivered += last.seq - before;
      return;
    }
    const { say, greeted, inside, follow } = client.visit.hear(payload);
    if (follow !== undefined) client.stream.cursor = follow;
    if (greeted && !client.greeted) {
      client.greeted = true;
      this.#greeted++;
    }
    if (inside && !client.inside) {
      client.inside = true;
      this.#inside++;
    }
    if (say !== undefined) this.#say(client, OPCODE.text, say);
  }

  same(_: LoadClient, known: Known<LoadClient>): void {
    this.delivered += known.count;
  }

  control(client: LoadClient, opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) this.#say(client, OPCODE.pong, payload.toString("latin1"));
    else if (opcode === OPCODE.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      throw new Error(`The server closed a connection: ${code} ${payload.toString("utf8", 2)}`);
    }
  }

  #knock(port: number, guest: Guest, visit: ClientScript): void {
    const fd = this.#sockets.connect(port, 2 + (guest.index % ADDRESSES));
    const client = new LoadClient(fd, visit, this.#log, this);
    this.#clients.push(client);
    this.#byFd[fd] = client;
    const request = upgradeRequest(visit.path, `127.0.0.1:${port}`, visit.subprotocol);
    this.#sockets.send(fd, this.#sockets.out.write(request, 0, "latin1"));
  }

  #say({ fd }: LoadClient, opcode: number, payload: string): void {
    this.#sockets.send(fd, writeFrame(this.#sockets.out, 0, opcode, payload));
  }

  readonly #receive = (fd: number, bytes: Buffer, end: number): void => {
    const client = this.#byFd[fd];
    if (!client) return;
    let at = 0;
    if (!client.upgraded) {
      const close = bytes.subarray(0, end).indexOf("\r\n\r\n");
      const answer = bytes.toString("latin1", 0, end);
      if (!answer.startsWith("HTTP/1.1 101 ") || close < 0) throw new Error(`No upgrade: ${answer}`);
      client.upgraded = true;
      this.#upgraded++;
      at = close + 4;
      if (client.visit.first !== null) this.#say(client, OPCODE.text, client.visit.first);
    }
    client.stream.read(bytes, at, end);
  };
}
