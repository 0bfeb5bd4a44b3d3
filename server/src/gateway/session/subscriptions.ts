import {
  type Cursor,
  type FeedId,
  type FeedState,
  isFault,
  LIMITS,
  type RoomId,
  type ServerFrames,
  type UserId,
  type WireEvent,
} from "@parley/protocol";
import type { SocketCounts } from "../../observe/counts.ts";
import type { FeedAccess, Head, Store } from "../../store/store.ts";
import type { Delivery } from "../feeds/delivery.ts";
import type { Fanout } from "../feeds/fanout.ts";
import type { FollowedFeed } from "../feeds/followed-feed.ts";
import { Pause } from "../limits/pause.ts";
import type { ReadBudget } from "../limits/read-budget.ts";
import type { SignalHub } from "../signals/signal-hub.ts";
import type { Connection } from "../socket/connection.ts";
import { encode } from "../wire/codec.ts";
import type { Link, Question, Replaying, Start } from "./resume-rules.ts";
import {
  bytesOf,
  endOf,
  entitledNow,
  firstPage,
  gone,
  liveNow,
  position,
  resetWhy,
  roomAt,
  startsAbove,
} from "./resume-rules.ts";
import { WatchList } from "./watch-list.ts";

/** A replay waits while more than this many bytes are unread by the peer. */
const REPLAY_BUFFER = 65_536;
/** Resumes of one session that may be under way: one that runs, and as many as a client with 1,000 rooms sends at once. */
const MAX_RESUMES = 5;
/** Questions of one session that may wait for their answers, and when to come again with a further one. Milliseconds. */
const QUESTIONS = 30;
const QUESTION_AGAIN = 500;
/** What a cursor of a resume counts as. Bytes: its share of the `feeds` frame and of the reading thread, measured. */
const CURSOR_BYTES = 1_024;

/**
 * The feeds of one session: brings each in step (SPEC RS) and keeps it there. Everything between reading a feed's
 * position on this node and subscribing to its topic happens in one synchronous step, so no event falls between.
 */
export class Subscriptions {
  readonly #user: UserId;
  readonly #connection: Connection;
  readonly #store: Store;
  readonly #fanout: Fanout;
  readonly #signalHub: SignalHub;
  readonly #reads: ReadBudget;
  readonly #delivery: Delivery;
  readonly #resets: SocketCounts["resets"] | undefined;
  /** Most sessions of programs watch nothing and have none. */
  #watched: WatchList | null = null;
  #resumes = 0;
  #lastResume: Promise<void> | null = null;
  readonly #links = new Map<FeedId, Link>();
  /** The oldest first. */
  #questions: Question[] = [];
  #closed = false;
  #pumping = false;
  /** Of the pump, while the budget is used up. */
  readonly #pause = new Pause();

  constructor(parts: {
    user: UserId;
    connection: Connection;
    store: Store;
    fanout: Fanout;
    signalHub: SignalHub;
    reads: ReadBudget;
    delivery: Delivery;
    resets?: SocketCounts["resets"] | undefined;
  }) {
    this.#signalHub = parts.signalHub;
    this.#reads = parts.reads;
    this.#delivery = parts.delivery;
    this.#resets = parts.resets;
    this.#user = parts.user;
    this.#connection = parts.connection;
    this.#store = parts.store;
    this.#fanout = parts.fanout;
  }

  /** Whether one more resume is taken at this moment. */
  get mayResume(): boolean {
    return this.#resumes < MAX_RESUMES;
  }

  /** Takes a read of this user's budget. Returns 0, or in how many milliseconds one may begin. */
  takeRead(): number {
    return this.#reads.take(this.#user, this.#connection.address);
  }

  /** The same for an `after`, of which few may wait. */
  takeQuestion(): number {
    return this.#questions.length >= QUESTIONS ? QUESTION_AGAIN : this.takeRead();
  }

  /** Answers a resume frame: `feeds` and `reset` frames first, then what was missed. One after the other. */
  async resume(epoch: string, cursors: readonly Cursor[]): Promise<void> {
    const starts = new Map<FeedId, Start>();
    for (const { feed, seq, id } of cursors) {
      starts.set(
        feed,
        seq === undefined ? { feed, from: "now" } : { feed, from: "cursor", seq, id: id ?? "" },
      );
    }
    this.#resumes++;
    this.#spend(starts.size * CURSOR_BYTES);
    const turn = (this.#lastResume ?? Promise.resolve()).then(() =>
      this.#attach([...starts.values()], epoch),
    );
    this.#lastResume = turn;
    try {
      await turn;
    } finally {
      this.#resumes--;
      if (this.#lastResume === turn) this.#lastResume = null;
    }
    await this.#pump();
  }

  /** The user became a member by event `seq` of this feed: what follows it is delivered. */
  async gain(feed: FeedId, seq: number): Promise<void> {
    if (this.#links.has(feed)) return;
    await this.#attach([{ feed, from: "join", seq }], this.#store.epoch);
    await this.#pump();
  }

  /** The user is no longer a member; called between the frame with that event and the next one. */
  lose(feed: FeedId): void {
    if (!this.#links.has(feed)) return;
    // First the frame: sending flushes what was published before, and leaving the topic would drop it.
    this.#connection.send(encode({ type: "feeds", feeds: [gone(feed)] }));
    this.#unlink(feed);
  }

  /** The feed's lineage changed: the client's copy is void. */
  lineage(feed: FeedId, head: Head): void {
    if (!this.#links.has(feed)) return;
    this.#connection.send(this.#reset({ feed, head: head.seq, head_id: head.id, floor: 0, why: "lineage" }));
  }

  /** Answers an after frame: the client saw a gap. Questions are answered one after the other, before what is replayed. */
  after(feed: FeedId, seq: number, limit: number): Promise<void> {
    this.#questions.push({ feed, seq, limit });
    return this.#pump();
  }

  /** Events may come that the client has; it cuts them off. Also nothing is an answer: the client waits for one. */
  async #answer({ feed, seq, limit }: Question): Promise<void> {
    const link = this.#links.get(feed);
    if (!link) {
      this.#connection.send(encode({ type: "feeds", feeds: [gone(feed)] }));
      return;
    }
    const recent = link.followed.ring.since(seq, link.followed.published);
    if (recent && recent.length <= limit) {
      this.#sendEvents(link.followed, firstPage(recent));
      return;
    }
    const events = await this.#store.after(feed, seq, limit, { user: this.#user });
    const still = this.#links.get(feed);
    // Closed, or lost meanwhile: after the `gone` no events of it may follow.
    if (!still) return;
    if (isFault(events)) this.#connection.send(encode({ type: "feeds", feeds: [gone(feed)] }));
    else if (startsAbove(events, seq)) this.#cutOff(still.followed, events);
    else this.#sendEvents(still.followed, events);
  }

  /** Replaces the rooms whose signals this session receives. A room that it joins later begins then. */
  async watch(rooms: readonly RoomId[]): Promise<void> {
    if (rooms.length === 0 && !this.#watched) return;
    this.#watched ??= new WatchList({
      user: this.#user,
      connection: this.#connection,
      store: this.#store,
      signalHub: this.#signalHub,
      spend: (bytes) => this.#spend(bytes),
    });
    await this.#watched.replace(rooms, (room) => this.#links.get(room)?.followed);
  }

  /** Whether the session receives the events of this feed. */
  isSubscribed(feed: FeedId): boolean {
    return this.#links.has(feed);
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
    this.#questions = [];
    this.#pause.end();
    this.#watched?.close();
    for (const { followed } of this.#links.values()) this.#fanout.release(followed);
    this.#links.clear();
  }

  async #attach(starts: readonly Start[], epoch: string): Promise<void> {
    const held = starts.map(({ feed }) => this.#fanout.acquire(feed));
    try {
      let open = starts;
      while (open.length > 0 && !this.#closed) {
        const standings = await this.#store.feedAccess(this.#user, open.map(position));
        if (this.#closed) return;
        const asked = open;
        open = this.#bringIn(open, standings, epoch);
        await this.#watched?.linked(this.#linkedOf(asked));
      }
    } finally {
      for (const followed of held) this.#fanout.release(followed);
    }
  }

  /** Brings in what can be; returns those whose snapshot is too old to decide on. */
  #bringIn(starts: readonly Start[], standings: readonly FeedAccess[], epoch: string): Start[] {
    const again: Start[] = [];
    /** Bytes of missed events that go out at once; feeds beyond a page wait for their turn in the replay. */
    let spent = 0;
    const states: FeedState[] = [];
    const frames: string[] = [];
    const live: FeedId[] = [];
    for (const [index, start] of starts.entries()) {
      const standing = standings[index];
      const followed = this.#fanout.find(start.feed);
      if (!standing || !followed) continue;
      if (standing.entitled) this.#fanout.start(followed, { seq: standing.head, id: standing.head_id });
      if (standing.room) followed.setMemberCount(standing.room.members, standing.head);
      const { feed, floor, room } = standing;
      const before = this.#links.get(feed);
      if (before) {
        // A room just joined is linked already by a resume; a client that resumes starts again at its cursor.
        if (start.from === "join") continue;
        this.#unlink(feed);
      }
      const entitled = entitledNow(standing, followed, this.#user);
      if (entitled === "unknown") again.push(start);
      if (entitled === "no") states.push(gone(feed));
      if (entitled !== "yes") continue;
      const { published, publishedId: head_id } = followed;
      const why =
        start.from === "cursor" ? resetWhy(start, standing, followed, epoch === this.#store.epoch) : null;
      if (start.from === "now" || why !== null) {
        if (why === null) states.push(liveNow(standing, followed, before));
        else frames.push(this.#reset({ feed, head: published, head_id, floor, why }));
        live.push(feed);
        this.#link({ state: "live", followed });
        continue;
      }
      const missed = followed.ring.since(start.seq, published);
      const state = start.from === "join" || start.seq >= published ? "live" : "replay";
      const end = endOf(start, standing, followed);
      states.push({ feed, state, ...end, floor, room: roomAt(room, followed, end.head) });
      const bytes = missed === null ? 0 : bytesOf(missed);
      if (missed === null || spent + bytes > LIMITS.replay_bytes) {
        this.#link({ state: "replaying", followed, cursor: start.seq });
        continue;
      }
      spent += bytes;
      if (missed.length > 0) frames.push(this.#delivery.frame(followed, missed));
      live.push(feed);
      this.#link({ state: "live", followed, ...(start.from === "join" && { joinedAt: end }) });
    }
    this.#spend(spent);
    if (states.length > 0) this.#connection.send(encode({ type: "feeds", feeds: states }));
    for (const frame of frames) this.#connection.send(frame);
    for (const feed of live) this.#connection.subscribe(this.#delivery.topic(feed));
    return again;
  }

  /** The frame, counted. */
  #reset(reset: Omit<ServerFrames["reset"], "type">): string {
    if (this.#resets) this.#resets[reset.why] = (this.#resets[reset.why] ?? 0) + 1;
    return encode({ type: "reset", ...reset });
  }

  /** Those of the feeds that the session is linked to now. */
  #linkedOf(starts: readonly Start[]): FollowedFeed[] {
    return starts.flatMap(({ feed }) => this.#links.get(feed)?.followed ?? []);
  }

  #link(link: Link): void {
    link.followed.holders++;
    this.#links.set(link.followed.feed, link);
  }

  #unlink(feed: FeedId): void {
    const link = this.#links.get(feed);
    if (!link) return;
    this.#links.delete(feed);
    this.#watched?.unlinked(feed);
    this.#connection.unsubscribe(this.#delivery.topic(feed));
    this.#fanout.release(link.followed);
  }

  /**
   * Answers questions and sends replay pages, one in flight for the whole socket, until none waits and each feed is within
   * the ring and goes live. It pauses while the peer has not read, and while the budget of the user is used up.
   */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (;;) {
        // A fast reader must not delay the others: one turn of the event loop for each page.
        await this.#reads.turn();
        if (this.#closed || this.#connection.buffered() > REPLAY_BUFFER) return;
        const question = this.#questions.shift();
        if (question) {
          await this.#answer(question);
          continue;
        }
        const link = this.#nextReplay();
        if (!link) return;
        const wait = this.takeRead();
        if (wait > 0) await this.#pause.wait(wait);
        else await this.#replay(link);
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Sends one page of a replay. */
  async #replay(link: Replaying): Promise<void> {
    const { feed, ring, published } = link.followed;
    const recent = ring.since(link.cursor, published);
    if (recent) {
      this.#advance(link, recent);
      return;
    }
    const { cleared } = ring;
    const events = await this.#store.after(feed, link.cursor, LIMITS.replay_events, { user: this.#user });
    if (this.#closed || this.#links.get(feed) !== link) return;
    if (!isFault(events)) ring.backfill(events, link.followed.published, cleared);
    if (isFault(events)) this.lose(feed);
    else if (startsAbove(events, link.cursor)) this.#cutOff(link.followed, events);
    else this.#advance(link, events);
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
    if (page.length > 0) this.#sendEvents(followed, page);
    link.cursor = page.at(-1)?.seq ?? link.cursor;
    const rest = followed.ring.since(link.cursor, followed.published);
    if (rest === null && found.length === 0) {
      // The store holds less than was published: whatever happened to it, this is no longer the same row of events.
      const { published: head, publishedId: head_id } = followed;
      this.#connection.send(this.#reset({ feed, head, head_id, floor: 0, why: "lineage" }));
    } else if (rest === null || rest.length > 0) {
      return;
    }
    this.#connection.subscribe(this.#delivery.topic(feed));
    this.#links.set(feed, { state: "live", followed });
  }

  /** What is missing is no longer stored, so the client starts anew from a page, and receives the events from here on. */
  #cutOff(followed: FollowedFeed, events: readonly WireEvent[]): void {
    const { feed, published: head, publishedId: head_id } = followed;
    const floor = (events[0]?.seq ?? 1) - 1;
    this.#connection.send(this.#reset({ feed, head, head_id, floor, why: "floor" }));
    this.#connection.subscribe(this.#delivery.topic(feed));
    this.#links.set(feed, { state: "live", followed });
  }

  /** The answer to a question is sent even if it is empty; an empty page of a replay is not. */
  #sendEvents(followed: FollowedFeed, events: readonly WireEvent[]): void {
    this.#connection.send(this.#delivery.frame(followed, events));
    this.#spend(bytesOf(events));
  }

  #spend(bytes: number): void {
    this.#reads.charge(this.#user, this.#connection.address, { bytes });
  }
}
