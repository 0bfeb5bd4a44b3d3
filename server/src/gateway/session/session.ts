import {
  type ClientFrames,
  FAULTS,
  type Fault,
  type FeedId,
  fault,
  isFault,
  MEMBERS_JOINED,
  type Nonce,
  type UserId,
  userFeed,
} from "@parley/protocol";
import type { SenderSession } from "../../core/command.ts";
import type { FeedEntry, Head, User, Verdict } from "../../store/store.ts";
import type { CommandSource } from "../command-gate.ts";
import { everyEvent, joinedTogether } from "../feeds/delivery.ts";
import type { FollowedFeed } from "../feeds/followed-feed.ts";
import { FrameLimiter } from "../limits/rate-limiter.ts";
import type { Connection, Peer } from "../socket/connection.ts";
import { ackFrame, ackText, type CommandFrame, decode, encode, faultFrame } from "../wire/codec.ts";
import type { SessionParts } from "./parts.ts";
import { HEARTBEAT, KeepAlive, type SessionHandle } from "./sessions.ts";
import { Subscriptions } from "./subscriptions.ts";
import { feedsAtHello, helloLimit, READ_LIMITED, roomsNow, welcomeFrames } from "./welcome.ts";

/** How long a new socket may stay without a hello. Milliseconds. */
const HELLO_TIMEOUT = 10_000;
/** Between two heartbeats: sessions are checked once a second, so 5 s early never misses HEARTBEAT. Milliseconds. */
const HEARTBEAT_INTERVAL = HEARTBEAT - 5_000;
/** So many cursors of a resume, and so many rooms of a watch, cost one frame. */
const CURSORS_PER_FRAME = 20;
const ROOMS_PER_FRAME = 10;
/** What a feed of the welcome counts as. Bytes: its entry, and the read of what is unread there, measured. */
const FEED_BYTES = 2_048;
/** What a frame above the rate counts as. Bytes: it is decoded, refused and counted; measured. */
const REFUSED_BYTES = 4_096;
/** When to retry a resume while others are under way. Milliseconds. */
const RESUME_RETRY = 1_000;

type Live = {
  readonly phase: "live";
  readonly user: User;
  readonly commands: CommandSource;
  readonly subscriptions: Subscriptions;
  readonly privateFeed: FollowedFeed;
};
type State =
  | { readonly phase: "new" }
  /** `gained` holds rooms that the user joined while the list of feeds was read. */
  | { readonly phase: "signing_in"; readonly gained: { feed: FeedId; seq: number }[] }
  | Live
  | { readonly phase: "closed" };

/** One socket of the native protocol, from hello to close. */
export class Session implements Peer, SessionHandle {
  readonly id: string;
  readonly #parts: SessionParts;
  readonly #connection: Connection;
  readonly #opened: number;
  readonly #frames: FrameLimiter | null;
  #state: State = { phase: "new" };
  /** Acks of the current batch, as JSON with commas between them. */
  #acks = "";
  #user: UserId | null = null;
  #device: string | null = null;
  readonly #keepAlive: KeepAlive;
  /** The session is closing: no more frames are taken. */
  #closing = false;

  constructor(connection: Connection, parts: SessionParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#connection = connection;
    this.#opened = parts.monotonicNow();
    this.#keepAlive = new KeepAlive(this.#opened);
    this.#frames = parts.rates && new FrameLimiter(parts.rates.frameRate, parts.refill());
    parts.sessions.add(this);
    if (parts.counts) parts.counts.opened++;
    parts.admission.awaitHello(this);
  }

  get device(): string | null {
    return this.#device;
  }

  onFrame(data: string | Uint8Array): void {
    const state = this.#state;
    if (state.phase === "closed" || this.#closing) return;
    this.#keepAlive.active(this.#parts.monotonicNow());
    const wait = this.#frames?.take(this.#parts.refill()) ?? 0;
    if (wait === Number.POSITIVE_INFINITY) {
      this.close(4429, "Far too many frames. Wait before the next connection.");
      return;
    }
    const frame = decode(data);
    this.#count("frames", frame.type);
    if (wait > 0) {
      // A refusal is work, too: a client that floods, is cut and reconnects pays for it from the budget of its user.
      this.#parts.reads.charge(this.#user, this.#connection.address, { bytes: REFUSED_BYTES });
      const why = fault("rate_limited", undefined, wait);
      if (frame.type === "command") this.#refuseCommand(frame, why);
      else this.#refuse(why, frame.type === "refused" ? frame : {});
      return;
    }
    if (frame.type === "refused") {
      this.#parts.traffic?.refused(this.id, this.#user, frame.fault.fault);
      this.#refuse(frame.fault, frame);
      return;
    }
    if (frame.type === "hello") {
      if (state.phase === "new") void this.#contain(this.#hello(frame));
      else this.#refuse(fault("second_hello"));
      return;
    }
    if (state.phase !== "live") {
      this.#refuse(fault("hello_first"), frame.type === "command" ? frame : {});
      return;
    }
    switch (frame.type) {
      case "command":
        this.#command(frame, state);
        return;
      case "resume":
        this.#parts.devices.answered(this);
        if (!state.subscriptions.mayResume) {
          this.#refuse(fault("rate_limited", "Other resumes are under way.", RESUME_RETRY));
          return;
        }
        if (this.#readLimited(state.subscriptions.takeRead())) return;
        this.#frames?.charge(frame.cursors.length / CURSORS_PER_FRAME);
        void this.#contain(state.subscriptions.resume(frame.epoch, frame.cursors));
        return;
      case "after":
        if (this.#readLimited(state.subscriptions.takeQuestion())) return;
        void this.#contain(state.subscriptions.after(frame.feed, frame.seq, frame.limit));
        return;
      case "skip":
        this.#parts.chat.skip(this, frame.room, frame.nonce);
        return;
      case "watch":
        if (this.#readLimited(state.subscriptions.takeRead())) return;
        this.#frames?.charge(frame.rooms.length / ROOMS_PER_FRAME);
        void this.#contain(state.subscriptions.watch(frame.rooms));
        return;
      case "typing":
        if (state.subscriptions.isSubscribed(frame.room))
          this.#parts.signalHub.typing(frame.room, state.user);
        return;
      case "read":
        if (!this.#parts.sessions.draining) this.#parts.readMarks.mark(state.user, frame.room, frame.seq);
        return;
      case "ping":
        this.#connection.send(encode({ type: "pong" }));
        return;
      default:
        frame satisfies never;
    }
  }

  onDrain(): void {
    if (this.#state.phase === "live") void this.#contain(this.#state.subscriptions.onDrain());
  }

  onActivity(): void {
    this.#keepAlive.active(this.#parts.monotonicNow());
  }

  onClose(code: number, reason: string): void {
    const state = this.#state;
    if (state.phase === "closed") return;
    this.#state = { phase: "closed" };
    this.#acks = "";
    const { sessions, fanout, traffic } = this.#parts;
    this.#count("closes", code);
    if (state.phase === "live") {
      if (this.#parts.counts) this.#parts.counts.live--;
      state.subscriptions.close();
      this.#parts.presence.depart(state.user.id);
      fanout.release(state.privateFeed);
    }
    sessions.remove(this, this.#user);
    this.#parts.admission.gotHello(this);
    const { address } = this.#connection;
    traffic?.closed({ session: this.id, address, wire: "native", user: this.#user, code, reason });
  }

  flushAcks(): void {
    if (this.#acks === "") return;
    this.#connection.send(ackFrame(this.#acks));
    this.#acks = "";
  }

  /** A membership of this user changed; called between two frames of the feed. */
  gained(feed: FeedId, seq: number): void {
    if (this.#state.phase === "live") void this.#contain(this.#state.subscriptions.gain(feed, seq));
    else if (this.#state.phase === "signing_in") this.#state.gained.push({ feed, seq });
  }

  lost(feed: FeedId): void {
    if (this.#state.phase === "live") this.#state.subscriptions.lose(feed);
  }

  lineage(feed: FeedId, head: Head): void {
    if (this.#state.phase === "live") this.#state.subscriptions.lineage(feed, head);
  }

  /** Called each second: closes silent and slow peers, and sends heartbeats. `slowBytes`: what a peer may leave unread. */
  check(now: number, slowBytes: number): void {
    if (this.#closing) return;
    const state = this.#state;
    if (state.phase === "new" && now - this.#opened > HELLO_TIMEOUT) {
      this.close(4410, "Say hello within 10 s.");
      return;
    }
    const interval = state.phase === "live" ? HEARTBEAT_INTERVAL : Number.POSITIVE_INFINITY;
    const unread = this.#connection.buffered();
    switch (this.#keepAlive.check(now, { unread, most: slowBytes, interval })) {
      case "silent":
        // The peer is gone: a close frame would wait in its buffer for ever.
        if (this.#parts.counts) this.#parts.counts.silent++;
        this.#connection.terminate();
        return;
      case "slow":
        this.close(4408, "Reading too slowly. Resume from your cursors.");
        return;
      case "beat":
        if (state.phase === "live") this.#sendHeartbeat(state);
    }
  }

  /** Sends the heads of the live feeds, and a ping that the peer must answer. */
  #sendHeartbeat({ subscriptions }: Live): void {
    const heads = this.#parts.fanout.heads(subscriptions.live());
    this.#connection.send(encode({ type: "heads", heads }));
    this.#connection.ping();
  }

  /** The server shuts down; the client reconnects at a random time within `milliseconds`. */
  drain(milliseconds: number): void {
    this.#connection.send(encode({ type: "drain", reconnect_within: milliseconds }));
  }

  close(code: number, reason: string): void {
    this.#closing = true;
    this.#connection.close(code, reason);
  }

  replaced(): void {
    this.close(4409, "A newer connection of this device took over.");
    // Frames and answers that still come are dropped from here on.
    this.onClose(4409, "replaced");
  }

  async #hello(frame: ClientFrames["hello"]): Promise<void> {
    const { guests, sessions, store, chat, fanout, traffic, now, admission } = this.#parts;
    admission.gotHello(this);
    const gained: { feed: FeedId; seq: number }[] = [];
    this.#state = { phase: "signing_in", gained };
    const token = frame.token ?? this.#parts.bearer;
    let isNew = false;
    const allowance = admission.guestAllowance(this.#connection.address, () => {
      isNew = true;
    });
    const user =
      token === null ? fault("signed_out") : await guests.signIn(token, frame.name ?? null, allowance);
    if (this.#isClosed()) return;
    if (isFault(user)) {
      this.#rejectHello(user);
      return;
    }
    const { address } = this.#connection;
    const limited = helloLimit(this.#parts, { user: user.id, device: frame.device, address });
    if (limited) {
      this.#rejectHello(limited);
      return;
    }
    this.#user = user.id;
    this.#device = frame.device;
    sessions.signIn(this, user.id);
    // The node follows the private feed from here on: its events name the rooms that the user joins.
    const privateFeed = fanout.acquire(userFeed(user.id));
    let feeds: readonly FeedEntry[] = [];
    let fence: SenderSession | undefined;
    try {
      const device = { user: user.id, device: frame.device, id: this.id };
      [feeds, fence] = await Promise.all([
        feedsAtHello(store, chat, { user, isNew }, now()),
        this.#parts.devices.enter(this, device),
      ]);
    } finally {
      // The session ended meanwhile, and will not release it later.
      if (this.#isClosed() || feeds.length === 0) fanout.release(privateFeed);
    }
    if (this.#isClosed()) return;
    this.#parts.reads.charge(user.id, address, { bytes: feeds.length * FEED_BYTES });
    const own = feeds.find(({ feed }) => feed === privateFeed.feed);
    fanout.start(privateFeed, { seq: own?.head ?? 0, id: own?.head_id ?? null });
    const subscriptions = new Subscriptions({
      user: user.id,
      connection: this.#connection,
      store,
      fanout,
      signalHub: this.#parts.signalHub,
      reads: this.#parts.reads,
      delivery: frame.accepts?.includes(MEMBERS_JOINED) ? joinedTogether(user.id) : everyEvent,
      resets: this.#parts.counts?.resets,
    });
    this.#parts.presence.arrive(user, () => roomsNow(feeds, privateFeed));
    const commands = this.#parts.gate.ofUser(user, address, { sender: this, session: this.id, fence });
    this.#state = { phase: "live", user, commands, subscriptions, privateFeed };
    if (this.#parts.counts) this.#parts.counts.live++;
    const welcome = { session: this.id, user, epoch: store.epoch, heartbeat: HEARTBEAT, feeds };
    for (const text of welcomeFrames(welcome)) this.#connection.send(text);
    // Rooms in the welcome wait for the client's resume; the client does not know of later ones.
    const listed = new Set(feeds.map(({ feed }) => feed));
    for (const { feed, seq } of gained) if (!listed.has(feed)) this.gained(feed, seq);
    const { client } = frame;
    traffic?.connected({ session: this.id, address, wire: "native", user: user.id, name: user.name, client });
  }

  /** The hello was refused. */
  #rejectHello(why: Fault): void {
    const { http, text } = FAULTS[why.fault];
    this.#refuse(why);
    if (why.fault === "rate_limited") this.close(4429, text);
    else this.close(http >= 500 ? 1011 : 4401, text);
  }

  #command(frame: CommandFrame, { commands }: Live): void {
    const kept = this.#parts.gate.submit(commands, frame, (verdict) => this.#answer(frame, verdict));
    if (!kept) this.#closeUnordered();
  }

  /** Refuses a command above the rate of frames. It may come again, and holds what follows it until then (SPEC CM-7). */
  #refuseCommand(frame: CommandFrame, why: Fault): void {
    const { gate, traffic } = this.#parts;
    const origin = traffic?.originOf(this.id, this.#user ?? "") ?? null;
    const kept = gate.refuse({ sender: this, origin }, frame, why);
    this.#refuse(why, frame);
    if (!kept) this.#closeUnordered();
  }

  /** Commands were refused in more rooms than their order can be kept for. */
  #closeUnordered(): void {
    this.close(4429, "Too many commands above the rate. Wait before the next.");
  }

  #answer({ request, nonce }: CommandFrame, verdict: Verdict): void {
    if (this.#state.phase === "closed") return;
    if (isFault(verdict)) {
      this.#refuse(verdict, { request, nonce });
      if (verdict.fault === "newer_session") void this.#contain(this.#parts.devices.refused(this));
      return;
    }
    const ack = ackText(request, nonce, verdict);
    if (this.#acks === "") {
      this.#acks = ack;
      this.#parts.sessions.toFlush(this);
    } else {
      this.#acks += `,${ack}`;
    }
  }

  /** Whether a read has to wait; then the client gets the fault. */
  #readLimited(wait: number): boolean {
    if (wait > 0) this.#refuse(fault("rate_limited", READ_LIMITED, wait));
    return wait > 0;
  }

  /** Sends a fault, and closes where the table of faults has a close code. */
  #refuse(why: Fault, { request, nonce }: { request?: number; nonce?: Nonce } = {}): void {
    const about = {
      ...(request === undefined ? {} : { request }),
      ...(nonce === undefined ? {} : { nonce }),
    };
    this.#connection.send(faultFrame(why, about));
    this.#count("faults", why.fault);
    const row: { close?: number; text: string } = FAULTS[why.fault];
    if (row.close !== undefined) this.close(row.close, row.text);
  }

  #count(what: "frames" | "closes" | "faults", name: string | number): void {
    const counts: { [name: string]: number } | undefined = this.#parts.counts?.[what];
    if (counts) counts[name] = (counts[name] ?? 0) + 1;
  }

  #isClosed(): boolean {
    return this.#state.phase === "closed";
  }

  /** A defect in one session ends that session and nothing else. */
  async #contain(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#parts.log.error({ error, session: this.id }, "a session failed");
      this.close(1011, "The server failed at this connection.");
    }
  }
}
