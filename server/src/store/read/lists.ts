import {
  type DirectoryQuery,
  type Fault,
  fault,
  nameKey,
  type RoomEntry,
  type RoomList,
  type UserId,
} from "@parley/protocol";
import type { Row } from "../base/steps.ts";
import { SYSTEM_USER } from "../base/system.ts";
import type { PublicRoom, User, UserPage } from "../store.ts";
import { all, first, firstOf, type Reads, take } from "./asks.ts";
import {
  BEGINNING,
  type DirectoryPosition,
  enoughAfter,
  type Listed,
  merged,
  pageAfter,
  readCursor,
  sortedFrom,
} from "./directory.ts";
import { entryOf, peerOf } from "./rooms.ts";
import * as read from "./statements.ts";

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
export const USERS =
  "SELECT u.id, u.name, u.name_key FROM users k CROSS JOIN users u ON u.name_key = k.name_key " +
  "WHERE k.name_key >= $1 AND instr(k.name_key, $2) > 0 AND u.id <> $3 ORDER BY k.name_key";
const USER = "SELECT id, name FROM users WHERE id = $1 AND id <> $2";

const ALL_PUBLIC_ROOMS =
  "SELECT f.feed, r.name, e.at FROM rooms r JOIN feeds f ON f.no = r.room_no " +
  "JOIN events e ON e.feed_no = r.room_no AND e.seq = 1 AND e.message = 0 WHERE r.kind = 'public' AND r.state <> 'deleted' ORDER BY r.room_no";

type ListedRoom = Listed & { readonly entry: RoomEntry };
type ListedUser = Listed & { readonly name: string };

/** Rooms by name, a page at a time: the user's and the public ones, or with `mine` the user's alone. */
export function* directory(
  query: DirectoryQuery & { readonly mine?: boolean },
  user: UserId,
): Reads<RoomList | Fault> {
  const asked = readList(query);
  if ("fault" in asked) return asked;
  const { part, place } = asked;
  const mine = query.mine === true;
  const own = yield* ownRooms(user, mine ? OWN_ROOMS : OWN_CLOSED_ROOMS);
  const wanted = sortedFrom(
    place,
    own.filter(({ key }) => key.includes(part)),
  );
  const rooms = mine ? wanted : merged(wanted, yield* publicRoomsFrom(user, place, part, query.limit));
  const { entries, next } = pageAfter(place, rooms, query.limit);
  return { rooms: entries.map(({ entry }) => entry), next };
}

export function* publicRooms(): Reads<PublicRoom[]> {
  const rows = yield* all(ALL_PUBLIC_ROOMS, []);
  return rows.map(([id, name, created_at]) => ({ id, name, created_at }) as PublicRoom);
}

export function* users(query: DirectoryQuery): Reads<UserPage | Fault> {
  const asked = readList(query);
  if ("fault" in asked) return asked;
  const { part, place } = asked;
  const found: ListedUser[] = [];
  const more = enoughAfter(place, query.limit);
  yield* take(USERS, [place.key, part, SYSTEM_USER.id], (row) => {
    const [id, name, key] = row as [string, string, string];
    found.push({ id, name, key });
    return more(key);
  });
  const { entries, next } = pageAfter(place, found, query.limit);
  return { users: entries.map(({ id, name }) => ({ id, name })), next };
}

export function* user(id: UserId): Reads<User | Fault> {
  const row = (yield* first(USER, [id, SYSTEM_USER.id])) as [string, string] | undefined;
  return row ? { id: row[0], name: row[1] } : fault("no_such_user");
}

/** As many public rooms behind a position as a page can need. */
function* publicRoomsFrom(
  user: UserId,
  place: DirectoryPosition,
  part: string,
  limit: number,
): Reads<ListedRoom[]> {
  const found: ListedRoom[] = [];
  const more = enoughAfter(place, limit);
  yield* take(PUBLIC_ROOMS, [user, place.key, part], (row) => {
    const room = read.toRoom(row);
    const key = row.at(-1) as string;
    found.push({ key, id: room.feed, entry: entryOf(room, null) });
    return more(key);
  });
  return found;
}

function* ownRooms(user: UserId, sql: string): Reads<ListedRoom[]> {
  const rooms = (yield* all(sql, [user])).map(read.toRoom);
  const peers = rooms.map(({ kind, feed }) => (kind === "direct" ? peerOf(feed, user) : null));
  const rows = yield* firstOf(
    PEER,
    peers.filter((id) => id !== null).map((id): Row => [id]),
  );
  let at = 0;
  return rooms.map((room, i) => {
    const id = peers[i] ?? null;
    if (id === null) return { key: nameKey(room.name ?? ""), id: room.feed, entry: entryOf(room, null) };
    const [name, key] = (rows[at++] ?? []) as [string?, string?];
    return { key: key ?? "", id: room.feed, entry: entryOf(room, name === undefined ? null : { id, name }) };
  });
}

function readList({
  query,
  cursor,
}: DirectoryQuery): { readonly part: string; readonly place: DirectoryPosition } | Fault {
  const place = cursor === undefined ? BEGINNING : readCursor(cursor);
  return place ? { part: nameKey(query ?? ""), place } : fault("invalid", "cursor: is none of this list.");
}
