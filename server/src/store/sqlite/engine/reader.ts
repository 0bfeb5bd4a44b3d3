import {
  directRoomUsers,
  type EventId,
  type Fault,
  type FeedId,
  fault,
  isUserFeed,
  LIMITS,
  type Member,
  type Message,
  nameKey,
  type Page,
  type ReadList,
  type ReadState,
  type RoomEntry,
  type RoomId,
  type RoomStanding,
  type UserId,
  userFeed,
  type Version,
  type WireEvent,
} from "@parley/protocol";
import { skeleton } from "@parley/protocol/name-policy";
import { may } from "../../../core/access.ts";
import { bytesToId, idToBytes } from "../../base/compact-id.ts";
import { firstEvents } from "../../base/event-text.ts";
import type { Row } from "../../base/steps.ts";
import { sameGuest } from "../../commit/sign-in.ts";
import { fitted, PAGE_BYTES, pageOf } from "../../read/page.ts";
import * as read from "../../read/statements.ts";
import type { FeedAccess, FeedEntry, Head, Position, Reader, SignIn, User, Where } from "../../store.ts";
import type { SqliteFile } from "./file.ts";

/** Point reads on a read-only connection. Each method is one snapshot. */
export class SqliteReader {
  readonly #file: SqliteFile;
  readonly #epoch: string;

  constructor(file: SqliteFile, epoch: string) {
    this.#file = file;
    this.#epoch = epoch;
  }

  nameHeld(name: string): boolean {
    return this.#file.get(read.USER_BY_NAME, [nameKey(name), skeleton(name)]) !== undefined;
  }

  roomNamed(name: string): RoomId | null {
    return (this.#file.get(read.ROOM_BY_NAME, [nameKey(name)])?.[0] as RoomId | undefined) ?? null;
  }

  userByToken(tokenHash: string): User | null {
    const row = this.#file.get(read.USER_BY_TOKEN, [tokenHash]);
    return row ? { id: row[0] as string, name: row[1] as string } : null;
  }

  /** The answer to a sign-in with a known token; null when a guest has to be created. */
  knownGuest({ token_hash, name }: SignIn): User | Fault | null {
    const row = this.#file.get(read.USER_BY_TOKEN, [token_hash]);
    if (!row) return null;
    const [id, known, name_key] = row as [string, string, string];
    return sameGuest({ id, name: known, name_key }, name);
  }

  after(feed: FeedId, seq: number, limit: number, reader: Reader): WireEvent[] | Fault {
    return this.#file.snapshot(() => {
      const row = this.#file.get(read.FEED, [feed]);
      if (!row) return fault("no_such_room");
      const [no, , floor] = row as [number, number, number];
      if (reader !== "node" && !this.#receives(feed, no, reader.user)) return fault("no_such_room");
      return firstEvents(this.#file.each(read.EVENTS_AFTER, [no, Math.max(seq, floor), limit]));
    });
  }

  page(room: RoomId, where: Where, reader: Reader): Page | Fault {
    return this.#file.snapshot(() => {
      const seen = this.#seen(room, reader);
      if (!seen) return fault("no_such_room");
      const [below, from] =
        where.live === true ? [read.LIVE_BELOW, read.LIVE_FROM] : [read.MESSAGES_BELOW, read.MESSAGES_FROM];
      const cut = pageOf(
        where,
        (seq, limit) => messagesIn(this.#file.each(below, [seen.no, seq, limit])),
        (seq, limit) => messagesIn(this.#file.each(from, [seen.no, seq, limit])),
      );
      const reacted = this.#reacted(seen.no, cut.messages, reader);
      const { messages, before, after } = fitted({ ...cut, messages: reacted }, where);
      return {
        room,
        epoch: this.#epoch,
        as_of: seen.head,
        as_of_id: this.#idAt(seen.no, seen.head),
        messages,
        has_before: before,
        has_after: after,
      };
    });
  }

  message(room: RoomId, id: EventId, reader: Reader): Message | Fault {
    return this.#file.snapshot(() => {
      const seen = this.#seen(room, reader);
      if (!seen) return fault("no_such_room");
      const message = this.#message(seen.no, id, reader);
      return message ?? fault("no_such_message");
    });
  }

  history(room: RoomId, id: EventId, reader: Reader): Version[] | Fault {
    return this.#file.snapshot(() => {
      const seen = this.#seen(room, reader);
      if (!seen) return fault("no_such_room");
      const message = this.#message(seen.no, id, reader);
      if (!message) return fault("no_such_message");
      if (message.deleted) return fault("message_deleted");
      const versions: Version[] = [];
      let size = 0;
      for (const [seq, text, at] of this.#file.each(read.VERSIONS, [seen.no, message.seq])) {
        const version = { seq: seq as number, text: text as string, at: at as number };
        size += Buffer.byteLength(JSON.stringify(version)) + 1;
        if (versions.length > 0 && size > PAGE_BYTES) break;
        versions.push(version);
      }
      return versions.reverse();
    });
  }

  reads(room: RoomId, reader: Reader): ReadList["reads"] | Fault {
    return this.#file.snapshot(() => {
      const seen = this.#seen(room, reader);
      if (!seen || (reader !== "node" && seen.role === null))
        return fault(seen ? "not_a_member" : "no_such_room");
      const rows = this.#file.all(read.READS, [seen.no, LIMITS.receipts]) as unknown as [UserId, number][];
      return rows.map(([user, seq]) => ({ user, seq }));
    });
  }

  heads(feeds: readonly FeedId[]): Map<FeedId, Head> {
    return this.#file.snapshot(() => {
      const heads = new Map<FeedId, Head>();
      for (const feed of feeds) {
        const row = this.#file.get(read.HEAD, [feed]);
        if (!row) continue;
        const [no, seq] = row as [number, number];
        heads.set(feed, { seq, id: this.#idAt(no, seq) });
      }
      return heads;
    });
  }

  standings(user: UserId, positions: readonly Position[]): FeedAccess[] {
    return this.#file.snapshot(() => positions.map((position) => this.#standing(user, position)));
  }

  feedsOf(user: UserId): FeedEntry[] {
    return this.#file.snapshot(() => {
      const entries: FeedEntry[] = this.#file.all(read.ROOMS_OF, [user]).map((row) => {
        const room = read.toRoom(row);
        const { no, feed, head, floor } = room;
        const entry = { feed, head, head_id: this.#idAt(no, head), floor, room: this.#entry(room, user) };
        const state = this.#readState(room, user);
        return state ? { ...entry, read: state } : entry;
      });
      const own = this.#file.get(read.FEED, [userFeed(user)]);
      if (!own) return entries;
      const [no, head, floor] = own as [number, number, number];
      return [...entries, { feed: userFeed(user), head, head_id: this.#idAt(no, head), floor, room: null }];
    });
  }

  room(room: RoomId, user: UserId): RoomEntry | Fault {
    return this.#file.snapshot(() => {
      const seen = this.#seen(room, { user });
      return seen ? this.#entry(seen, user) : fault("no_such_room");
    });
  }

  standing(room: RoomId, user: UserId): RoomStanding | Fault {
    return this.#file.snapshot(() => {
      const seen = this.#seen(room, { user });
      if (!seen) return fault("no_such_room");
      const head_id = this.#idAt(seen.no, seen.head);
      return { ...this.#entry(seen, user), head: seen.head, head_id, read: this.#readState(seen, user) };
    });
  }

  members(room: RoomId, reader: Reader): Member[] | Fault {
    return this.#file.snapshot(() => {
      const seen = this.#seen(room, reader);
      if (!seen) return fault("no_such_room");
      return this.#file.all(read.MEMBERS, [seen.no]).map(read.toMember);
    });
  }

  /** Whether the reader receives the events of a feed: as a member of the room, or as the owner of the private feed. */
  #receives(feed: FeedId, no: number, user: UserId): boolean {
    if (isUserFeed(feed)) return feed === userFeed(user);
    return this.#file.get(read.ROLE, [no, user]) !== undefined;
  }

  /** The room, if the reader may preview it. */
  #seen(room: RoomId, reader: Reader): read.RoomRow | undefined {
    const row = this.#file.get(read.ROOM, [reader === "node" ? "" : reader.user, room]);
    if (!row) return undefined;
    const seen = read.toRoom(row);
    return reader === "node" || may("preview", seen.kind, seen.role ?? "outsider") ? seen : undefined;
  }

  #standing(user: UserId, { feed, seq }: Position): FeedAccess {
    const gone = { feed, entitled: false, head: 0, head_id: null, floor: 0, id_at_seq: null, room: null };
    if (isUserFeed(feed)) {
      const row = feed === userFeed(user) ? this.#file.get(read.FEED, [feed]) : undefined;
      if (!row) return gone;
      const [no, head, floor] = row as [number, number, number];
      const ids = { head_id: this.#idAt(no, head), id_at_seq: this.#idAt(no, seq) };
      return { feed, entitled: true, head, floor, ...ids, room: null };
    }
    const row = this.#file.get(read.ROOM, [user, feed]);
    const room = row && read.toRoom(row);
    if (!room || room.role === null) return gone;
    const { no, head, floor } = room;
    return {
      feed,
      entitled: true,
      head,
      head_id: this.#idAt(no, head),
      floor,
      id_at_seq: this.#idAt(no, seq),
      room: this.#entry(room, user),
    };
  }

  #idAt(no: number, seq: number): string | null {
    if (seq <= 0) return null;
    const id = this.#file.get(read.ID_AT_SEQ, [no, seq])?.[0];
    return id instanceof Uint8Array ? bytesToId(id) : null;
  }

  #message(no: number, id: EventId, reader: Reader): Message | undefined {
    const row = this.#file.get(read.MESSAGE_BY_ID, [no, idToBytes(id)]);
    return row && this.#reacted(no, [read.toMessage(row)], reader)[0];
  }

  #reacted(no: number, messages: readonly Message[], reader: Reader): Message[] {
    const [first, last] = [messages[0]?.seq, messages.at(-1)?.seq];
    if (first === undefined || last === undefined) return [];
    const revs = this.#file.all(read.REACTION_REVS, [no, first, last]);
    if (revs.length === 0) return [...messages];
    const user = reader === "node" ? null : reader.user;
    return read.withReactions(messages, revs, this.#file.all(read.REACTIONS, [no, first, last, user]), user);
  }

  /** The unread counts of a member; null for a user who is no member. */
  #readState({ no, readSeq, lastMessage }: read.RoomRow, user: UserId): ReadState | null {
    if (readSeq === null) return null;
    if (lastMessage <= readSeq) return { seq: readSeq, unread: 0, mentions: 0 };
    const count = (sql: string) => Number(this.#file.get(sql, [no, readSeq, user, LIMITS.unread])?.[0]);
    const unread = count(read.UNREAD);
    return { seq: readSeq, unread, mentions: unread === 0 ? 0 : count(read.MENTIONS) };
  }

  #entry({ feed, kind, name, topic, members, role, archived }: read.RoomRow, user: UserId): RoomEntry {
    return {
      id: feed,
      kind,
      name,
      topic,
      members,
      archived,
      role,
      peer: kind === "direct" ? this.#peer(feed, user) : null,
    };
  }

  #peer(room: RoomId, user: UserId): RoomEntry["peer"] {
    const [one, other] = directRoomUsers(room);
    const id = one === user ? other : one;
    const row = this.#file.get(read.USER_NAME, [id]);
    return row ? { id, name: row[0] as string } : null;
  }
}

function* messagesIn(rows: Iterable<Row>): Generator<Message> {
  for (const row of rows) yield read.toMessage(row);
}
