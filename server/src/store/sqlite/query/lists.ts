import {
  type DirectoryQuery,
  directRoomUsers,
  type Fault,
  fault,
  nameKey,
  type RoomEntry,
  type RoomList,
  type UserId,
} from "@parley/protocol";
import type { Row } from "../../base/steps.ts";
import { SYSTEM_USER } from "../../base/system.ts";
import {
  BEGINNING,
  type DirectoryPosition,
  type Listed,
  merged,
  pageAfter,
  readCursor,
  sortedFrom,
} from "../../read/directory.ts";
import * as read from "../../read/statements.ts";
import type { PublicRoom, User, UserPage } from "../../store.ts";
import type { SqliteFile } from "../engine/file.ts";

/** Public rooms from a name on, in the order of the claims that keep their names apart. */
const PUBLIC_ROOMS =
  `${read.ROOM_COLUMNS}, c.key FROM claims c JOIN feeds f ON f.feed = c.feed JOIN rooms r ON r.room_no = f.no ` +
  "LEFT JOIN members m ON m.room_no = f.no AND m.user_id = $1 " +
  "WHERE c.space = 'room_name' AND c.key >= $2 AND instr(c.key, $3) > 0 AND r.state <> 'deleted' ORDER BY c.key";
/** The rooms of a user, without the public ones, which are in the list above. */
const OWN_ROOMS =
  `${read.ROOM_COLUMNS} FROM members m JOIN rooms r ON r.room_no = m.room_no JOIN feeds f ON f.no = m.room_no ` +
  "WHERE m.user_id = $1 AND r.state <> 'deleted'";
const OWN_CLOSED_ROOMS = `${OWN_ROOMS} AND r.kind <> 'public'`;
const PEER = "SELECT name, name_key FROM users WHERE id = $1";
/** The names are searched in their index alone, which is a fiftieth of the work: a row is read only where the name matches. */
const USERS =
  "SELECT u.id, u.name, u.name_key FROM users k CROSS JOIN users u ON u.name_key = k.name_key " +
  "WHERE k.name_key >= $1 AND instr(k.name_key, $2) > 0 AND u.id <> $3 ORDER BY k.name_key";
const USER = "SELECT id, name FROM users WHERE id = $1 AND id <> $2";

const ALL_PUBLIC_ROOMS =
  "SELECT f.feed, r.name, e.at FROM rooms r JOIN feeds f ON f.no = r.room_no " +
  "JOIN events e ON e.feed_no = r.room_no AND e.seq = 1 AND e.message = 0 WHERE r.kind = 'public' AND r.state <> 'deleted' ORDER BY r.room_no";

type ListedRoom = Listed & { readonly entry: RoomEntry };
type ListedUser = Listed & { readonly name: string };

/** Lists by name, a page at a time. Each is one snapshot. */
export class SqliteLists {
  readonly #file: SqliteFile;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  directory(query: DirectoryQuery & { readonly mine?: boolean }, user: UserId): RoomList | Fault {
    const asked = readList(query);
    if ("fault" in asked) return asked;
    const { part, place } = asked;
    return this.#file.snapshot(() => {
      const mine = query.mine === true;
      const own = this.#ownRooms(user, mine ? OWN_ROOMS : OWN_CLOSED_ROOMS);
      const wanted = sortedFrom(
        place,
        own.filter(({ key }) => key.includes(part)),
      );
      const rooms = mine ? wanted : merged(wanted, this.#publicRooms(user, place.key, part));
      const { entries, next } = pageAfter(place, rooms, query.limit);
      return { rooms: entries.map(({ entry }) => entry), next };
    });
  }

  publicRooms(): PublicRoom[] {
    return this.#file
      .all(ALL_PUBLIC_ROOMS, [])
      .map(([id, name, created_at]) => ({ id, name, created_at }) as PublicRoom);
  }

  users(query: DirectoryQuery): UserPage | Fault {
    const asked = readList(query);
    if ("fault" in asked) return asked;
    const { part, place } = asked;
    return this.#file.snapshot(() => {
      const rows = this.#file.each(USERS, [place.key, part, SYSTEM_USER.id]);
      const { entries, next } = pageAfter(place, usersIn(rows), query.limit);
      return { users: entries.map(({ id, name }) => ({ id, name })), next };
    });
  }

  user(id: UserId): User | Fault {
    const row = this.#file.get(USER, [id, SYSTEM_USER.id]) as [string, string] | undefined;
    return row ? { id: row[0], name: row[1] } : fault("no_such_user");
  }

  *#publicRooms(user: UserId, from: string, part: string): Generator<ListedRoom> {
    for (const row of this.#file.each(PUBLIC_ROOMS, [user, from, part])) {
      const room = read.toRoom(row);
      yield { key: row.at(-1) as string, id: room.feed, entry: entryOf(room, null) };
    }
  }

  #ownRooms(user: UserId, sql: string): ListedRoom[] {
    return this.#file.all(sql, [user]).map((row) => {
      const room = read.toRoom(row);
      if (room.kind !== "direct") {
        return { key: nameKey(room.name ?? ""), id: room.feed, entry: entryOf(room, null) };
      }
      const [one, other] = directRoomUsers(room.feed);
      const id = one === user ? other : one;
      const [name, key] = (this.#file.get(PEER, [id]) ?? []) as [string?, string?];
      const peer = name === undefined ? null : { id, name };
      return { key: key ?? "", id: room.feed, entry: entryOf(room, peer) };
    });
  }
}

function* usersIn(rows: Iterable<Row>): Generator<ListedUser> {
  for (const row of rows) {
    const [id, name, key] = row as [string, string, string];
    yield { id, name, key };
  }
}

function readList({
  query,
  cursor,
}: DirectoryQuery): { readonly part: string; readonly place: DirectoryPosition } | Fault {
  const place = cursor === undefined ? BEGINNING : readCursor(cursor);
  return place ? { part: nameKey(query ?? ""), place } : fault("invalid", "cursor: is none of this list.");
}

function entryOf(
  { feed, kind, name, topic, members, archived, role }: read.RoomRow,
  peer: RoomEntry["peer"],
): RoomEntry {
  return { id: feed, kind, name, topic, members, archived, role, peer };
}
