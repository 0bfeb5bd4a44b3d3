import {
  FAULTS,
  type FaultCode,
  type FeedEvent,
  type FeedId,
  type FeedItem,
  LIMITS,
  MEMBERS_JOINED,
  type Nonce,
  type RoomId,
  type ServerFrame,
  type UserId,
} from "@parley/protocol";
import type { ClientFrame } from "../src/base/frames.ts";
import type { SimStore, SimUser } from "./store.ts";

export type CommandFrame = Extract<ClientFrame, { type: "command" }>;

/** The server as its sessions see it. */
export interface SessionHost {
  readonly store: SimStore;
  readonly sessions: Set<SimSession>;
  command(session: SimSession, user: SimUser, frame: CommandFrame): void;
  /** Whether a frame that is no command is not taken, for its rate. */
  refuses(): boolean;
  /** Whether a joining waits for the next event of its room. */
  holdsJoining(): boolean;
}

/** One socket's side of the server. */
export class SimSession {
  readonly holds = new Map<RoomId, Nonce>();
  readonly #server: SessionHost;
  readonly #send: (frame: string) => void;
  readonly #following = new Set<FeedId>();
  /** Joinings that wait, by feed. */
  readonly #joinings = new Map<FeedId, FeedEvent[]>();
  /** Whether it gets runs of joinings as one item. Here every room counts as a large one, and one joining as a run. */
  #counts = false;
  #user: SimUser | null = null;

  constructor(server: SessionHost, send: (frame: string) => void) {
    this.#server = server;
    this.#send = send;
  }

  send(frame: ServerFrame): void {
    if (this.#server.sessions.has(this)) this.#send(JSON.stringify(frame));
  }

  end(): void {
    this.#server.sessions.delete(this);
  }

  /** `about`: the command that it answers, if it was one. */
  fault(code: FaultCode, about: { request: number; nonce: Nonce } | null, wait?: number): void {
    const { text, advice, final } = FAULTS[code];
    this.send({
      type: "fault",
      ...about,
      code,
      text,
      advice,
      final,
      ...(wait === undefined ? {} : { retry_after: wait }),
    });
  }

  hear(text: string): void {
    const frame = JSON.parse(text) as ClientFrame;
    if (!this.#server.sessions.has(this)) return;
    if (frame.type === "hello") {
      this.#user = this.#server.store.signIn(frame.token ?? "", frame.name);
      this.#counts = frame.accepts?.includes(MEMBERS_JOINED) === true;
      const [first, ...rest] = this.#server.store.feedsOf(this.#user.id);
      const limits = { text: LIMITS.text, user_name: 32, room_name: 64, frame_bytes: LIMITS.frame_bytes };
      const { epoch } = this.#server.store;
      const head = {
        type: "welcome",
        session: "s",
        user: this.#user,
        epoch,
        limits,
        heartbeat: 1_000,
      } as const;
      this.send({ ...head, feeds: first ? [first] : [], more: rest.length > 0 });
      for (const [index, feed] of rest.entries())
        this.send({ type: "feeds", feeds: [feed], more: index + 1 < rest.length });
      return;
    }
    const user = this.#user;
    if (!user) return;
    if (frame.type === "ping") this.send({ type: "pong" });
    else if (frame.type === "command") this.#server.command(this, user, frame);
    else if (frame.type === "skip") {
      if (this.holds.get(frame.room) === frame.nonce) this.holds.delete(frame.room);
    } else if (this.#server.refuses()) this.fault("rate_limited", null, 300);
    else this.#take(user, frame);
  }

  #take(user: SimUser, frame: ClientFrame): void {
    if (frame.type === "read") this.#server.store.markRead(user, frame.room, frame.seq);
    if (frame.type === "resume") for (const cursor of frame.cursors) this.#resume(user, frame.epoch, cursor);
    if (frame.type === "after") this.#after(user, frame.feed, frame.seq, Math.min(frame.limit, 5));
  }

  published(feed: FeedId, event: FeedEvent): void {
    if (!this.#following.has(feed)) return;
    const events = [...(this.#joinings.get(feed) ?? []), event];
    this.#joinings.delete(feed);
    if (this.#counts && event.kind === "member_joined" && this.#server.holdsJoining())
      this.#joinings.set(feed, events);
    else this.#events(feed, events);
  }

  #events(feed: FeedId, events: readonly FeedEvent[]): void {
    this.send({ type: "events", feed, events: this.#counts ? withRuns(events, this.#user) : [...events] });
  }

  gained(room: RoomId, user: UserId, seq: number): void {
    if (this.#user?.id !== user || this.#following.has(room)) return;
    this.#following.add(room);
    const { store } = this.#server;
    const head_id = store.log(room)[seq - 1]?.id ?? null;
    this.send({ type: "feeds", feeds: [{ ...store.standing(room, "live", user), head: seq, head_id }] });
  }

  lost(room: RoomId, user: UserId): void {
    this.#joinings.delete(room);
    if (this.#user?.id !== user || !this.#following.delete(room)) return;
    this.send({
      type: "feeds",
      feeds: [{ feed: room, state: "gone", head: 0, head_id: null, floor: 0, room: null }],
    });
  }

  heads(): void {
    if (!this.#user) return;
    this.send({
      type: "heads",
      heads: Object.fromEntries(
        [...this.#following].map((feed) => [feed, this.#server.store.log(feed).length]),
      ),
    });
  }

  #resume(
    user: SimUser,
    epoch: string,
    { feed, seq, id }: { feed: FeedId; seq?: number | undefined; id?: string | undefined },
  ): void {
    if (!this.#server.store.mayHear(feed, user.id)) {
      this.send({
        type: "feeds",
        feeds: [{ feed, state: "gone", head: 0, head_id: null, floor: 0, room: null }],
      });
      return;
    }
    const log = this.#server.store.log(feed);
    this.#following.add(feed);
    this.#joinings.delete(feed);
    if (seq === undefined) {
      this.send({ type: "feeds", feeds: [this.#server.store.standing(feed, "live", user.id)] });
      return;
    }
    const why =
      epoch !== this.#server.store.epoch
        ? "epoch"
        : seq > log.length
          ? "future"
          : seq > 0 && log[seq - 1]?.id !== id
            ? "lineage"
            : null;
    if (why) {
      this.send({ type: "reset", feed, head: log.length, head_id: log.at(-1)?.id ?? null, floor: 0, why });
      return;
    }
    this.send({
      type: "feeds",
      feeds: [this.#server.store.standing(feed, seq === log.length ? "live" : "replay", user.id)],
    });
    for (let from = seq; from < log.length; from += 5) this.#events(feed, log.slice(from, from + 5));
  }

  #after(user: SimUser, feed: FeedId, seq: number, limit: number): void {
    if (!this.#following.has(feed) || !this.#server.store.mayHear(feed, user.id)) {
      this.send({
        type: "feeds",
        feeds: [{ feed, state: "gone", head: 0, head_id: null, floor: 0, room: null }],
      });
      return;
    }
    this.#events(feed, this.#server.store.log(feed).slice(seq, seq + limit));
  }
}

/** The events, with joinings that do not name the reader as runs. */
function withRuns(events: readonly FeedEvent[], reader: SimUser | null): FeedItem[] {
  const items: FeedItem[] = [];
  for (const event of events) {
    const last = items.at(-1);
    const { seq, id, at } = event;
    if (event.kind !== "member_joined" || event.user === reader?.id || event.actor === reader?.id)
      items.push(event);
    else if (last?.kind === MEMBERS_JOINED) items.splice(-1, 1, { ...last, seq, id, at });
    else items.push({ seq, id, kind: MEMBERS_JOINED, from: seq, at });
  }
  return items;
}
