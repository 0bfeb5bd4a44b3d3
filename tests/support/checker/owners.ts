import { ownersOf } from "./fold.ts";
import { groupBy, type History, type Violation, violation } from "./history.ts";

/**
 * owners: a room that has had an owner always has one, and the counts of owners and members in the table of rooms are those
 * of its log. Rooms without owners from the beginning, such as the lobby and direct rooms, have none.
 */
export function owners(history: History): Violation[] {
  const { events, feeds, rooms } = history.store;
  const found: Violation[] = [];
  const say = (text: string) => found.push(violation(history, "owners", text));
  const whole = new Set(feeds.filter(({ floor }) => floor === 0).map(({ feed }) => feed));
  const logs = groupBy(
    events.filter(({ feed }) => whole.has(feed) && !feed.startsWith("user.")),
    ({ feed }) => feed,
  );
  const counts = new Map<string, { readonly owners: number; readonly members: number }>();
  for (const [room, log] of logs) {
    const { lostAt, ...count } = ownersOf(log.toSorted((a, b) => a.seq - b.seq));
    counts.set(room, count);
    if (lostAt !== null) say(`the last owner of ${room} was lost at #${lostAt}`);
  }
  for (const { room, owners, members } of rooms ?? []) {
    const count = counts.get(room);
    if (!count) continue;
    if (owners !== count.owners) say(`${room} has ${count.owners} owners by its log, ${owners} by the table`);
    if (members !== count.members)
      say(`${room} has ${count.members} members by its log, ${members} by the table`);
  }
  return found;
}
