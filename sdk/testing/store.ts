import {
  type CommandBody,
  type FaultCode,
  type FeedEvent,
  type FeedId,
  type FeedState,
  LOBBY,
  type Nonce,
  type Page,
  type Placed,
  type Role,
  type RoomEntry,
  type RoomId,
  type RoomStanding,
  type UserId,
  userFeed,
} from "@parley/protocol";
import { project, unread } from "./projection.ts";

export type SimUser = { readonly id: UserId; readonly name: string };
export type SimAnswer = { readonly digest: string; readonly events: readonly Placed[]; readonly at: number };
type Member = { role: Role; read: number };
type SimRoom = {
  name: string;
  topic: string;
  state: "open" | "archived" | "deleted";
  readonly members: Map<UserId, Member>;
};
type Draft = { readonly kind: FeedEvent["kind"]; readonly [field: string]: unknown };
export type SimState = {
  readonly logs: Map<FeedId, FeedEvent[]>;
  readonly nonces: Map<string, SimAnswer>;
  readonly rooms: Map<RoomId, SimRoom>;
};

/** Listeners to the events of the store, called at once. */
export interface SimAudience {
  published(feed: FeedId, event: FeedEvent): void;
  gained(room: RoomId, user: UserId, seq: number): void;
  lost(room: RoomId, user: UserId): void;
}

/** The log of a server in memory, with just enough of the rules. A room exists once a user joins it. */
export class SimStore {
  epoch = "epoch 1";
  /** The number of lineages: one more with each restore, also under the same epoch. */
  lineages = 1;
  readonly #users = new Map<string, SimUser>();
  readonly #now: () => number;
  readonly #audience: SimAudience;
  #state: SimState = { logs: new Map(), nonces: new Map(), rooms: new Map() };
  #ids = 0;

  constructor(now: () => number, audience: SimAudience) {
    this.#now = now;
    this.#audience = audience;
  }

  user(token: string): SimUser | undefined {
    return this.#users.get(token);
  }

  userById(id: UserId): SimUser | undefined {
    return [...this.#users.values()].find((user) => user.id === id);
  }

  log(feed: FeedId): readonly FeedEvent[] {
    return this.#state.logs.get(feed) ?? [];
  }

  feeds(): readonly FeedId[] {
    return [...this.#state.logs.keys()];
  }

  isMember(room: RoomId, user: UserId): boolean {
    const known = this.#state.rooms.get(room);
    return known !== undefined && known.state !== "deleted" && known.members.has(user);
  }

  mayHear(feed: FeedId, user: UserId): boolean {
    return feed === userFeed(user) || this.isMember(feed, user);
  }

  signIn(token: string, name: string | undefined): SimUser {
    let user = this.#users.get(token);
    if (!user) {
      user = { id: this.#id("user"), name: name ?? "unnamed" };
      this.#users.set(token, user);
    }
    this.#join(LOBBY, user, user, user.id);
    return user;
  }

  feedsOf(user: UserId): FeedState[] {
    const rooms = [...this.#state.rooms.keys()].filter((room) => this.isMember(room, user));
    return [userFeed(user), ...rooms].map((feed) => this.standing(feed, "listed", user));
  }

  standing(feed: FeedId, state: FeedState["state"], user: UserId): FeedState {
    const room = this.#entry(feed, user);
    const log = this.log(feed);
    const base = { feed, state, head: log.length, head_id: log.at(-1)?.id ?? null, floor: 0, room };
    return room ? { ...base, read: unread(log, this.#readOf(feed, user), user) } : base;
  }

  /** As `GET /api/v1/rooms/:room` answers. */
  roomStanding(room: RoomId, user: UserId): RoomStanding | null {
    const { head, head_id, room: entry, read } = this.standing(room, "listed", user);
    return entry && { ...entry, head, head_id, read: this.isMember(room, user) ? (read ?? null) : null };
  }

  /** As the server does with a `read` frame. */
  markRead(user: SimUser, room: RoomId, seq: number): void {
    const member = this.#state.rooms.get(room)?.members.get(user.id);
    const to = Math.min(seq, this.log(room).length);
    if (!member || !this.isMember(room, user.id) || to <= member.read) return;
    member.read = to;
    this.#append(userFeed(user.id), user, this.#id("event"), { kind: "room_read", room, room_seq: to });
  }

  /** Carries a command out, or answers its duplicate. */
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
    const { room: id } = body;
    const room = this.#state.rooms.get(id);
    if (room?.state === "deleted") return "no_such_room";
    const add = (draft: Draft) => [this.#append(id, user, nonce, draft)];
    if (body.kind === "join_room") return this.#join(id, user, user, nonce);
    if (!room || !this.isMember(id, user.id)) return "not_a_member";
    switch (body.kind) {
      case "leave_room":
        return id === LOBBY ? "lobby_stays" : this.#leave(id, user, user, nonce);
      case "remove_member": {
        const other = this.userById(body.user);
        if (id === LOBBY) return "lobby_stays";
        if (!other) return "no_such_user";
        return this.isMember(id, other.id) ? this.#leave(id, user, other, nonce) : [];
      }
      case "invite_member": {
        const other = this.userById(body.user);
        return other ? this.#join(id, user, other, nonce) : "no_such_user";
      }
      case "change_role": {
        const member = room.members.get(body.user);
        if (!member) return "no_such_member";
        if (member.role === body.role) return [];
        member.role = body.role;
        const name = this.userById(body.user)?.name ?? "";
        return add({ kind: "role_changed", user: body.user, user_name: name, role: body.role });
      }
      case "rename_room":
        if (room.name === body.name) return [];
        room.name = body.name;
        return add({ kind: "room_renamed", room_name: body.name });
      case "set_topic":
        if (room.topic === body.topic) return [];
        room.topic = body.topic;
        return add({ kind: "topic_changed", topic: body.topic });
      case "archive_room":
      case "unarchive_room": {
        const state = body.kind === "archive_room" ? "archived" : "open";
        if (id === LOBBY) return "lobby_stays";
        if (room.state === state) return [];
        room.state = state;
        return add({ kind: state === "archived" ? "room_archived" : "room_unarchived" });
      }
      case "delete_room": {
        if (id === LOBBY) return "lobby_stays";
        const placed = add({ kind: "room_deleted" });
        room.state = "deleted";
        for (const member of room.members.keys()) this.#audience.lost(id, member);
        return placed;
      }
      default:
        return room.state === "archived" ? "room_archived" : this.#say(user, nonce, body);
    }
  }

  #say(user: SimUser, nonce: Nonce, body: CommandBody): Placed[] | FaultCode {
    const { room } = body;
    const add = (draft: Draft) => [this.#append(room, user, nonce, draft)];
    if (body.kind === "send_message") {
      const mentions = { mentions: body.mentions ?? [], ...roomIs(body.mentions_room) };
      const placed = add({ kind: "message_sent", text: body.text, ...mentions, reply_to: null });
      // Sending is reading, as on the server (SPEC CM-19).
      const member = this.#state.rooms.get(room)?.members.get(user.id);
      if (member) member.read = this.log(room).length;
      return placed;
    }
    if (!("message" in body) || body.kind === "redact_message") return "unknown_kind";
    const message = project(this.log(room), user.id).find(({ id }) => id === body.message);
    if (!message) return "no_such_message";
    const at = { message: { id: message.id, seq: message.seq } };
    if (body.kind === "delete_message") return message.deleted ? [] : add({ kind: "message_deleted", ...at });
    if (message.deleted) return "message_deleted";
    if (body.kind === "edit_message") {
      const mentions = { mentions: body.mentions ?? [], ...roomIs(body.mentions_room) };
      return add({ kind: "message_edited", ...at, text: body.text, ...mentions });
    }
    const has = message.reactions.some(({ emoji, mine }) => emoji === body.emoji && mine);
    if (has === (body.kind === "add_reaction")) return [];
    return add({ kind: has ? "reaction_removed" : "reaction_added", ...at, emoji: body.emoji });
  }

  #join(id: RoomId, actor: SimUser, user: SimUser, nonce: Nonce): Placed[] | FaultCode {
    const empty = { name: id, topic: "", state: "open" as const, members: new Map<UserId, Member>() };
    const room = this.#state.rooms.get(id) ?? empty;
    if (room.members.has(user.id)) return [];
    if (room.state !== "open") return "room_archived";
    this.#state.rooms.set(id, room);
    const seq = this.log(id).length + 1;
    room.members.set(user.id, { role: "member", read: seq });
    const joined = { kind: "member_joined", user: user.id, user_name: user.name, role: "member" } as const;
    const placed = this.#append(id, actor, nonce, joined);
    this.#audience.gained(id, user.id, seq);
    const added = { kind: "room_added", room: id, room_seq: seq } as const;
    return [placed, this.#append(userFeed(user.id), actor, nonce, added)];
  }

  #leave(id: RoomId, actor: SimUser, user: SimUser, nonce: Nonce): Placed[] {
    const placed = this.#append(id, actor, nonce, {
      kind: "member_left",
      user: user.id,
      user_name: user.name,
    });
    this.#state.rooms.get(id)?.members.delete(user.id);
    this.#audience.lost(id, user.id);
    const removed = { kind: "room_removed", room: id, room_seq: placed.seq } as const;
    return [placed, this.#append(userFeed(user.id), actor, nonce, removed)];
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
    const event = { ...draft, ...stamp } as unknown as FeedEvent;
    this.#state.logs.set(feed, [...log, event]);
    this.#audience.published(feed, event);
    return { feed, seq: stamp.seq, id: stamp.id };
  }

  /** As `GET /api/v1/rooms/:room/messages` answers: at most `limit` messages below, above or around a seq. */
  page(
    room: RoomId,
    where: { before?: number; after?: number; around?: number },
    limit: number,
    user: UserId,
  ): Page {
    const all = project(this.log(room), user);
    const { before = where.around ?? Number.POSITIVE_INFINITY, after } = where;
    const at = all.filter(({ seq }) => (after === undefined ? seq < before : seq <= after)).length;
    const half = where.around === undefined ? 0 : Math.ceil(limit / 2);
    const from = after === undefined ? Math.max(0, at + half - limit) : at;
    const messages = all.slice(from, after === undefined ? at + half : at + limit);
    return {
      room,
      epoch: this.epoch,
      as_of: this.log(room).length,
      as_of_id: this.log(room).at(-1)?.id ?? null,
      messages,
      has_before: from > 0,
      has_after: from + messages.length < all.length,
    };
  }

  backup(): SimState {
    return structuredClone(this.#state);
  }

  /** Another lineage from here on; with `sameEpoch` the server does not know it, as after a snapshot of its machine. */
  restore(state: SimState, sameEpoch = false): void {
    this.#state = structuredClone(state);
    this.lineages++;
    if (!sameEpoch) this.epoch = `epoch ${this.lineages}`;
  }

  #readOf(room: RoomId, user: UserId): number {
    return this.#state.rooms.get(room)?.members.get(user)?.read ?? 0;
  }

  #entry(id: RoomId, user: UserId): RoomEntry | null {
    const room = this.#state.rooms.get(id);
    if (!room || room.state === "deleted") return null;
    const { name, topic, state, members } = room;
    const entry = { id, kind: "public", name, topic, members: members.size, peer: null } as const;
    return { ...entry, archived: state === "archived", role: members.get(user)?.role ?? null };
  }

  #id(what: "user" | "event"): string {
    return `${what === "user" ? "1" : "2"}0000000-0000-7000-8000-${String(++this.#ids).padStart(12, "0")}`;
  }
}

function roomIs(meant: boolean | undefined): { mentions_room?: true } {
  return meant === true ? { mentions_room: true } : {};
}
