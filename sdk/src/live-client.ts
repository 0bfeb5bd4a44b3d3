import {
  type Acknowledgement,
  directRoomId,
  type FeedId,
  type FeedItem,
  type FeedState,
  type Guest,
  type HitList,
  MEMBERS_JOINED,
  type RoomId,
  type RoomList,
  type ServerInfo,
  type UserId,
  type UserList,
} from "@parley/protocol";
import { serverAddress } from "./address.ts";
import { digest, type IdMaker, uuidMaker } from "./base/ids.ts";
import { Derived, type Observable } from "./base/observable.ts";
import { type Platform, platformWith } from "./base/platform.ts";
import {
  createRest,
  type DirectoryOptions,
  type PeopleOptions,
  type Rest,
  type SearchOptions,
} from "./base/rest.ts";
import type { Client, ClientOptions, Hooks, Inspection, NewRoom, UnreadTotal } from "./client.ts";
import { Driver, type DriverListener, type SignalFrame } from "./connection/driver.ts";
import { type ConnectionView, sameView, viewOf } from "./connection/view.ts";
import { Diagnosis } from "./diagnosis.ts";
import { CursorStorage } from "./feeds/cursor-storage.ts";
import { Cursors, type Position } from "./feeds/cursors.ts";
import type { KnownLimits } from "./outbox/checks.ts";
import { Commands, offline } from "./outbox/commands.ts";
import { createOutbox, type Outbox, type OutboxItem } from "./outbox/outbox.ts";
import { Memberships } from "./rooms/memberships.ts";
import { type RoomContext, RoomHandle } from "./rooms/room-handle.ts";
import type { RoomSummary } from "./rooms/room-list.ts";
import { type RoomSignals, Signals } from "./signals/signals.ts";
import { SignalSubscriptions } from "./signals/subscriptions.ts";
import type { Me } from "./timeline/item.ts";

/** The client: makes the parts, and passes on between them what each reports. */
export class LiveClient implements Client, DriverListener, RoomContext {
  readonly platform: Platform;
  readonly rest: Rest;
  readonly #hooks: Hooks;
  readonly #nonces: IdMaker;
  readonly #outbox: Outbox;
  readonly commands: Commands;
  readonly #cursors: Cursors;
  /** Null where cursors end with the process. */
  readonly #kept: CursorStorage | null;
  readonly #driver: Driver;
  readonly #memberships: Memberships;
  readonly #signals: Signals;
  readonly #subscriptions: SignalSubscriptions;
  readonly #rooms = new Map<RoomId, RoomHandle>();
  readonly #connection: Derived<ConnectionView>;
  readonly #diagnosis: Diagnosis;
  readonly #name: string;
  #user: Guest | null = null;
  #wasLive = false;
  #flushing: (() => void) | null = null;

  constructor(options: ClientOptions) {
    const { url, token, name } = options;
    const keeps = options.cursors === "keep";
    const joinings = options.joinings ?? (keeps ? "each" : "counted");
    const platform = platformWith(options.platform ?? {}, keeps);
    const nonces = options.nonces ?? uuidMaker(platform);
    const base = serverAddress(url);
    this.#kept = keeps ? new CursorStorage(digest(token), platform.storage) : null;
    this.#cursors = new Cursors(this.#kept?.load() ?? null);
    this.platform = platform;
    this.rest = createRest(base, token, platform);
    this.#diagnosis = new Diagnosis(
      () => this.rest.server(),
      () => this.#connection.invalidate(),
    );
    this.#hooks = options;
    this.#nonces = nonces;
    this.#name = name ?? "";
    this.#outbox = (options.outbox ?? createOutbox)({
      scope: digest(token),
      storage: platform.storage,
      nonces,
      now: platform.now,
      locks: platform.locks,
      changed: (room) => this.#outboxChanged(room),
      settled: (item, skip) => {
        if (skip) this.#driver.skip(item.body.room, item.nonce);
        this.commands.settledElsewhere(item);
      },
    });
    this.#driver = new Driver({
      platform,
      url: `${base.replace(/^http/, "ws")}ws`,
      hello: {
        token,
        ...(name === undefined ? {} : { name }),
        device: options.device ?? `sdk-${nonces.next().slice(-12)}`,
        client: "parley-sdk 0.1.0",
        ...(joinings === "counted" ? { accepts: [MEMBERS_JOINED] } : {}),
      },
      outbox: this.#outbox,
      cursors: this.#cursors,
      listener: this,
      onAnswered: options.onAnswered,
    });
    this.commands = new Commands({
      outbox: this.#outbox,
      changed: (room) => {
        this.#waitingChanged(room);
        // What a hook sends leaves when it is stored together with the cursor.
        if (this.#kept?.isCommitting !== true) this.#driver.flush();
      },
      skip: (room, nonce) => this.#driver.skip(room, nonce),
      willAnswer: () => this.#driver.state.name !== "stopped" && this.#driver.state.name !== "refused",
    });
    const isLive = () => this.#driver.state.name === "live";
    this.#signals = new Signals(platform);
    this.#memberships = new Memberships({
      platform,
      live: isLive,
      me: () => this.#user?.id ?? null,
      send: (room, seq) => void this.#driver.tell({ type: "read", room, seq }),
      ask: (room) => this.rest.standing(room),
      known: (room) => this.#rooms.get(room),
      headOf: (feed) => this.#cursors.head(feed),
      waiting: (room) => this.#outbox.items(room),
    });
    this.#subscriptions = new SignalSubscriptions({
      platform,
      live: isLive,
      mine: (room) => this.#memberships.has(room),
      send: (rooms) => void this.#driver.tell({ type: "watch", rooms }),
      changed: (rooms) => this.#signals.keep(rooms),
    });
    this.#connection = new Derived(() => {
      const wall = platform.now() - platform.monotonicNow();
      return viewOf(this.#driver.state, { user: this.#user, wall, cause: this.#diagnosis.cause });
    }, sameView);
  }

  get connection(): Observable<ConnectionView> {
    return this.#connection;
  }

  get rooms(): Observable<readonly RoomSummary[]> {
    return this.#memberships.view;
  }

  get unread(): Observable<UnreadTotal> {
    return this.#memberships.unread;
  }

  get onlineUnknown(): Observable<boolean> {
    return this.#signals.onlineUnknown;
  }

  get online(): Observable<ReadonlySet<UserId>> {
    return this.#signals.online;
  }

  room(id: RoomId): RoomHandle {
    let room = this.#rooms.get(id);
    if (!room) {
      room = new RoomHandle(id, this);
      this.#rooms.set(id, room);
    }
    return room;
  }

  start(): void {
    this.#kept?.check();
    this.#outbox.open?.();
    this.#driver.start();
  }

  stop(): void {
    this.#memberships.reads.flush();
    this.#driver.stop();
    this.#outbox.close?.();
  }

  reconnectNow(): void {
    this.#driver.dispatch({ name: "reconnect" });
  }

  watch(rooms: readonly RoomId[]): () => void {
    return this.#subscriptions.begin(rooms);
  }

  directory(options: DirectoryOptions = {}): Promise<RoomList> {
    return this.rest.rooms(options);
  }

  users(options: PeopleOptions = {}): Promise<UserList> {
    return this.rest.users(options);
  }

  search(options: SearchOptions): Promise<HitList> {
    return this.rest.search(options);
  }

  server(): Promise<ServerInfo> {
    return this.rest.server();
  }

  async createRoom({ name, kind, topic, members }: NewRoom): Promise<RoomId> {
    const room = this.#nonces.next();
    await this.commands.perform({
      kind: "create_room",
      room,
      room_kind: kind,
      name,
      ...(topic === undefined ? {} : { topic }),
      ...(members === undefined ? {} : { members: [...members] }),
    });
    return room;
  }

  async createDirect(user: UserId): Promise<RoomId> {
    if (!this.#user) throw offline(true);
    const room = directRoomId(this.#user.id, user);
    await this.commands.perform({ kind: "create_direct", room, user });
    return room;
  }

  join(room: RoomId): Promise<void> {
    return this.room(room).join();
  }

  leave(room: RoomId): Promise<void> {
    return this.room(room).leave();
  }

  invite(room: RoomId, user: UserId): Promise<void> {
    return this.room(room).invite(user);
  }

  inspect(): Inspection {
    return {
      cursors: Object.fromEntries(this.#cursors.all()),
      outbox: this.#outbox.size,
      unconfirmedReads: this.#memberships.reads.unconfirmed,
      epoch: this.#cursors.epoch,
    };
  }

  /** Another page changed the outbox, or left something to this one. It may happen while this client is being made. */
  #outboxChanged(room: RoomId): void {
    if (!this.#driver) return;
    this.#waitingChanged(room);
    this.#flushing ??= this.platform.timer(0, () => {
      this.#flushing = null;
      this.#driver.flush();
    });
  }

  /** What the outbox has for the room is shown in its timeline and in the list of rooms. */
  #waitingChanged(room: RoomId): void {
    this.#rooms.get(room)?.cache.changed();
    this.#memberships.changed();
  }

  // What rooms ask.

  me(): Me {
    return this.#user ?? (this.#name === "" ? null : { id: "", name: this.#name });
  }

  epoch(): string | null {
    return this.#cursors.epoch;
  }

  loadable(room: RoomId): boolean {
    return this.#driver.state.name === "live" && !this.#cursors.pending(room);
  }

  cursor(room: RoomId): number | null {
    return this.#cursors.seq(room);
  }

  waiting(room: RoomId): readonly OutboxItem[] {
    return this.#outbox.items(room);
  }

  signals(room: RoomId): RoomSignals {
    return this.#signals.room(room);
  }

  markRead(room: RoomId, seq?: number): void {
    const top = this.#cursors.seq(room);
    if (top !== null && this.#memberships.has(room))
      this.#memberships.reads.mark(room, Math.min(seq ?? top, top));
  }

  noteTyping(room: RoomId): void {
    const signals = this.#signals.room(room);
    if (signals.noteTyping() && !this.#driver.tell({ type: "typing", room })) signals.typingEnded();
  }

  // What the driver reports.

  connectionChanged(): void {
    const { state } = this.#driver;
    if (state.name === "stopped" || state.name === "refused") this.commands.abandon();
    const isLive = state.name === "live";
    if (isLive && !this.#wasLive) for (const room of this.#rooms.values()) room.cache.refresh();
    this.#wasLive = isLive;
    if (isLive) this.#diagnosis.forget();
    else if (state.name === "waiting") this.#diagnosis.failed(state.attempt);
    this.#connection.invalidate();
  }

  welcomed(user: Guest, limits: KnownLimits, fresh: boolean): void {
    const changed = user.id !== this.#user?.id;
    this.#user = user;
    this.commands.limits = limits;
    this.#store();
    if (fresh) this.#memberships.clear();
    for (const room of this.#rooms.values()) {
      room.cache.reconnected();
      if (fresh) room.cache.drop();
      else if (changed) room.cache.changed();
    }
  }

  listed(feeds: readonly FeedState[], gone: readonly FeedId[]): void {
    this.#store();
    this.#memberships.listed(feeds, gone, this.#rooms.values());
  }

  feedState(feed: FeedState, placement: Position): void {
    if (placement === "placed") this.#placed(feed.feed);
    else this.#store();
    this.#memberships.feedState(feed, placement);
    this.#subscriptions.changed();
  }

  reset(feed: FeedId): void {
    this.#placed(feed);
    this.#memberships.reset(feed);
  }

  applied(feed: FeedId, events: readonly FeedItem[]): void {
    this.#store(() => this.#hooks.onApplied?.(feed, events));
    this.#memberships.applied(feed, events);
  }

  acknowledged(item: OutboxItem, ack: Acknowledgement): void {
    this.#rooms.get(item.body.room)?.acknowledged(item, ack);
    this.commands.acknowledged(item, ack);
  }

  failed(item: OutboxItem): void {
    this.#waitingChanged(item.body.room);
    this.commands.failed(item);
  }

  headsMoved(): void {
    this.#memberships.changed();
  }

  resendState(): void {
    this.#subscriptions.resend();
    this.#memberships.reads.resend();
  }

  signalled(frame: SignalFrame): void {
    this.#signals.take(frame, this.#user?.id ?? null);
  }

  disconnected(): void {
    this.#subscriptions.disconnected();
    this.#memberships.reads.disconnected();
  }

  #placed(feed: FeedId): void {
    this.#store(() => this.#hooks.onPlaced?.(feed, this.#cursors.seq(feed) ?? 0));
  }

  /** Runs a hook, and stores the cursors that changed in one transaction with what the hook sent. */
  #store(hook: () => void = () => {}): void {
    if (!this.#kept) {
      hook();
      return;
    }
    try {
      this.#kept.commit(this.#cursors, hook);
    } catch (error) {
      // Later events would be stored as applied above these.
      this.#driver.stop();
      throw error;
    }
    this.#driver.flush();
  }
}
