import { LIMITS } from "@parley/protocol";
import { countsOf, type FoldedRoom, foldReads, foldRooms } from "./fold.ts";
import { type History, only, type ReactionCounts, usersOf, type Violation, violation } from "./history.ts";

/**
 * The readings agree: the tables of the store, the pages over HTTP and the screens of clients say what the log says, in
 * its order, each message once, with its edits, deletions and reactions, members and read positions.
 */
export function readings(history: History): Violation[] {
  const rooms = foldRooms(history.store);
  const reads = foldReads(history.store, rooms);
  return [
    ...tables(history, rooms, reads),
    ...pages(history, rooms),
    ...standings(history, rooms, reads),
    ...screens(history, rooms, reads),
  ];
}

type Rooms = ReadonlyMap<string, FoldedRoom>;
type Reads = ReadonlyMap<string, number>;

function tables(history: History, rooms: Rooms, reads: Reads): Violation[] {
  const { members, reactions } = history.store;
  const found: Violation[] = [];
  const say = (text: string) => found.push(violation(history, "readings", text));
  const inTable = new Map(members.map((member) => [`${member.room} ${member.user}`, member]));
  for (const [room, { members }] of rooms) {
    for (const [user, { role }] of members) {
      const row = inTable.get(`${room} ${user}`);
      inTable.delete(`${room} ${user}`);
      if (!row) say(`by its log ${user} is in ${room}, by the members' table not`);
      if (row?.role !== undefined && row.role !== role)
        say(`${user} is ${role} in ${room} by its log, ${row.role} by the table`);
      const read = reads.get(`${room} ${user}`);
      if (row?.read !== undefined && row.read !== read)
        say(`${user} has read ${room} up to ${read} by the log, ${row.read} by the table`);
    }
  }
  for (const { room, user } of inTable.values())
    if (rooms.has(room)) say(`by the members' table ${user} is in ${room}, by its log not`);
  if (!reactions) return found;
  const inLog = [...rooms].flatMap(([room, { messages }]) =>
    [...messages.values()].flatMap(({ seq, reactions }) =>
      [...reactions].flatMap(([emoji, people]) =>
        [...people].map((user) => `${room}#${seq} ${emoji} of ${user}`),
      ),
    ),
  );
  const stored = reactions
    .filter(({ room }) => rooms.has(room))
    .map(({ room, seq, emoji, user }) => `${room}#${seq} ${emoji} of ${user}`);
  for (const reaction of missing(inLog, stored))
    say(`the reaction ${reaction} is in the log and not in the table`);
  for (const reaction of missing(stored, inLog))
    say(`the reaction ${reaction} is in the table and not in the log`);
  return found;
}

function pages(history: History, rooms: Rooms): Violation[] {
  return only(history, "paged").flatMap(({ user, room, messages }) => {
    const inLog = [...(rooms.get(room)?.messages.values() ?? [])];
    const say = (text: string) => [violation(history, "readings", `${user} pages through ${room}: ${text}`)];
    const read = messages.map(({ id, seq }) => `#${seq} ${id}`);
    const sent = inLog.map(({ id, seq }) => `#${seq} ${id}`);
    const [lost] = missing(sent, read);
    if (lost) return say(`${lost} is not there`);
    const at = read.findIndex((one, index) => one !== sent[index]);
    if (at >= 0) return say(`${read[at]} is where ${sent[at] ?? "nothing"} belongs`);
    return messages.flatMap((message, index) => {
      const own = inLog[index];
      if (!own) return [];
      const name = `#${message.seq} (event ${message.id})`;
      if (message.author !== own.author) return say(`${name} is of ${message.author}, not of ${own.author}`);
      if (message.deleted !== own.deleted)
        return say(`${name} ${message.deleted ? "deleted" : "not deleted"}`);
      if (message.text !== own.text) return say(`${name} as '${message.text}', not '${own.text}'`);
      if (!own.deleted && message.edited !== own.edited)
        return say(`${name} ${message.edited ? "edited" : "not edited"}`);
      const differs = compare(message.reactions, countsOf(own));
      return differs === null ? [] : say(`${name} with ${differs}`);
    });
  });
}

function standings(history: History, rooms: Rooms, reads: Reads): Violation[] {
  const heads = new Map(history.store.feeds.map(({ feed, last }) => [feed, last]));
  return only(history, "room_state").flatMap(({ user, room, head, role, read, unread }) => {
    const folded = rooms.get(room);
    const position = reads.get(`${room} ${user}`) ?? 0;
    const say = (text: string) => [violation(history, "readings", `to ${user}, over HTTP, ${room} ${text}`)];
    if (!folded) return say("is there, and its log is not");
    if (head !== heads.get(room)) return say(`ends at ${head}, not at ${heads.get(room)}`);
    if (role !== (folded.members.get(user)?.role ?? null)) return say(`makes them ${role}`);
    if (read !== position) return say(`is read up to ${read}, not ${position}`);
    const counted = unreadOf(folded, user, position);
    return unread === counted ? [] : say(`has ${unread} unread, not ${counted}`);
  });
}

function unreadOf({ messages }: FoldedRoom, user: string, above: number): number {
  const unread = [...messages.values()].filter(
    ({ seq, author, deleted }) => seq > above && author !== user && !deleted,
  );
  return Math.min(unread.length, LIMITS.unread);
}

/** I15 looks at the messages; here it is what hangs on them. */
function screens(history: History, rooms: Rooms, reads: Reads): Violation[] {
  const users = usersOf(history);
  return only(history, "shown").flatMap(({ client, room, items, read }) => {
    const messages = rooms.get(room)?.messages;
    if (!messages) return [];
    const say = (text: string) => [violation(history, "readings", `${client} shows ${room}: ${text}`)];
    const position = reads.get(`${room} ${users.get(client)}`);
    const far =
      read !== undefined && position !== undefined && read !== position
        ? say(`read up to ${read}, not ${position}`)
        : [];
    const differing = items.flatMap(({ id, seq, reactions }) => {
      const own = messages.get(id ?? "");
      const differs = own && reactions ? compare(reactions, countsOf(own)) : null;
      return differs === null ? [] : say(`#${seq} (event ${id}) with ${differs}`);
    });
    return [...far, ...differing];
  });
}

/** What is wrong with these counts, in words; null if nothing is. */
function compare(counts: ReactionCounts, right: ReactionCounts): string | null {
  const names = [...new Set([...Object.keys(counts), ...Object.keys(right)])];
  const wrong = names.find((name) => counts[name] !== right[name]);
  return wrong === undefined ? null : `${counts[wrong] ?? 0} times ${wrong}, not ${right[wrong] ?? 0}`;
}

function missing(of: readonly string[], from: readonly string[]): string[] {
  const there = new Set(from);
  return of.filter((one) => !there.has(one));
}
