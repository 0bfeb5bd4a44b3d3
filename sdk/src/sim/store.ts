import {
  type CommandBody,
  type FaultCode,
  type FeedEvent,
  type FeedId,
  type FeedState,
  LOBBY,
  type Message,
  type Nonce,
  type Page,
  type Placed,
  type RoomEntry,
  type RoomId,
  type UserId,
  userFeed,
} from "@parley/protocol";

export type SimUser = { readonly id: UserId; readonly name: string };
export type SimAnswer = { readonly digest: string; readonly events: readonly Placed[]; readonly at: number };
type Draft = Omit<FeedEvent, "seq" | "id" | "actor" | "name" | "at" | "nonce">;
export type SimState = {
  readonly logs: Map<FeedId, FeedEvent[]>;
  readonly nonces: Map<string, SimAnswer>;
  readonly members: Map<RoomId, Set<UserId>>;
};

/** Who hears what the store does, at once. */
export interface SimAudience {
  published(feed: FeedId, event: FeedEvent): void;
  gained(room: RoomId, user: UserId, seq: number): void;
  lost(room: RoomId, user: UserId): void;
}

/** The log of a server in memory, with just enough of the rules. Rooms exist once somebody joins them. */
export class SimStore {
  epoch = "epoch 1";
  readonly #users = new Map<string, SimUser>();
  readonly #now: () => number;
  readonly #audience: SimAudience;
  #state: SimState = { logs: new Map(), nonces: new Map(), members: new Map() };
  #ids = 0;

  constructor(now: () => number, audience: SimAudience) {
    this.#now = now;
    this.#audience = audience;
  }

  knows(token: string): boolean {
    return this.#users.has(token);
  }

  log(feed: FeedId): readonly FeedEvent[] {
    return this.#state.logs.get(feed) ?? [];
  }

  feeds(): readonly FeedId[] {
    return [...this.#state.logs.keys()];
  }

  isMember(room: RoomId, user: UserId): boolean {
    return this.#state.members.get(room)?.has(user) ?? false;
  }

  mayHear(feed: FeedId, user: UserId): boolean {
    return feed === userFeed(user) || this.isMember(feed, user);
  }

  signIn(token: string, name: string | undefined): SimUser {
    let user = this.#users.get(token);
    if (!user) {
      user = { id: this.#id("user"), name: name ?? "nobody" };
      this.#users.set(token, user);
    }
    this.#join(LOBBY, user, user.id);
    return user;
  }

  feedsOf(user: UserId): FeedState[] {
    const rooms = [...this.#state.members].filter(([, members]) => members.has(user)).map(([room]) => room);
    return [userFeed(user), ...rooms].map((feed) => this.standing(feed, "listed"));
  }

  standing(feed: FeedId, state: FeedState["state"]): FeedState {
    return { feed, state, head: this.log(feed).length, floor: 0, room: this.#entry(feed) };
  }

  /** Carries a command out, or answers its twin. */
  perform(user: SimUser, nonce: Nonce, body: CommandBody): (SimAnswer & { duplicate: boolean }) | FaultCode {
    const key = `${user.id}/${nonce}`;
    const digest = JSON.stringify(body);
    const known = this.#state.nonces.get(key);
    if (known) return known.digest === digest ? { ...known, duplicate: true } : "nonce_reused";
    const events = this.#decide(user, nonce, body);
    if (typeof events === "string") return events;
    const answer = { digest, events, at: this.#now() };
    this.#state.nonces.set(key, answer);
    return { ...answer, duplicate: false };
  }

  #decide(user: SimUser, nonce: Nonce, body: CommandBody): Placed[] | FaultCode {
    const { room } = body;
    const member = this.isMember(room, user.id);
    switch (body.kind) {
      case "join_room":
        return this.#join(room, user, nonce);
      case "leave_room":
        if (room === LOBBY) return "lobby_stays";
        if (!member) return "not_a_member";
        return this.#leave(room, user, nonce);
      case "send_message":
        if (!member) return "not_a_member";
        return [
          this.#append(room, user, nonce, {
            kind: "message_sent",
            text: body.text,
            mentions: [],
            reply_to: null,
          } as Draft),
        ];
      case "edit_message":
      case "delete_message": {
        const message = this.log(room).find(({ id, kind }) => id === body.message && kind === "message_sent");
        if (!message) return "no_such_message";
        const at = { id: message.id, seq: message.seq };
        if (body.kind === "delete_message")
          return [this.#append(room, user, nonce, { kind: "message_deleted", message: at } as Draft)];
        if (this.messages(room).find(({ id }) => id === message.id)?.deleted) return "message_deleted";
        return [
          this.#append(room, user, nonce, {
            kind: "message_edited",
            message: at,
            text: body.text,
            mentions: [],
          } as Draft),
        ];
      }
      default:
        return "unknown_kind";
    }
  }

  #join(room: RoomId, user: SimUser, nonce: Nonce): Placed[] {
    if (this.isMember(room, user.id)) return [];
    const members = this.#state.members.get(room) ?? new Set();
    this.#state.members.set(room, members.add(user.id));
    const joined = { kind: "member_joined", user: user.id, user_name: user.name, role: "member" } as Draft;
    const placed = this.#append(room, user, nonce, joined);
    this.#audience.gained(room, user.id, placed.seq);
    const added = { kind: "room_added", room, room_seq: placed.seq } as Draft;
    return [placed, this.#append(userFeed(user.id), user, nonce, added)];
  }

  #leave(room: RoomId, user: SimUser, nonce: Nonce): Placed[] {
    const placed = this.#append(room, user, nonce, {
      kind: "member_left",
      user: user.id,
      user_name: user.name,
    } as Draft);
    this.#state.members.get(room)?.delete(user.id);
    this.#audience.lost(room, user.id);
    const removed = { kind: "room_removed", room, room_seq: placed.seq } as Draft;
    return [placed, this.#append(userFeed(user.id), user, nonce, removed)];
  }

  #append(feed: FeedId, user: SimUser, nonce: Nonce, draft: Draft): Placed {
    const log = this.#state.logs.get(feed) ?? [];
    const stamp = {
      seq: log.length + 1,
      id: this.#id("event"),
      actor: user.id,
      name: user.name,
      at: this.#now(),
      nonce,
    };
    const event = { ...draft, ...stamp } as FeedEvent;
    this.#state.logs.set(feed, [...log, event]);
    this.#audience.published(feed, event);
    return { feed, seq: stamp.seq, id: stamp.id };
  }

  /** The projection: every message of a room as it is now, oldest first. */
  messages(room: RoomId): Message[] {
    const messages = new Map<string, Message>();
    for (const event of this.log(room)) {
      if (event.kind === "message_sent") {
        const { id, seq, actor: author, name, at, text, mentions, nonce } = event;
        const rest = { reply_to: null, edited_at: null, deleted: false, walk_in: false, rev: seq };
        messages.set(id, { id, seq, author, name, at, text, mentions, nonce, ...rest });
      }
      if (event.kind !== "message_edited" && event.kind !== "message_deleted") continue;
      const old = messages.get(event.message.id)!;
      const change =
        event.kind === "message_edited"
          ? { text: event.text, edited_at: event.at }
          : { text: "", deleted: true };
      messages.set(old.id, { ...old, ...change, rev: event.seq });
    }
    return [...messages.values()];
  }

  /** As `GET /api/v1/rooms/:room/messages` answers. */
  page(room: RoomId, before: number | null, limit: number): Page {
    const all = this.messages(room).filter(({ seq }) => before === null || seq < before);
    const messages = all.slice(-limit);
    return {
      room,
      epoch: this.epoch,
      as_of: this.log(room).length,
      messages,
      has_before: all.length > messages.length,
      has_after: before !== null,
    };
  }

  backup(): SimState {
    return structuredClone(this.#state);
  }

  /** Another lineage from here on. */
  restore(state: SimState): void {
    this.#state = structuredClone(state);
    this.epoch = `epoch ${Number(this.epoch.slice(6)) + 1}`;
  }

  #entry(room: RoomId): RoomEntry | null {
    const members = this.#state.members.get(room);
    if (!members) return null;
    return {
      id: room,
      kind: "public",
      name: room,
      topic: "",
      members: members.size,
      role: "member",
      peer: null,
    };
  }

  #id(what: "user" | "event"): string {
    return `${what === "user" ? "1" : "2"}0000000-0000-7000-8000-${String(++this.#ids).padStart(12, "0")}`;
  }
}
