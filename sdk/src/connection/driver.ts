import {
  type Acknowledgement,
  type FeedId,
  type FeedItem,
  type FeedState,
  type Guest,
  LIMITS,
  type RoomId,
  type ServerFrame,
  type ServerFrames,
  SUBPROTOCOL,
} from "@parley/protocol";
import { faultCode } from "../base/errors.ts";
import { type ClientFrame, readFrame, writeFrame } from "../base/frames.ts";
import { batch } from "../base/observable.ts";
import type { Platform, Socket } from "../base/platform.ts";
import { ASK_AGAIN, type Ask, type Cursors, type Position } from "../feeds/cursors.ts";
import type { CommandFault, Outbox, OutboxItem } from "../outbox/outbox.ts";
import { type ConnectionEvent, type ConnectionState, type Effect, maySend, step } from "./machine.ts";

/** A command without an answer for this long, on a connection that seems alive, is sent again on another. Milliseconds. */
const ANSWER_TIMEOUT = 30_000;

/** The pause before a frame is sent again that was not taken, where the server names none. Milliseconds. */
const RETRY_INTERVAL = 1_000;

/** What the driver reports. All calls of one frame happen in one synchronous step. */
export interface DriverListener {
  /** The connection's state changed. */
  connectionChanged(): void;
  /** Signed in. `fresh`: in another epoch than before, so every copy is void. */
  welcomed(user: Guest, limits: ServerFrames["welcome"]["limits"], fresh: boolean): void;
  /** The full list of the user's feeds; `gone` are those that are no longer in it. */
  listed(feeds: readonly FeedState[], gone: readonly FeedId[]): void;
  /** The state of a feed after `resume`, or since it was gained or lost. */
  feedState(feed: FeedState, placement: Position): void;
  /** The copy of this feed is void; following goes on from its cursor. */
  reset(feed: FeedId): void;
  /** Events to apply: contiguous, ascending, each once. The cursor is behind them already. */
  applied(feed: FeedId, events: readonly FeedItem[]): void;
  acknowledged(item: OutboxItem, ack: Acknowledgement): void;
  /** The command was refused for good. */
  failed(item: OutboxItem): void;
  /** Heads of feeds moved, without events yet. */
  headsMoved(): void;
  /** State without a confirmation is to be sent again: on a new connection, or because a frame was not taken. */
  resendState(): void;
  signalled(frame: SignalFrame): void;
  /** The socket is gone. */
  disconnected(): void;
}

/** What is neither stored nor numbered. */
export type SignalFrame = ServerFrames["presence" | "typing" | "receipts"];

export type DriverParts = {
  readonly platform: Platform;
  /** The socket's address. */
  readonly url: string;
  readonly hello: Omit<HelloFrame, "type">;
  readonly outbox: Outbox;
  readonly cursors: Cursors;
  readonly listener: DriverListener;
  /** Every answer to a nonce as it comes, before anything is made of it. */
  readonly onAnswered?:
    | ((nonce: string, answer: Acknowledgement | ServerFrames["fault"]) => void)
    | undefined;
};
type TellFrame = Extract<ClientFrame, { type: "watch" | "typing" | "read" }>;
type HelloFrame = Extract<ClientFrame, { type: "hello" }>;

/** Runs what the connection decides: the socket, the timers, the frames. The only part of the SDK that sends. */
export class Driver {
  readonly #parts: DriverParts;
  #state: ConnectionState = { name: "stopped", why: "not_started" };
  #socket: Socket | null = null;
  #heardAt = 0;
  #pongAt = 0;
  #requests = 0;
  /** Nonces by request id, for faults that name only the request. */
  #flying = new Map<number, { readonly nonce: string; readonly at: number }>();
  #list: FeedState[] = [];
  #stopTimer: (() => void) | null = null;
  #stopSending: (() => void) | null = null;
  #stopAsking: (() => void) | null = null;
  #stopAgain: (() => void) | null = null;
  #stopWaking: (() => void) | null = null;

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    this.#stopWaking ??= this.#parts.platform.onWake(() => this.dispatch({ name: "wake" }));
    this.dispatch({ name: "start" });
  }

  stop(): void {
    this.#stopWaking?.();
    this.#stopWaking = null;
    this.dispatch({ name: "stop" });
  }

  /** Takes one event through the table and runs the effects. */
  dispatch(event: ConnectionEvent): void {
    batch(() => this.#step(event));
  }

  #step(event: ConnectionEvent): void {
    const { platform, listener } = this.#parts;
    const moment = {
      now: platform.monotonicNow(),
      heardAt: this.#heardAt,
      pongAt: this.#pongAt,
      random: platform.random(),
    };
    const before = this.#state;
    const [state, ...effects] = step(before, event, moment);
    this.#state = state;
    if (event.name === "closed") this.#forgetSocket();
    for (const effect of effects) this.#run(effect);
    if (state !== before) listener.connectionChanged();
  }

  /** Sends what the outbox gives, if the connection is live; sets the clock for what it gives later. */
  flush(): void {
    this.#stopSending?.();
    this.#stopSending = null;
    if (!maySend(this.#state)) return;
    const { outbox, platform } = this.#parts;
    const now = platform.monotonicNow();
    for (const { nonce, body } of outbox.take(now)) {
      const request = ++this.#requests;
      this.#flying.set(request, { nonce, at: now });
      this.#send({ type: "command", request, nonce, ...body });
    }
    const [oldest] = this.#flying.values();
    const next = Math.min(
      outbox.nextAt() ?? Number.POSITIVE_INFINITY,
      oldest ? oldest.at + ANSWER_TIMEOUT : Number.POSITIVE_INFINITY,
    );
    if (next === Number.POSITIVE_INFINITY) return;
    this.#stopSending = platform.timer(Math.max(1, next - now), () => {
      const [first] = this.#flying.values();
      if (first && platform.monotonicNow() - first.at >= ANSWER_TIMEOUT) this.dispatch({ name: "stuck" });
      else this.flush();
    });
  }

  /** Sends a frame that has no answer. False when there is no connection for it. */
  tell(frame: TellFrame): boolean {
    if (!maySend(this.#state)) return false;
    this.#send(frame);
    return true;
  }

  /** Tells the server that a command it holds others back for will not come again. */
  skip(room: RoomId, nonce: string): void {
    if (maySend(this.#state)) this.#send({ type: "skip", room, nonce });
  }

  #run(effect: Effect): void {
    switch (effect.do) {
      case "open":
        this.#open();
        return;
      case "close":
        this.#socket?.close(effect.code);
        this.#forgetSocket();
        return;
      case "hello":
        this.#send({ type: "hello", ...this.#parts.hello });
        return;
      case "resume":
        this.#resume();
        this.#parts.listener.resendState();
        this.flush();
        return;
      case "ping":
        this.#send({ type: "ping" });
        return;
      case "timer":
        this.#stopTimer?.();
        this.#stopTimer = this.#parts.platform.timer(effect.ms, () => this.dispatch({ name: "timer" }));
        return;
      case "stop_timer":
        this.#stopTimer?.();
        this.#stopTimer = null;
        return;
      default:
        effect satisfies never;
    }
  }

  #open(): void {
    this.#list = [];
    // Only the current socket counts: what comes late from an old one is ignored.
    const current = (run: () => void) => {
      if (this.#socket === socket) run();
    };
    const { platform, url } = this.#parts;
    let socket: Socket;
    try {
      socket = platform.openSocket(url, SUBPROTOCOL, {
        opened: () => current(() => this.dispatch({ name: "opened" })),
        message: (text) => current(() => batch(() => this.#hear(text))),
        closed: (code) => current(() => this.dispatch({ name: "closed", code })),
      });
    } catch {
      // The platform refuses to open it, as a page's policy may: no different from a network that does.
      socket = { send() {}, close() {} };
      platform.timer(0, () => current(() => this.dispatch({ name: "closed", code: 1006 })));
    }
    this.#socket = socket;
  }

  #forgetSocket(): void {
    this.#socket = null;
    this.#flying.clear();
    for (const stop of [this.#stopSending, this.#stopAsking, this.#stopAgain]) stop?.();
    this.#stopSending = this.#stopAsking = this.#stopAgain = null;
    this.#parts.outbox.disconnected();
    this.#parts.cursors.disconnected();
    this.#parts.listener.disconnected();
  }

  #send(frame: ClientFrame): void {
    this.#socket?.send(writeFrame(frame));
  }

  #hear(text: string): void {
    const { platform, cursors, listener } = this.#parts;
    this.#heardAt = platform.monotonicNow();
    const frame = readFrame(text);
    switch (frame?.type) {
      case "welcome": {
        const fresh = cursors.enter(frame.epoch);
        listener.welcomed(frame.user, frame.limits, fresh);
        this.#list.push(...frame.feeds);
        if (!frame.more) this.#listed();
        this.dispatch({ name: "welcome", heartbeat: frame.heartbeat, more: frame.more });
        return;
      }
      case "feeds":
        this.#feeds(frame);
        return;
      case "reset":
        cursors.reset(frame);
        listener.reset(frame.feed);
        this.#ask([]);
        // In mid-session only a new connection gives the current list of rooms.
        if (cursors.isStale(frame.feed)) this.dispatch({ name: "stuck" });
        return;
      case "events":
        this.#events(frame);
        return;
      case "heads":
        this.#ask(cursors.heads(frame.heads, this.#heardAt));
        listener.headsMoved();
        return;
      case "ack":
        for (const ack of frame.acks) this.#acknowledged(ack);
        this.flush();
        return;
      case "fault":
        this.#fault(frame);
        return;
      case "drain":
        this.dispatch({ name: "drain", within: frame.reconnect_within });
        return;
      case "presence":
      case "typing":
      case "receipts":
        listener.signalled(frame);
        return;
      case "pong":
        this.#pongAt = this.#heardAt;
        return;
      case undefined:
        return;
      default:
        // A type of a later version (SPEC EV-7).
        frame satisfies never;
    }
  }

  #feeds(frame: Extract<ServerFrame, { type: "feeds" }>): void {
    const { cursors, listener, platform } = this.#parts;
    const fresh = frame.feeds.filter(({ state }) => state === "listed");
    for (const feed of frame.feeds) {
      if (feed.state === "listed") continue;
      const placement = cursors.place(feed, platform.monotonicNow());
      if (placement === "void") listener.reset(feed.feed);
      listener.feedState(feed, placement);
    }
    if (this.#state.name === "listing") {
      this.#list.push(...frame.feeds.filter(({ state }) => state !== "gone"));
      if (frame.more !== true && (fresh.length > 0 || frame.feeds.length === 0)) {
        this.#listed();
        this.dispatch({ name: "listed" });
      }
    } else if (fresh.length > 0) {
      for (const feed of fresh) cursors.listOne(feed);
      this.#resume();
    }
    this.#ask(cursors.asks(platform.monotonicNow()));
  }

  #listed(): void {
    const { cursors, listener } = this.#parts;
    const list = this.#list;
    this.#list = [];
    listener.listed(list, cursors.list(list));
  }

  #resume(): void {
    const { cursors, platform } = this.#parts;
    const all = cursors.resume(platform.monotonicNow());
    for (let from = 0; from < all.length; from += LIMITS.cursors) {
      this.#send({
        type: "resume",
        epoch: cursors.epoch ?? "",
        cursors: all.slice(from, from + LIMITS.cursors),
      });
    }
    this.#watch();
  }

  #events({ feed, events }: ServerFrames["events"]): void {
    const { cursors, listener } = this.#parts;
    const { apply, ask } = cursors.take(feed, events, this.#heardAt);
    if (apply.length > 0) listener.applied(feed, apply);
    this.#ask(ask ? [ask] : []);
  }

  #ask(asks: readonly Ask[]): void {
    for (const ask of asks) this.#send({ type: "after", ...ask, limit: LIMITS.replay_events });
    if (this.#parts.cursors.mayResumeMore) this.#resume();
    else this.#watch();
  }

  /** While any question is open, looks again later: a question may have been refused for its rate. */
  #watch(): void {
    const { cursors, platform } = this.#parts;
    if (this.#stopAsking || !cursors.open) return;
    this.#stopAsking = platform.timer(ASK_AGAIN, () => {
      this.#stopAsking = null;
      if (!maySend(this.#state)) return;
      this.#resume();
      this.#ask(cursors.asks(platform.monotonicNow()));
    });
  }

  #acknowledged(ack: Acknowledgement): void {
    const { outbox, listener, onAnswered } = this.#parts;
    this.#flying.delete(ack.request);
    onAnswered?.(ack.nonce, ack);
    const item = outbox.answered(ack.nonce);
    if (item) listener.acknowledged(item, ack);
  }

  #fault(frame: ServerFrames["fault"]): void {
    const { outbox, listener, platform, onAnswered } = this.#parts;
    const nonce = frame.nonce ?? this.#flying.get(frame.request ?? -1)?.nonce;
    const { code, text, final, advice, retry_after: retryAfter = 0 } = frame;
    const fault: CommandFault = { code, text, final, advice, retryAfter };
    const tell = () => this.dispatch({ name: "fault", fault: { ...fault, advice, code: faultCode(code) } });
    if (nonce === undefined) {
      tell();
      if (!final) this.#later(retryAfter);
      return;
    }
    if (frame.request !== undefined) this.#flying.delete(frame.request);
    onAnswered?.(nonce, frame);
    const refusal = outbox.refused(nonce, fault, platform.monotonicNow(), platform.random());
    if (refusal.outcome === "failed") listener.failed(refusal.item);
    if (advice === "sign_in") tell();
    if (refusal.outcome === "postponed" && refusal.stuck) this.dispatch({ name: "stuck" });
    else this.flush();
  }

  /** The server did not take some frame, and does not say which: what has no answer is sent again after the pause. */
  #later(pause: number): void {
    const { platform, cursors, listener } = this.#parts;
    if (!maySend(this.#state)) return;
    this.#stopAgain ??= platform.timer(pause > 0 ? pause : RETRY_INTERVAL, () => {
      this.#stopAgain = null;
      if (!maySend(this.#state)) return;
      cursors.forgetAsked();
      this.#resume();
      this.#ask(cursors.asks(platform.monotonicNow()));
      listener.resendState();
    });
  }
}
