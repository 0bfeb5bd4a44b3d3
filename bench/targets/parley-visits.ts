import type { Acknowledgement, FeedId, FeedState, ServerFrame, ServerFrames } from "@parley/protocol";
import { firstSeq, isUserFeed, LOBBY, MEMBERS_JOINED } from "@parley/protocol";
import type { Copy, Guest } from "../load/guests.ts";
import type { ClientScript, Reply } from "../load/load-clients.ts";

const NOTHING: Reply = {};

/** A sign-in to Parley. What comes after the welcome is the heirs'. */
abstract class ParleyVisit implements ClientScript {
  readonly path = "/ws";
  readonly subprotocol = "parley.v1";
  readonly first: string;
  protected readonly guest: Guest;

  constructor(guest: Guest, isNew = false) {
    this.guest = guest;
    const { token, name, device } = guest;
    this.first = JSON.stringify({
      type: "hello",
      token,
      device,
      client: "bench",
      accepts: [MEMBERS_JOINED],
      ...(isNew ? { name } : {}),
    });
  }

  hear(payload: string): Reply {
    const frame = JSON.parse(payload) as ServerFrame;
    switch (frame.type) {
      case "welcome":
        return { greeted: true, ...this.welcomed(frame) };
      case "feeds":
        return this.stands(frame.feeds);
      case "events":
        return this.replayed(frame);
      case "ack":
        return this.acknowledged(frame.acks);
      case "fault":
      case "reset":
      case "drain":
        throw new Error(`The server sent ${payload}`);
      default:
        return NOTHING;
    }
  }

  protected abstract welcomed(frame: ServerFrames["welcome"]): Reply;
  protected stands(_: readonly FeedState[]): Reply {
    return NOTHING;
  }
  protected replayed(_: ServerFrames["events"]): Reply {
    return NOTHING;
  }
  protected acknowledged(_: readonly Acknowledgement[]): Reply {
    return NOTHING;
  }

  /** A command; there is one at a time, so its number does not matter. */
  protected command(body: object): string {
    return JSON.stringify({ type: "command", request: 0, nonce: Bun.randomUUIDv7(), ...body });
  }
}

/** In at the welcome. */
export class Greeting extends ParleyVisit {
  protected welcomed(): Reply {
    return { inside: true };
  }
}

/** A new guest, who makes its room or comes into it, and then has copies of that room and its private feed. */
export class Beginning extends ParleyVisit {
  readonly #founds: boolean;

  constructor(guest: Guest, founds: boolean) {
    super(guest, true);
    this.#founds = founds;
  }

  protected welcomed(): Reply {
    const { room } = this.guest;
    if (room === null) return { inside: true };
    const make = { kind: "create_room", room_kind: "public", name: `Bench ${room.slice(-12)}`, room };
    return { say: this.command(this.#founds ? make : { kind: "join_room", room }) };
  }

  protected override acknowledged(acks: readonly Acknowledgement[]): Reply {
    for (const { feed, seq, id } of acks.flatMap(({ events }) => events)) {
      if (isUserFeed(feed)) this.guest.copies.set(feed, { seq, id });
    }
    return { inside: true };
  }
}

/** Sends these texts into its room, each when the one before is on disk; says where each was placed. */
export class Speech extends ParleyVisit {
  readonly #texts: string[];
  readonly #placed: (copy: Copy) => void;

  constructor(guest: Guest, texts: readonly string[], placed: (copy: Copy) => void) {
    super(guest);
    this.#texts = [...texts];
    this.#placed = placed;
  }

  protected welcomed(): Reply {
    return this.#next();
  }

  protected override acknowledged(acks: readonly Acknowledgement[]): Reply {
    for (const { seq, id } of acks.flatMap(({ events }) => events)) this.#placed({ seq, id });
    return this.#next();
  }

  #next(): Reply {
    const text = this.#texts.shift();
    if (text === undefined) return { inside: true };
    return { say: this.command({ kind: "send_message", room: this.guest.room, text }) };
  }
}

/**
 * Takes up all its feeds, as a client does: from its copies where it has them. In when each is answered and all that was
 * missed is there, in order and without a hole.
 */
export class Return extends ParleyVisit {
  /** Feeds that were not answered yet. */
  readonly #open = new Set<FeedId>();
  /** The last seq that is here, and the last that must come, by feed. */
  readonly #here = new Map<FeedId, number>();
  readonly #missing = new Map<FeedId, number>();
  readonly #heard: (events: number) => void;

  constructor(guest: Guest, heard: (events: number) => void, isNew = false) {
    super(guest, isNew);
    this.#heard = heard;
  }

  protected welcomed({ epoch, feeds, more }: ServerFrames["welcome"]): Reply {
    if (more) throw new Error("More feeds than a client has.");
    const cursors = feeds.map(({ feed }) => ({ feed, ...this.guest.copies.get(feed) }));
    for (const { feed } of cursors) this.#open.add(feed);
    return { say: JSON.stringify({ type: "resume", epoch, cursors }) };
  }

  protected override stands(feeds: readonly FeedState[]): Reply {
    for (const { feed, state, head } of feeds) {
      if (state === "gone") throw new Error(`${feed} is gone.`);
      if (state === "listed") continue;
      this.#open.delete(feed);
      const copy = this.guest.copies.get(feed);
      this.#here.set(feed, copy?.seq ?? head);
      if (state === "replay" && copy && copy.seq < head) this.#missing.set(feed, head);
    }
    return this.#answer();
  }

  protected override replayed({ feed, events }: ServerFrames["events"]): Reply {
    this.#heard(events.length);
    let here = this.#here.get(feed) ?? 0;
    for (const item of events) {
      if (firstSeq(item) > here + 1) throw new Error(`${feed}: event ${firstSeq(item)} after ${here}`);
      here = Math.max(here, item.seq);
    }
    this.#here.set(feed, here);
    if (here >= (this.#missing.get(feed) ?? 0)) this.#missing.delete(feed);
    return this.#answer();
  }

  #answer(): Reply {
    return this.#open.size === 0 && this.#missing.size === 0 ? { inside: true } : NOTHING;
  }
}

/** A new guest of the lobby who takes up all feeds and from then on follows the lobby. */
export class Newcomer extends Return {
  #follow: number | null = null;

  constructor(guest: Guest) {
    super(guest, () => {}, true);
  }

  protected override stands(feeds: readonly FeedState[]): Reply {
    const lobby = feeds.find(({ feed, state }) => feed === LOBBY && state !== "listed");
    if (lobby) this.#follow = lobby.head;
    const reply = super.stands(feeds);
    return this.#follow === null ? reply : { ...reply, follow: this.#follow };
  }
}
