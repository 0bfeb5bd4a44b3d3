import {
  type Cursor,
  type EventId,
  type FeedEvent,
  type FeedId,
  type FeedState,
  isUserFeed,
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
  /** The server has said on this connection how the feed stands: only then may it be asked. */
  following: boolean;
  /** Events above a hole, by seq. */
  readonly held: Map<number, FeedEvent>;
  /** When the open question about it was asked: `after`, or `resume` for a feed that was not answered yet. */
  asked: number | null;
  /** The server pushes what was missed: no need to ask unless it falls silent. */
  replaying: boolean;
};

/** Where a feed ends, as the server says it: in a list, in a standing, with a reset. */
export type Listed = { readonly feed: FeedId; readonly head: number; readonly head_id?: EventId | null };

/** Ask the server for what comes after `seq`. */
export type Ask = { readonly feed: FeedId; readonly seq: number };
export type Taken = { readonly apply: readonly FeedEvent[]; readonly ask: Ask | null };

/**
 * What a feed's standing means for the copy: go on with it, begin anew at the head, or drop it. `void`: following begins
 * anew, too, and the copy is not of this row of events, or nobody can say (P6).
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

/**
 * Where this client stands in each of its feeds. The check by event: the next one is applied, a lower one dropped, a
 * higher one waits until the hole below it is filled. Each seq is applied at most once and in order, whatever comes.
 */
export class Cursors {
  #epoch: string | null = null;
  readonly #tracks = new Map<FeedId, Track>();
  /** Feeds that were listed to us and are not followed on this connection, with their head and the time of the question. */
  readonly #listed = new Map<FeedId, { readonly head: number; asked: number | null }>();

  /** The feed of the last reset, if that was no answer to `resume`. */
  #unlisted: FeedId | null = null;

  /** The lineage that the cursors belong to; null before the first welcome. */
  get epoch(): string | null {
    return this.#epoch;
  }

  /** Takes the server's epoch. True when it is another one than before: every cursor is void, and so is every copy. */
  enter(epoch: string): boolean {
    const changed = this.#epoch !== null && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (changed) this.#tracks.clear();
    return changed;
  }

  /** Takes the full list of the user's feeds. Returns those that are no longer in it; their cursors are gone. */
  list(feeds: Iterable<Listed>): FeedId[] {
    this.#listed.clear();
    for (const feed of feeds) this.listOne(feed);
    const gone = [...this.#tracks.keys()].filter((feed) => !this.#listed.has(feed));
    for (const feed of gone) this.#tracks.delete(feed);
    return gone;
  }

  /** One more feed that may be resumed. */
  listOne({ feed, head }: Listed): void {
    this.#listed.set(feed, { head, asked: null });
  }

  /** The cursors to resume from: of every listed feed that was not asked for in the last while. */
  resume(now: number): Cursor[] {
    const cursors: Cursor[] = [];
    for (const [feed, listed] of this.#listed) {
      if (listed.asked !== null && now - listed.asked < ASK_AGAIN) continue;
      listed.asked = now;
      cursors.push(this.#cursorOf(feed, listed.head));
    }
    return cursors;
  }

  #cursorOf(feed: FeedId, head: number): Cursor {
    const track = this.#tracks.get(feed);
    if (track?.untouched && head - track.seq > FAR_BEHIND) this.#tracks.delete(feed);
    else if (track && (track.id !== null || track.seq === 0)) {
      track.resumed = true;
      return { feed, seq: track.seq, ...(track.id === null ? {} : { id: track.id }) };
    }
    return { feed };
  }

  /** The server says how a feed stands: `live`, `replay` or `gone`. */
  place(standing: FeedState, now: number): Position {
    const { feed, state, head } = standing;
    this.#listed.delete(feed);
    if (state === "gone") return this.#tracks.delete(feed) ? "dropped" : "kept";
    const track = this.#tracks.get(feed);
    if (!track || !continues(track, standing)) {
      this.#place(feed, standing);
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
  take(feed: FeedId, events: readonly FeedEvent[], now: number): Taken {
    const track = this.#tracks.get(feed);
    if (!track) return NOTHING;
    const apply: FeedEvent[] = [];
    for (const event of events) {
      track.head = Math.max(track.head, event.seq);
      if (event.seq === track.seq + 1) this.#advance(track, event, apply);
      else if (event.seq > track.seq && track.held.size < MAX_OUT_OF_ORDER) track.held.set(event.seq, event);
    }
    if (track.seq >= track.head) track.replaying = false;
    // An answer that brings nothing is not asked for again at once: whoever knows of more has not got it yet.
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
    for (const track of this.#tracks.values()) {
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
    this.#tracks.set(feed, {
      seq: head,
      id,
      untouched: true,
      resumed: false,
      head,
      following: true,
      held: new Map(),
      asked: null,
      replaying: false,
    });
  }

  #advance(track: Track, first: FeedEvent, apply: FeedEvent[]): void {
    let event: FeedEvent | undefined = first;
    while (event) {
      apply.push(event);
      track.seq = event.seq;
      track.id = event.id;
      track.untouched = false;
      track.held.delete(event.seq);
      event = track.held.get(track.seq + 1);
    }
    for (const seq of track.held.keys()) if (seq <= track.seq) track.held.delete(seq);
  }

  /** One open question a feed. */
  #ask(feed: FeedId, track: Track, now: number): Ask | null {
    if (track.seq >= track.head || track.asked !== null || !track.following) return null;
    track.asked = now;
    return { feed, seq: track.seq };
  }
}
