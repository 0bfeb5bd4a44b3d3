import {
  type Cursor,
  type FeedId,
  type FeedState,
  fromWire,
  isFault,
  LIMITS,
  type ServerFrames,
  type UserId,
  type WireEvent,
} from "@parley/protocol";
import type { FeedStanding, Position, Store } from "../store/store.ts";
import type { Connection } from "./connection.ts";
import type { Fanout } from "./fanout.ts";
import type { Followed } from "./followed.ts";
import { encode, eventsFrame, nativeTopic } from "./native.ts";

/** How a session listens to a feed. While `replaying` it is not subscribed: topic frames would overtake the replay. */
type Link =
  | { readonly state: "live"; readonly followed: Followed }
  | { readonly state: "replaying"; readonly followed: Followed; cursor: number };

type Replaying = Extract<Link, { state: "replaying" }>;

/** Where somebody wants to begin: after a cursor, after an event that the server itself names, or from now on. */
type Start =
  | { readonly feed: FeedId; readonly from: "cursor"; readonly seq: number; readonly id: string }
  | { readonly feed: FeedId; readonly from: "join"; readonly seq: number }
  | { readonly feed: FeedId; readonly from: "now" };

type ResetWhy = ServerFrames["reset"]["why"];

/** A replay waits while more than this many bytes are unread by the peer. */
const REPLAY_BUFFER = 65_536;

/**
 * The feeds of one session: brings each in step (SPEC RS) and keeps it there. Everything between reading a feed's
 * position on this node and subscribing to its topic happens in one synchronous step, so no event falls between.
 */
export class Subscriptions {
  readonly #user: UserId;
  readonly #connection: Connection;
  readonly #store: Store;
  readonly #fanout: Fanout;
  readonly #links = new Map<FeedId, Link>();
  #closed = false;
  #pumping = false;

  constructor(parts: { user: UserId; connection: Connection; store: Store; fanout: Fanout }) {
    this.#user = parts.user;
    this.#connection = parts.connection;
    this.#store = parts.store;
    this.#fanout = parts.fanout;
  }

  /** Answers a resume frame: `feeds` and `reset` frames first, then what was missed. */
  async resume(epoch: string, cursors: readonly Cursor[]): Promise<void> {
    const starts = new Map<FeedId, Start>();
    for (const { feed, seq, id } of cursors) {
      starts.set(
        feed,
        seq === undefined ? { feed, from: "now" } : { feed, from: "cursor", seq, id: id ?? "" },
      );
    }
    await this.#attach([...starts.values()], epoch);
  }

  /** The user became a member by event `seq` of this feed: what follows it is delivered. */
  async gain(feed: FeedId, seq: number): Promise<void> {
    if (!this.#links.has(feed)) await this.#attach([{ feed, from: "join", seq }], this.#store.epoch);
  }

  /** The user is no longer a member; called between the frame that says so and the next one. */
  lose(feed: FeedId): void {
    if (!this.#links.has(feed)) return;
    // First the frame: sending flushes what was published before, and leaving the topic would drop it.
    this.#connection.send(encode({ type: "feeds", feeds: [gone(feed)] }));
    this.#unlink(feed);
  }

  /** The feed's lineage changed: the client's copy is void. */
  lineage(feed: FeedId, head: number): void {
    if (this.#links.has(feed))
      this.#connection.send(encode({ type: "reset", feed, head, floor: 0, why: "lineage" }));
  }

  /** Answers an after frame: the client saw a gap. Events may come that it has; it cuts them off. */
  async after(feed: FeedId, seq: number, limit: number): Promise<void> {
    const link = this.#links.get(feed);
    if (!link) {
      this.#connection.send(encode({ type: "feeds", feeds: [gone(feed)] }));
      return;
    }
    const recent = link.followed.ring.since(seq, link.followed.published);
    if (recent && recent.length <= limit) {
      this.#answerAfter(feed, recent);
      return;
    }
    const events = await this.#store.after(feed, seq, limit, { user: this.#user });
    if (this.#closed) return;
    if (isFault(events)) this.#connection.send(encode({ type: "feeds", feeds: [gone(feed)] }));
    else this.#answerAfter(feed, events);
  }

  /** Also nothing is an answer: the client has one question out for a feed and waits for it. */
  #answerAfter(feed: FeedId, events: readonly WireEvent[]): void {
    if (events.length === 0) this.#connection.send(eventsFrame(feed, []));
    else this.#sendEvents(feed, firstPage(events));
  }

  /** The feeds that are in step. */
  *live(): Iterable<FeedId> {
    for (const [feed, { state }] of this.#links) if (state === "live") yield feed;
  }

  /** The peer has read what was sent: the next page of a replay may go. */
  onDrain(): Promise<void> {
    return this.#pump();
  }

  close(): void {
    this.#closed = true;
    for (const { followed } of this.#links.values()) this.#fanout.release(followed);
    this.#links.clear();
  }

  async #attach(starts: readonly Start[], epoch: string): Promise<void> {
    const held = starts.map(({ feed }) => this.#fanout.hold(feed));
    try {
      let open = starts;
      while (open.length > 0 && !this.#closed) {
        const standings = await this.#store.standings(this.#user, open.map(position));
        if (!this.#closed) open = this.#bringIn(open, standings, epoch);
      }
    } finally {
      for (const followed of held) this.#fanout.release(followed);
    }
    await this.#pump();
  }

  /** Brings in what can be; returns those whose snapshot is too old to decide on. */
  #bringIn(starts: readonly Start[], standings: readonly FeedStanding[], epoch: string): Start[] {
    const again: Start[] = [];
    /** Bytes of missed events that go out at once; feeds beyond a page wait for their turn in the replay. */
    let spent = 0;
    const states: FeedState[] = [];
    const frames: string[] = [];
    const live: FeedId[] = [];
    for (const [index, start] of starts.entries()) {
      const standing = standings[index];
      const followed = this.#fanout.followed(start.feed);
      if (!standing || !followed) continue;
      if (standing.entitled) this.#fanout.start(followed, standing.head);
      const { feed, floor, room } = standing;
      if (this.#links.has(feed)) {
        // A room just joined is here already by another road; a client that resumes begins again where it says.
        if (start.from === "join") continue;
        this.#unlink(feed);
      }
      const entitled = this.#entitled(standing, followed);
      if (entitled === "unknown") again.push(start);
      if (entitled === "no") states.push(gone(feed));
      if (entitled !== "yes") continue;
      const published = followed.published;
      const why =
        start.from === "cursor" ? resetWhy(start, standing, published, epoch === this.#store.epoch) : null;
      if (start.from === "now" || why !== null) {
        if (why === null) states.push({ feed, state: "live", head: published, floor, room });
        else frames.push(encode({ type: "reset", feed, head: published, floor, why }));
        live.push(feed);
        this.#link({ state: "live", followed });
        continue;
      }
      const missed = followed.ring.since(start.seq, published);
      // `live` says that everything above its head follows, so for a room just joined the head is the joining itself.
      const state = start.from === "join" || start.seq >= published ? "live" : "replay";
      states.push({
        feed,
        state,
        head: start.from === "join" ? start.seq : Math.max(published, start.seq),
        floor,
        room,
      });
      const bytes = missed === null ? 0 : bytesOf(missed);
      if (missed === null || spent + bytes > LIMITS.replay_bytes) {
        this.#link({ state: "replaying", followed, cursor: start.seq });
        continue;
      }
      spent += bytes;
      if (missed.length > 0) frames.push(eventsFrame(feed, missed));
      live.push(feed);
      this.#link({ state: "live", followed });
    }
    if (states.length > 0) this.#connection.send(encode({ type: "feeds", feeds: states }));
    for (const frame of frames) this.#connection.send(frame);
    for (const feed of live) this.#connection.subscribe(nativeTopic(feed));
    return again;
  }

  #link(link: Link): void {
    link.followed.users++;
    this.#links.set(link.followed.feed, link);
  }

  #unlink(feed: FeedId): void {
    const link = this.#links.get(feed);
    if (!link) return;
    this.#links.delete(feed);
    this.#connection.unsubscribe(nativeTopic(feed));
    this.#fanout.release(link.followed);
  }

  /** The snapshot's word, brought up to date with what this node published since it was taken. */
  #entitled(standing: FeedStanding, followed: Followed): "yes" | "no" | "unknown" {
    if (!standing.entitled) return "no";
    const since = followed.ring.since(standing.head, followed.published);
    if (since === null) return "unknown";
    let entitled = true;
    for (const wire of since) {
      if (wire.kind !== "member_left" && wire.kind !== "member_joined") continue;
      const event = fromWire(wire);
      if (event.kind === "member_left" && event.user === this.#user) entitled = false;
      if (event.kind === "member_joined" && event.user === this.#user) entitled = true;
    }
    return entitled ? "yes" : "no";
  }

  /** Sends replay pages, one in flight for the whole socket, until each feed is within the ring and goes live. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (;;) {
        if (this.#closed || this.#connection.buffered() > REPLAY_BUFFER) return;
        const link = this.#nextReplay();
        if (!link) return;
        const { feed, ring, published } = link.followed;
        const recent = ring.since(link.cursor, published);
        if (recent) {
          this.#advance(link, recent);
        } else {
          const events = await this.#store.after(feed, link.cursor, LIMITS.replay_events, {
            user: this.#user,
          });
          if (this.#closed || this.#links.get(feed) !== link) continue;
          if (isFault(events)) this.lose(feed);
          else this.#advance(link, events);
        }
        // A reader as fast as we are must not keep the others waiting: one turn of the loop for everybody, a page for it.
        await nextTurn();
      }
    } finally {
      this.#pumping = false;
    }
  }

  #nextReplay(): Replaying | undefined {
    for (const link of this.#links.values()) if (link.state === "replaying") return link;
    return undefined;
  }

  /** Sends the next page of a replay, at most LIMITS.replay_bytes, and goes live when that was the last. */
  #advance(link: Replaying, found: readonly WireEvent[]): void {
    const { followed } = link;
    const { feed } = followed;
    const page = firstPage(found);
    this.#sendEvents(feed, page);
    link.cursor = page.at(-1)?.seq ?? link.cursor;
    const rest = followed.ring.since(link.cursor, followed.published);
    if (rest === null && found.length === 0) {
      // The store holds less than was published: whatever happened to it, this is no longer the same row of events.
      const head = followed.published;
      this.#connection.send(encode({ type: "reset", feed, head, floor: 0, why: "lineage" }));
    } else if (rest === null || rest.length > 0) {
      return;
    }
    this.#connection.subscribe(nativeTopic(feed));
    this.#links.set(feed, { state: "live", followed });
  }

  #sendEvents(feed: FeedId, events: readonly WireEvent[]): void {
    if (events.length > 0) this.#connection.send(eventsFrame(feed, events));
  }
}

function position(start: Start): Position {
  return start.from === "cursor"
    ? { feed: start.feed, seq: start.seq, id: start.id }
    : { feed: start.feed, seq: 0, id: "" };
}

function gone(feed: FeedId): FeedState {
  return { feed, state: "gone", head: 0, floor: 0, room: null };
}

/** Why a cursor cannot be continued from, in the order of SPEC RS-2; null when it can. */
function resetWhy(
  start: { seq: number; id: string },
  standing: FeedStanding,
  published: number,
  sameEpoch: boolean,
): ResetWhy | null {
  if (!sameEpoch) return "epoch";
  if (start.seq < standing.floor) return "floor";
  if (start.seq > Math.max(standing.head, published)) return "future";
  if (start.seq > standing.floor && start.id !== standing.id_at_seq) return "lineage";
  return null;
}

/** The first of these events that fit into LIMITS.replay_bytes; one large event may pass it. */
function firstPage(events: readonly WireEvent[]): readonly WireEvent[] {
  let size = 0;
  for (const [index, { text }] of events.entries()) {
    size += Buffer.byteLength(text) + 1;
    if (index > 0 && size > LIMITS.replay_bytes) return events.slice(0, index);
  }
  return events;
}

function bytesOf(events: readonly WireEvent[]): number {
  let size = 0;
  for (const { text } of events) size += Buffer.byteLength(text) + 1;
  return size;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
