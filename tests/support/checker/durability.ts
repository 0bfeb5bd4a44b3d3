import { groupBy, type History, isVoid, only, usersOf, type Violation, violation } from "./history.ts";
import { baseOf, copies } from "./position.ts";

/** I1: what was acknowledged is in the store, and in every entitled client. */
export function i1(history: History): Violation[] {
  return [...acknowledgedIsStored(history), ...storedIsApplied(history)];
}

function acknowledgedIsStored(history: History): Violation[] {
  const users = usersOf(history);
  const rows = new Map(history.store.events.map((event) => [`${event.feed}#${event.seq}`, event]));
  const isGone = isVoid(history);
  const missing = new Map<string, Violation>();
  for (const answer of only(history, "answered")) {
    if (!("ack" in answer)) continue;
    for (const { feed, seq, id } of answer.ack.events) {
      if (isGone(feed, seq)) continue;
      const row = rows.get(`${feed}#${seq}`);
      const user = users.get(answer.client);
      if (row?.id === id && row.nonce === answer.nonce && (!user || row.actor === user)) continue;
      const instead = row ? `event ${row.id} of nonce ${row.nonce} is there` : "there is nothing";
      missing.set(
        `${feed}#${seq} ${answer.nonce}`,
        violation(
          history,
          "I1",
          `${feed}#${seq} (event ${id}) was acknowledged to ${answer.client} for nonce ${answer.nonce}, but in the store ${instead}`,
        ),
      );
    }
  }
  return [...missing.values()];
}

/**
 * A member at the end has every event of the room above the place where following first began: applied, or shown
 * on a page. The rest of the promise (nothing skipped within a copy) is I4.
 */
function storedIsApplied(history: History): Violation[] {
  const users = usersOf(history);
  const members = new Set(history.store.members.map(({ room, user }) => `${room} ${user}`));
  const events = groupBy(history.store.events, ({ feed }) => feed);
  const screens = new Map(
    only(history, "shown").map((screen) => [`${screen.client} ${screen.room}`, screen]),
  );
  const found: Violation[] = [];
  for (const [key, parts] of groupBy(copies(history), ({ client, feed }) => `${client} ${feed}`)) {
    const { client, feed } = parts[0]!;
    if (!members.has(`${feed} ${users.get(client)}`)) continue;
    const applied = new Set(
      parts.flatMap(({ steps }) => steps.filter(({ t }) => t === "applied").map(({ seq }) => seq)),
    );
    const screen = screens.get(key);
    const shown = new Set(screen?.items.map(({ id }) => id));
    const base = baseOf(parts.at(-1)!);
    for (const { seq, kind, id, nonce } of events.get(feed) ?? []) {
      if (applied.has(seq) || shown.has(id)) continue;
      // Below the begin of the last copy a page has the messages, and only the screen can prove it.
      if (seq <= base && (!screen || seq <= screen.above || kind !== "message_sent")) continue;
      found.push(
        violation(
          history,
          "I1",
          `${feed}#${seq} (${kind} ${id}, nonce ${nonce}) is in the store and never reached ${client}, a member`,
        ),
      );
    }
  }
  return found;
}
