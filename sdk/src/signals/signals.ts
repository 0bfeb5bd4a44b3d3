import type { FeedItem, Guest, RoomId, ServerFrames, UserId } from "@parley/protocol";
import { Derived, type Observable } from "../base/observable.ts";
import type { Platform } from "../base/platform.ts";

/** How long a user counts as typing after the last `typing` frame. Milliseconds. */
const TYPING_TIMEOUT = 6_000;

/** The user's typing is sent at most once in this time. Milliseconds. */
const TYPING_INTERVAL = 3_000;

/** Who of a room is here. */
export type PresenceView = {
  readonly count: number;
  /** Null in large rooms, where people are only counted. */
  readonly online: ReadonlySet<UserId> | null;
  /** Servers that others are connected to are out of reach: who is not in `online` may be here, too. */
  readonly unknown: boolean;
};

type TypingUser = Guest & { readonly until: number };

/** What is known of a room from signals: never stored, never numbered, and only as long as the connection lives. */
export class RoomSignals {
  readonly presence: Derived<PresenceView | null>;
  readonly typing: Derived<readonly Guest[]>;
  readonly receipts: Derived<ReadonlyMap<UserId, number> | null>;
  readonly #platform: Pick<Platform, "monotonicNow" | "timer">;
  #presence: PresenceView | null = null;
  #typing: readonly TypingUser[] = [];
  #receipts: ReadonlyMap<UserId, number> | null = null;
  #stopTimer: (() => void) | null = null;
  #sentAt: number | null = null;

  constructor(platform: Pick<Platform, "monotonicNow" | "timer">) {
    this.#platform = platform;
    this.presence = new Derived(() => this.#presence);
    this.typing = new Derived<readonly Guest[]>(
      () => this.#typing.map(({ id, name }) => ({ id, name })),
      same,
    );
    this.receipts = new Derived(() => this.#receipts);
  }

  /** Who is named as here. */
  get online(): Iterable<UserId> {
    return this.#presence?.online ?? [];
  }

  takePresence({ whole, count, online, offline, unknown }: ServerFrames["presence"]): void {
    const before = whole === true ? new Set<UserId>() : this.#presence?.online;
    // Without a known list the difference gives no more than the count.
    const named = new Set(before ?? []);
    for (const user of online) named.add(user);
    for (const user of offline) named.delete(user);
    const counted = before === undefined || before === null || (named.size === 0 && count > 0);
    this.#presence = {
      count,
      online: counted ? null : named,
      unknown: whole === true ? unknown === true : this.#presence?.unknown === true,
    };
    this.presence.invalidate();
  }

  takeTyping({ users }: ServerFrames["typing"], me: UserId | null): void {
    const until = this.#platform.monotonicNow() + TYPING_TIMEOUT;
    this.#setTyping(users.filter(({ id }) => id !== me).map(({ id, name }) => ({ id, name, until })));
  }

  takeReceipts({ reads }: ServerFrames["receipts"]): void {
    const known = new Map(this.#receipts);
    for (const { user, seq } of reads) known.set(user, Math.max(seq, known.get(user) ?? 0));
    this.#receipts = known;
    this.receipts.invalidate();
  }

  /** The user types. True when it is time to send that to the server. */
  noteTyping(): boolean {
    const now = this.#platform.monotonicNow();
    if (this.#sentAt !== null && now - this.#sentAt < TYPING_INTERVAL) return false;
    this.#sentAt = now;
    return true;
  }

  /** The message is sent: the next typing is sent at once. */
  typingEnded(): void {
    this.#sentAt = null;
  }

  /** A message ends the typing of its author; a user who has left neither types nor reads. */
  applied(events: readonly FeedItem[]): void {
    for (const event of events) {
      if (event.kind === "message_sent") this.#stoppedTyping(event.actor);
      if (event.kind === "member_left") this.#userLeft(event.user);
    }
  }

  /** No signals come any more. */
  drop(): void {
    const known = this.#presence !== null || this.#typing.length > 0 || this.#receipts !== null;
    if (!known) return;
    this.#presence = null;
    this.#receipts = null;
    this.#setTyping([]);
    this.presence.invalidate();
    this.receipts.invalidate();
  }

  #userLeft(user: UserId): void {
    this.#stoppedTyping(user);
    if (!this.#receipts?.has(user)) return;
    const known = new Map(this.#receipts);
    known.delete(user);
    this.#receipts = known;
    this.receipts.invalidate();
  }

  #stoppedTyping(user: UserId): void {
    if (this.#typing.some(({ id }) => id === user)) {
      this.#setTyping(this.#typing.filter(({ id }) => id !== user));
    }
  }

  #setTyping(typing: readonly TypingUser[]): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#typing = typing;
    this.typing.invalidate();
    const [first] = typing;
    if (!first) return;
    this.#stopTimer = this.#platform.timer(Math.max(0, first.until - this.#platform.monotonicNow()), () => {
      this.#setTyping(this.#typing.filter(({ until }) => until > this.#platform.monotonicNow()));
    });
  }
}

/** The signals of all rooms. */
export class Signals {
  readonly #platform: Pick<Platform, "monotonicNow" | "timer">;
  readonly #rooms = new Map<RoomId, RoomSignals>();
  #announced: ReadonlySet<RoomId> = new Set();
  readonly #online: Derived<ReadonlySet<UserId>>;
  readonly #onlineUnknown: Derived<boolean>;

  constructor(platform: Pick<Platform, "monotonicNow" | "timer">) {
    this.#platform = platform;
    this.#online = new Derived<ReadonlySet<UserId>>(() => this.#everybody());
    this.#onlineUnknown = new Derived<boolean>(() =>
      [...this.#rooms.values()].some(({ presence }) => presence.get()?.unknown === true),
    );
  }

  get onlineUnknown(): Observable<boolean> {
    return this.#onlineUnknown;
  }

  get online(): Observable<ReadonlySet<UserId>> {
    return this.#online;
  }

  room(id: RoomId): RoomSignals {
    let room = this.#rooms.get(id);
    if (!room) {
      room = new RoomSignals(this.#platform);
      this.#rooms.set(id, room);
    }
    return room;
  }

  take(frame: ServerFrames["presence" | "typing" | "receipts"], me: UserId | null): void {
    // A late word about a room that is no longer watched would stay for ever.
    if (!this.#announced.has(frame.room)) return;
    const room = this.room(frame.room);
    switch (frame.type) {
      case "presence":
        room.takePresence(frame);
        this.#online.invalidate();
        this.#onlineUnknown.invalidate();
        return;
      case "typing":
        room.takeTyping(frame, me);
        return;
      case "receipts":
        room.takeReceipts(frame);
        return;
      default:
        frame satisfies never;
    }
  }

  /** Signals of these rooms alone are taken from now on. */
  keep(rooms: ReadonlySet<RoomId>): void {
    this.#announced = rooms;
    for (const [id, room] of this.#rooms) if (!rooms.has(id)) room.drop();
    this.#online.invalidate();
    this.#onlineUnknown.invalidate();
  }

  #everybody(): ReadonlySet<UserId> {
    const everybody = new Set<UserId>();
    for (const room of this.#rooms.values()) for (const user of room.online) everybody.add(user);
    return everybody;
  }
}

function same(one: readonly Guest[], other: readonly Guest[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ id, name }, at) => id === other[at]?.id && name === other[at]?.name)
  );
}
