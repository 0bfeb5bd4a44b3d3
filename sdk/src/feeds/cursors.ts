import {
  type Cursor,
  type EventId,
  type FeedId,
  type FeedItem,
  type FeedState,
  firstSeq,
  isUserFeed,
  itemAbove,
} from "@parley/protocol";

/** How long a question to the server may stay open before it is asked again. Milliseconds. */
export const ASK_AGAIN = 5_000;
/** Events above a hole that are kept while the hole is asked for; more come again with the answers. */
const MAX_OUT_OF_ORDER = 1_000;
/** Further behind than this in a feed of which nothing was applied, a new page is cheaper than the events. */
export const FAR_BEHIND = 900;

type Track = {
  /** The last event applied, or where following began. */
  seq: number;
  /** Its id; null where the server named none. Without it a cursor above 0 cannot be resumed from. */
  id: EventId | null;
  /** Nothing was applied since following began. */
  untouched: boolean;
  /** On this connection the server was asked to go on from this cursor. */
  resumed: boolean;
  /** The highest seq that is known to exist. */
  head: number;
  /** The server has sent the feed's state on this connection: only then may it be asked. */
  following: boolean;
  /** Events above a hole, by their first seq. */
  readonly held: Map<number, FeedItem>;
  /** When the open question about it was asked: `after`, or `resume` for a feed that was not answered yet. */
  asked: number | null;
  /** The server pushes what was missed: no need to ask unless it falls silent. */
  replaying: boolean;
};

/** A position in a feed that outlives the process. `id` is null where only the seq is known, as of a room just gained. */
export type KeptCursor = {
  readonly feed: FeedId;
  readonly epoch: string;
  readonly seq: number;
  readonly id: EventId | null;
};

/** Where a feed ends, as the server reports it: in a list, in a state, with a reset. */
export type Listed = { readonly feed: FeedId; readonly head: number; readonly head_id?: EventId | null };

/** Ask the server for what comes after `seq`. */
export type Ask = { readonly feed: FeedId; readonly seq: number };
export type Taken = { readonly apply: readonly FeedItem[]; readonly ask: Ask | null };

/**
 * What a feed's standing means for the copy: go on with it, begin anew at the head, or drop it. `void`: following begins
 * anew, too, and the copy is not of this lineage, or that cannot be proved (P6).
 */
export type Position = "kept" | "placed" | "void" | "dropped";

/** Whether what follows on this connection continues the copy: it was asked for from its cursor, or ends where the copy ends. */
function continues(track: Track, { head, head_id }: FeedState): boolean {
  if (head < track.seq) return false;
  return (
    track.following || track.resumed || (head === track.seq && track.id !== null && track.id === head_id)
  );
}

const NOTHING: Taken = { apply: [], ask: null };

function newTrack(seq: number, id: EventId | null): Track {
  return {
    seq,
    id,
    untouched: true,
    resumed: false,
    head: seq,
    following: false,
    held: new Map(),
    asked: null,
    replaying: false,
  };
}

/**
 * The client's position in each of its feeds. The check by event: the next one is applied, a lower one dropped, a
 * higher one waits until the hole below it is filled. Each seq is applied at most once and in order, whatever comes.
 */
export class Cursors {
  #epoch: string | null = null;
  readonly #tracks = new Map<FeedId, Track>();
  /** Feeds that were listed to us and are not followed on this connection, with their head and the time of the question. */
  readonly #listed = new Map<FeedId, { readonly head: number; asked: number | null }>();

  /** The feed of the last reset, if that was no answer to `resume`. */
  #unlisted: FeedId | null = null;

  /** Every event is wanted, also of the time without a connection: no feed begins anew for being far behind. */
  readonly #keepsAll: boolean;
  /** Cursors of an earlier process, until the server's epoch is known. */
  #kept: readonly KeptCursor[];
  /** Rooms without a cursor, and after which seq the user was a member: following begins there. */
  readonly #gained = new Map<FeedId, number>();
  /** Rooms are not resumed yet, because the private feed may still report since when the user is a member. */
  #waits = false;
  /** Feeds whose cursor changed since `changes` was called. */
  readonly #changed = new Set<FeedId>();

  /** `kept`: the cursors of an earlier process; null where cursors end with the process. */
  constructor(kept: readonly KeptCursor[] | null = null) {
    this.#keepsAll = kept !== null;
    this.#kept = kept ?? [];
  }

  /** The lineage that the cursors belong to; null before the first welcome. */
  get epoch(): string | null {
    return this.#epoch;
  }

  /** Takes the server's epoch. True when it is another one than before: every cursor is void, and so is every copy. */
  enter(epoch: string): boolean {
    const changed = this.#epoch !== null && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (changed) {
      for (const feed of [...this.#tracks.keys(), ...this.#gained.keys()]) this.#changed.add(feed);
      this.#tracks.clear();
      this.#gained.clear();
    }
    return this.#restore(epoch) || changed;
  }

  /** Takes over the cursors of an earlier process. True when all of them are of another epoch. */
  #restore(epoch: string): boolean {
    const kept = this.#kept;
    this.#kept = [];
    for (const cursor of kept) {
      if (cursor.epoch !== epoch) this.#changed.add(cursor.feed);
      else if (cursor.id === null && cursor.seq > 0) this.#gained.set(cursor.feed, cursor.seq);
      else this.#tracks.set(cursor.feed, newTrack(cursor.seq, cursor.id));
    }
    return kept.length > 0 && kept.every((cursor) => cursor.epoch !== epoch);
  }

  /** The feeds whose cursor changed since the last call, with the cursor to keep; null where none is left. */
  changes(): { readonly feed: FeedId; readonly cursor: KeptCursor | null }[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed.map((feed) => ({ feed, cursor: this.#toKeep(feed) }));
  }

  #toKeep(feed: FeedId): KeptCursor | null {
    const epoch = this.#epoch ?? "";
    const track = this.#tracks.get(feed);
    if (track) return { feed, epoch, seq: track.seq, id: track.id };
    const seq = this.#gained.get(feed);
    return seq === undefined ? null : { feed, epoch, seq, id: null };
  }

  /** Takes the full list of the user's feeds. Returns those that are no longer in it; their cursors are gone. */
  list(feeds: Iterable<Listed>): FeedId[] {
    this.#listed.clear();
    for (const feed of feeds) this.listOne(feed);
    const known = new Set([...this.#tracks.keys(), ...this.#gained.keys()]);
    const gone = [...known].filter((feed) => !this.#listed.has(feed));
    for (const feed of gone) this.#forget(feed);
    return gone;
  }

  /** One more feed that may be resumed. */
  listOne({ feed, head }: Listed): void {
    this.#listed.set(feed, { head, asked: null });
  }

  /** The cursors to resume from: of every listed feed that was not asked for in the last while. */
  resume(now: number): Cursor[] {
    const cursors: Cursor[] = [];
    const isBehind = this.#isOwnFeedBehind();
    this.#waits = false;
    for (const [feed, listed] of this.#listed) {
      if (isBehind && !isUserFeed(feed) && !this.#tracks.has(feed)) {
        this.#waits = true;
        continue;
      }
      if (listed.asked !== null && now - listed.asked < ASK_AGAIN) continue;
      listed.asked = now;
      cursors.push(this.#cursorOf(feed, listed.head));
    }
    return cursors;
  }

  /** Whether rooms that were left out of `resume` may be resumed now. */
  get mayResumeMore(): boolean {
    return this.#waits && !this.#isOwnFeedBehind();
  }

  /** Whether the private feed has events that are not applied yet: they report which rooms were gained, and since when. */
  #isOwnFeedBehind(): boolean {
    if (!this.#keepsAll) return false;
    for (const [feed, track] of this.#tracks) {
      if (isUserFeed(feed)) return track.seq < Math.max(track.head, this.#listed.get(feed)?.head ?? 0);
    }
    return false;
  }

  #cursorOf(feed: FeedId, head: number): Cursor {
    const track = this.#tracks.get(feed);
    if (!this.#keepsAll && track?.untouched && head - track.seq > FAR_BEHIND) this.#tracks.delete(feed);
    else if (track && (track.id !== null || track.seq === 0)) {
      track.resumed = true;
      return { feed, seq: track.seq, ...(track.id === null ? {} : { id: track.id }) };
    }
    return { feed };
  }

  /** Takes the state of a feed from the server: `live`, `replay` or `gone`. */
  place(standing: FeedState, now: number): Position {
    const { feed, state, head } = standing;
    this.#listed.delete(feed);
    if (state === "gone") return this.#forget(feed) ? "dropped" : "kept";
    const track = this.#tracks.get(feed);
    if (!track || !continues(track, standing)) {
      const since = this.#gained.get(feed);
      this.#place(feed, standing);
      if (!track && since !== undefined && since < head) this.#placeAt(feed, since, head);
      return track ? "void" : "placed";
    }
    track.head = Math.max(track.head, head);
    track.following = true;
    track.replaying = state === "replay" && track.seq < head;
    track.asked = track.replaying ? now : null;
    return "kept";
  }

  /** The copy cannot be continued: following begins anew at `head`. */
  reset(reset: Listed): void {
    this.#unlisted = this.#listed.delete(reset.feed) ? null : reset.feed;
    this.#place(reset.feed, reset);
  }

  /** Whether this is the private feed, and its reset was no answer to `resume`: the list of feeds is from before it. */
  isStale(feed: FeedId): boolean {
    return isUserFeed(feed) && this.#unlisted === feed;
  }

  /** Takes events of a feed as they come: repeated, overlapping, with holes. Those of feeds that are not followed are dropped. */
  take(feed: FeedId, events: readonly FeedItem[], now: number): Taken {
    const track = this.#tracks.get(feed);
    if (!track) return NOTHING;
    const apply: FeedItem[] = [];
    for (const item of events) {
      track.head = Math.max(track.head, item.seq);
      const next = itemAbove(item, track.seq);
      if (next === null) continue;
      const first = firstSeq(next);
      if (first === track.seq + 1) this.#advance(track, next, apply);
      else if (track.held.size < MAX_OUT_OF_ORDER && (track.held.get(first)?.seq ?? 0) < next.seq)
        track.held.set(first, next);
    }
    if (track.seq >= track.head) track.replaying = false;
    if (apply.length > 0) this.#changed.add(feed);
    if (this.#keepsAll && isUserFeed(feed)) this.#noteRooms(apply);
    // An answer that brings nothing is not asked for again at once: the node that answered does not have the events yet.
    if (apply.length > 0) track.asked = track.replaying ? now : null;
    else if (events.length === 0) track.asked = now;
    return { apply, ask: this.#ask(feed, track, now) };
  }

  /** Takes the heads that the server knows. Returns what has to be asked. */
  heads(heads: { readonly [feed: FeedId]: number }, now: number): Ask[] {
    for (const [feed, head] of Object.entries(heads)) {
      const track = this.#tracks.get(feed);
      if (track?.following) track.head = Math.max(track.head, head);
    }
    return this.asks(now);
  }

  /** Every question that is due: never asked, or without an answer for too long. */
  asks(now: number): Ask[] {
    const asks: Ask[] = [];
    for (const [feed, track] of this.#tracks) {
      if (track.asked !== null && now - track.asked >= ASK_AGAIN) track.asked = null;
      const ask = this.#ask(feed, track, now);
      if (ask) asks.push(ask);
    }
    return asks;
  }

  /** A question was not taken: all that are open are asked again. */
  forgetAsked(): void {
    for (const listed of this.#listed.values()) listed.asked = null;
    for (const track of this.#tracks.values()) track.asked = null;
  }

  /** Whether any question is open, so that it is worth looking at `asks` and `resume` again later. */
  get open(): boolean {
    if (this.#listed.size > 0) return true;
    for (const track of this.#tracks.values()) if (track.following && track.seq < track.head) return true;
    return false;
  }

  /** The connection is gone, and every open question with it. */
  disconnected(): void {
    this.#listed.clear();
    this.#waits = false;
    for (const [feed, track] of this.#tracks) {
      // Without an id it is no cursor, and is placed again when the room is resumed.
      if (this.#keepsAll && track.id === null && track.seq > 0) {
        this.#tracks.delete(feed);
        this.#gained.set(feed, track.seq);
      }
      track.following = false;
      track.resumed = false;
      // Above a hole nothing is proved: on the next connection the feed may go on otherwise.
      track.held.clear();
      track.asked = null;
      track.replaying = false;
    }
  }

  /** The seq of the last event applied; null when the feed is not followed. */
  seq(feed: FeedId): number | null {
    return this.#tracks.get(feed)?.seq ?? null;
  }

  /** The highest seq that is known to exist, 0 when the feed is not followed. */
  head(feed: FeedId): number {
    return this.#tracks.get(feed)?.head ?? 0;
  }

  /** True while the feed is in the user's list and has no answer to `resume` yet. */
  pending(feed: FeedId): boolean {
    return this.#listed.has(feed);
  }

  all(): Map<FeedId, number> {
    return new Map([...this.#tracks].map(([feed, { seq }]) => [feed, seq]));
  }

  // A server of before names no id.
  #place(feed: FeedId, { head, head_id: id = null }: Listed): void {
    this.#gained.delete(feed);
    this.#tracks.set(feed, { ...newTrack(head, id), following: true });
    this.#changed.add(feed);
  }

  /** Below the head: what is between is asked for. */
  #placeAt(feed: FeedId, seq: number, head: number): void {
    this.#tracks.set(feed, { ...newTrack(seq, null), head, following: true });
  }

  #noteRooms(events: readonly FeedItem[]): void {
    for (const event of events) {
      if (event.kind !== "room_added" && event.kind !== "room_removed") continue;
      if (this.#tracks.has(event.room)) continue;
      if (event.kind === "room_added") this.#gained.set(event.room, event.room_seq);
      else this.#gained.delete(event.room);
      this.#changed.add(event.room);
    }
  }

  #forget(feed: FeedId): boolean {
    const hadGained = this.#gained.delete(feed);
    const had = this.#tracks.delete(feed);
    if (had || hadGained) this.#changed.add(feed);
    return had || hadGained;
  }

  #advance(track: Track, first: FeedItem, apply: FeedItem[]): void {
    let item: FeedItem | null = first;
    while (item) {
      apply.push(item);
      track.seq = item.seq;
      track.id = item.id;
      track.untouched = false;
      item = nextHeld(track);
    }
  }

  /** One open question a feed. */
  #ask(feed: FeedId, track: Track, now: number): Ask | null {
    if (track.seq >= track.head || track.asked !== null || !track.following) return null;
    track.asked = now;
    return { feed, seq: track.seq };
  }
}

/** The held item that continues the cursor, without what is applied already; what lies below the cursor is forgotten. */
function nextHeld({ held, seq }: Track): FeedItem | null {
  for (const [first, item] of held) {
    if (first > seq + 1) continue;
    held.delete(first);
    const next = itemAbove(item, seq);
    if (next) return next;
  }
  return null;
}
