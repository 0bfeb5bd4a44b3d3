import type { Acknowledgement, FeedId, FeedState, Nonce, Placed } from "@parley/protocol";
import type { Recorder } from "./recorder.ts";

type Log = ReturnType<Recorder["of"]>;

/** The frames that the tap understands, as they come from JSON. */
type SeenFrame =
  | { type: "welcome"; user: { id: string }; epoch: string; feeds: FeedState[]; more: boolean }
  | { type: "feeds"; feeds: FeedState[]; more?: boolean }
  | { type: "ack"; acks: Acknowledgement[] }
  | { type: "fault"; nonce?: Nonce; code: string; final: boolean }
  | { type: "reset"; feed: FeedId; why: string; head: number }
  | { type: "resume"; cursors: { feed: FeedId; seq?: number }[] }
  | { type: "command"; nonce: Nonce; kind: string; room: FeedId; text?: string }
  | { type: "other" };

/**
 * Writes down what passes the sockets of one client, one after the other. It reads the frames itself and trusts nothing
 * that the SDK makes of them.
 */
export class SocketTap {
  readonly #log: Log;
  /** The answers to resume that are still to come; null: the client named no cursor. */
  readonly #asked = new Map<FeedId, number | null>();
  /** Feeds that this socket follows, and those that the one before it followed. */
  readonly #followed = new Set<FeedId>();
  #before = new Set<FeedId>();
  #listed = new Set<FeedId>();
  /** While the list of feeds that belongs to the welcome is still coming. */
  #isListing = false;
  #line = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** A new socket: the feeds of the old one are not followed any more. Returns the number by which `received` knows it. */
  opened(): number {
    for (const feed of this.#followed) this.#before.add(feed);
    this.#followed.clear();
    this.#asked.clear();
    this.#listed = new Set();
    this.#isListing = false;
    return ++this.#line;
  }

  sent(text: string): void {
    const frame = JSON.parse(text) as SeenFrame;
    if (frame.type === "resume") {
      for (const { feed, seq } of frame.cursors) this.#asked.set(feed, seq ?? null);
    } else if (frame.type === "command") {
      const { nonce, kind, room } = frame;
      this.#log({ t: "sent", nonce, kind, room, token: frame.text ?? null });
    }
  }

  /** Frames of an older socket are ignored, as the SDK ignores them. */
  received(text: string, line: number): void {
    if (line !== this.#line) return;
    const frame = JSON.parse(text) as SeenFrame;
    switch (frame.type) {
      case "welcome":
        this.#log({ t: "welcomed", user: frame.user.id, epoch: frame.epoch });
        this.#isListing = true;
        this.#feeds(frame.feeds, frame.more);
        return;
      case "feeds":
        this.#feeds(frame.feeds, frame.more ?? false);
        return;
      case "ack":
        for (const { nonce, events, at, duplicate = false } of frame.acks) {
          this.#log({ t: "answered", nonce, ack: { events: events.map(plain), at, duplicate } });
        }
        return;
      case "fault":
        if (frame.nonce === undefined) return;
        this.#log({ t: "answered", nonce: frame.nonce, fault: { code: frame.code, final: frame.final } });
        return;
      case "reset":
        this.#asked.delete(frame.feed);
        this.#followed.add(frame.feed);
        this.#log({ t: "reset", feed: frame.feed, why: frame.why });
        this.#log({ t: "based", feed: frame.feed, seq: frame.head, fresh: true });
        return;
      default:
    }
  }

  #feeds(feeds: readonly FeedState[], more: boolean): void {
    for (const { feed, state, head } of feeds) {
      if (state === "listed") this.#listed.add(feed);
      else if (state === "gone") this.#gone(feed);
      else this.#startsAt(feed, head);
    }
    if (!this.#isListing || more) return;
    this.#isListing = false;
    // What was followed before and is listed no more was lost while the client was away.
    for (const feed of this.#before) if (!this.#listed.has(feed)) this.#gone(feed);
    this.#before = new Set();
  }

  #gone(feed: FeedId): void {
    this.#asked.delete(feed);
    this.#followed.delete(feed);
    this.#log({ t: "gone", feed });
  }

  #startsAt(feed: FeedId, head: number): void {
    const cursor = this.#asked.get(feed);
    this.#asked.delete(feed);
    // Said twice, by two roads: the first word counts.
    if (cursor === undefined && this.#followed.has(feed)) return;
    this.#followed.add(feed);
    this.#log({ t: "based", feed, seq: cursor ?? head, fresh: cursor == null });
  }
}

function plain({ feed, seq, id }: Placed): Placed {
  return { feed, seq, id };
}
