import {
  type Acknowledgement,
  type CommandBody,
  directRoomId,
  type FeedEvent,
  type FeedId,
  type FeedState,
  type Guest,
  type Nonce,
  type RoomEntry,
  type RoomId,
  type UserId,
} from "@parley/protocol";
import { type KnownLimits, refusal, WIRE_LIMITS } from "./checks.ts";
import type { Client, ClientOptions, Hooks, Inspection, NewRoom } from "./client.ts";
import { type ConnectionView, sameView, viewOf } from "./connection-view.ts";
import { Cursors, type Placement } from "./cursors.ts";
import { Driver, type DriverListener } from "./driver.ts";
import { faultCode, ParleyError } from "./errors.ts";
import { digest, type IdMaker, uuidMaker } from "./ids.ts";
import { Derived, type Observable } from "./observable.ts";
import { createOutbox, type Failure, type Outbox, type OutboxItem } from "./outbox.ts";
import { browserPlatform, type Platform } from "./platform.ts";
import { createRest, type Rest } from "./rest.ts";
import { LiveRoom, type RoomContext } from "./room.ts";
import { type RoomView, Roster } from "./roster.ts";
import type { Me } from "./timeline.ts";

/**
 * A client of one guest. Nothing happens before `start`, except that messages may be put into the outbox.
 *
 * @example
 * const client = createClient({ url: "http://localhost:8000", token: newToken(), name: "Ada" });
 * client.start();
 * const lobby = client.room("lobby");
 * lobby.timeline.subscribe(() => console.log(lobby.timeline.get().items.length));
 * lobby.open();
 * lobby.send("Hello");
 */
export function createClient(options: ClientOptions): Client {
  return new LiveClient(options);
}

type Waiter = { resolve(ack: Acknowledgement): void; reject(error: ParleyError): void };

class LiveClient implements Client, DriverListener, RoomContext {
  readonly platform: Platform;
  readonly rest: Rest;
  readonly #hooks: Hooks;
  readonly #nonces: IdMaker;
  readonly #outbox: Outbox;
  readonly #cursors = new Cursors();
  readonly #driver: Driver;
  readonly #roster = new Roster((feed) => this.#cursors.head(feed));
  readonly #rooms = new Map<RoomId, LiveRoom>();
  /** Who waits for the answer to a command. */
  readonly #waiters = new Map<Nonce, Waiter>();
  readonly #connection: Derived<ConnectionView>;
  readonly #name: string;
  #user: Guest | null = null;
  #limits: KnownLimits = WIRE_LIMITS;
  #wasLive = false;

  constructor(options: ClientOptions) {
    const { url, token, name } = options;
    const platform = { ...browserPlatform(), ...options.platform };
    const nonces = options.nonces ?? uuidMaker(platform);
    const base = url.endsWith("/") ? url : `${url}/`;
    this.platform = platform;
    this.rest = createRest(base, token, platform);
    this.#hooks = options;
    this.#nonces = nonces;
    this.#name = name ?? "";
    this.#outbox = (options.outbox ?? createOutbox)({
      scope: digest(token),
      storage: platform.storage,
      nonces,
      now: platform.now,
    });
    this.#driver = new Driver({
      platform,
      url: `${base.replace(/^http/, "ws")}ws`,
      hello: {
        token,
        ...(name === undefined ? {} : { name }),
        device: options.device ?? `sdk-${nonces.next().slice(-12)}`,
        client: "parley-sdk 0.1.0",
      },
      outbox: this.#outbox,
      cursors: this.#cursors,
      listener: this,
      onAnswered: options.onAnswered,
    });
    this.#connection = new Derived(() => viewOf(this.#driver.state, this.#user), sameView);
  }

  get connection(): Observable<ConnectionView> {
    return this.#connection;
  }

  get rooms(): Observable<readonly RoomView[]> {
    return this.#roster.view;
  }

  room(id: RoomId): LiveRoom {
    let room = this.#rooms.get(id);
    if (!room) {
      room = new LiveRoom(id, this);
      this.#rooms.set(id, room);
    }
    return room;
  }

  start(): void {
    this.#driver.start();
  }

  stop(): void {
    this.#driver.stop();
  }

  reconnectNow(): void {
    this.#driver.dispatch({ name: "reconnect" });
  }

  directory(): Promise<readonly RoomEntry[]> {
    return this.rest.rooms();
  }

  async createRoom({ name, kind, topic, members }: NewRoom): Promise<RoomId> {
    const room = this.#nonces.next();
    await this.perform({
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
    await this.perform({ kind: "create_direct", room, user });
    return room;
  }

  async join(room: RoomId): Promise<void> {
    await this.perform({ kind: "join_room", room });
  }

  async leave(room: RoomId): Promise<void> {
    await this.perform({ kind: "leave_room", room });
  }

  async invite(room: RoomId, user: UserId): Promise<void> {
    await this.perform({ kind: "invite_member", room, user });
  }

  inspect(): Inspection {
    return {
      cursors: Object.fromEntries(this.#cursors.all()),
      outbox: this.#outbox.size,
      epoch: this.#cursors.epoch,
    };
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

  send(body: CommandBody): void {
    const refused = refusal(body, this.#limits);
    if (refused) this.#outbox.addFailed(body, refused);
    else this.#outbox.add(body);
    this.#rooms.get(body.room)?.changed();
    this.#driver.flush();
  }

  perform(body: CommandBody): Promise<Acknowledgement> {
    const { name } = this.#driver.state;
    if (name === "stopped" || name === "refused") return Promise.reject(offline(true));
    const refused = refusal(body, this.#limits);
    if (refused) return Promise.reject(toError(refused));
    return new Promise((resolve, reject) => {
      this.#waiters.set(this.#outbox.add(body).nonce, { resolve, reject });
      this.#driver.flush();
    });
  }

  retry(room: RoomId, nonce: Nonce): void {
    const failed = this.#outbox.find(nonce);
    const refused = failed && refusal(failed.body, this.#limits);
    if (!failed || refused) return;
    this.#outbox.retry(nonce);
    this.#rooms.get(room)?.changed();
    this.#driver.flush();
  }

  discard(room: RoomId, nonce: Nonce): void {
    const discarded = this.#outbox.discard(nonce);
    if (discarded?.skip) this.#driver.skip(room, nonce);
    this.#rooms.get(room)?.changed();
    this.#driver.flush();
  }

  // What the driver tells.

  connectionChanged(): void {
    const { state } = this.#driver;
    if (state.name === "stopped" || state.name === "refused") this.#abandon();
    const isLive = state.name === "live";
    if (isLive && !this.#wasLive) for (const room of this.#rooms.values()) room.refresh();
    this.#wasLive = isLive;
    this.#connection.invalidate();
  }

  welcomed(user: Guest, limits: KnownLimits, fresh: boolean): void {
    const changed = user.id !== this.#user?.id;
    this.#user = user;
    this.#limits = limits;
    if (fresh) for (const room of this.#rooms.values()) room.drop();
    else if (changed) for (const room of this.#rooms.values()) room.changed();
  }

  listed(feeds: readonly FeedState[], gone: readonly FeedId[]): void {
    this.#roster.list(feeds);
    for (const room of this.#rooms.values()) {
      // Nobody tells us what happens in rooms that are not ours: a preview is as old as its page.
      if (gone.includes(room.id) || !this.#roster.has(room.id)) room.stale();
    }
  }

  stood(feed: FeedState, placement: Placement): void {
    this.#roster.stand(feed);
    const room = this.#rooms.get(feed.feed);
    switch (placement) {
      case "placed":
        this.#placed(feed.feed);
        room?.stale();
        return;
      case "kept":
        room?.refresh();
        return;
      case "dropped":
        return;
      default:
        placement satisfies never;
    }
  }

  reset(feed: FeedId): void {
    this.#placed(feed);
    this.#rooms.get(feed)?.drop();
    this.#roster.headsMoved();
  }

  applied(feed: FeedId, events: readonly FeedEvent[]): void {
    this.#hooks.onApplied?.(feed, events);
    this.#rooms.get(feed)?.applied(events);
    this.#roster.applied(feed, events, this.#user?.id ?? null);
  }

  acknowledged(item: OutboxItem, ack: Acknowledgement): void {
    this.#rooms.get(item.body.room)?.acknowledged(item, ack);
    this.#waiters.get(item.nonce)?.resolve(ack);
    this.#waiters.delete(item.nonce);
  }

  failed(item: OutboxItem): void {
    this.#rooms.get(item.body.room)?.changed();
    if (item.failure) this.#waiters.get(item.nonce)?.reject(toError(item.failure));
    this.#waiters.delete(item.nonce);
  }

  headsMoved(): void {
    this.#roster.headsMoved();
  }

  #placed(feed: FeedId): void {
    this.#hooks.onPlaced?.(feed, this.#cursors.seq(feed) ?? 0);
  }

  /** Nobody will answer before somebody acts. The commands stay in the outbox and go with the next connection. */
  #abandon(): void {
    for (const { reject } of this.#waiters.values()) reject(offline(false));
    this.#waiters.clear();
  }
}

/** `final`: it did not even get into the outbox. */
function offline(final: boolean): ParleyError {
  return new ParleyError("offline", "There is no connection to the server.", final);
}

function toError({ code, text }: Failure): ParleyError {
  return new ParleyError(faultCode(code), text, true);
}
