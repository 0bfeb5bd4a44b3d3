import { groupBy, type History, only, usersOf, type Violation, violation } from "./history.ts";
import type { StoredEvent } from "./store-dump.ts";

/** Clocks of two processes, and the moment between an event's time and its commit: milliseconds. */
const SLACK = 50;

/** When a user was not in a room: above `after`, up to the event by which they joined again, if there is one. */
type Absence = { readonly after: number; readonly back: StoredEvent | null };

/**
 * I13: no user receives an event outside their membership. History may be read from the start, so that what was sent in an
 * absence is seen after it, and not before the event that ended it. Nothing is seen behind the end of a room.
 */
export function i13(history: History): Violation[] {
  const users = usersOf(history);
  const away = absences(history.store.events);
  return only(history, "applied").flatMap(({ client, feed, seq, at }) => {
    const user = users.get(client) ?? "";
    const absence = (away.get(`${feed} ${user}`) ?? []).find(
      ({ after, back }) => seq > after && (back === null || seq < back.seq),
    );
    if (!absence) return [];
    const { after, back } = absence;
    if (back !== null && at >= back.at - SLACK) return [];
    const end = back === null ? "" : ` before they came back at ${back.seq}`;
    return [
      violation(
        history,
        "I13",
        `${client} left ${feed} at ${after} and was still given ${feed}#${seq}${end}`,
      ),
    ];
  });
}

function absences(events: readonly StoredEvent[]): Map<string, Absence[]> {
  const found = new Map<string, Absence[]>();
  const about = events.filter(({ kind }) => kind === "member_left" || kind === "member_joined");
  for (const [key, row] of groupBy(about, ({ feed, user }) => `${feed} ${user}`)) {
    const inOrder = row.toSorted((a, b) => a.seq - b.seq);
    found.set(
      key,
      inOrder.flatMap(({ kind, seq }, index) =>
        kind === "member_left" ? [{ after: seq, back: inOrder[index + 1] ?? null }] : [],
      ),
    );
  }
  return found;
}
