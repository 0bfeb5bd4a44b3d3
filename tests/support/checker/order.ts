import {
  type Attempted,
  groupBy,
  type History,
  noncesByToken,
  only,
  usersOf,
  type Violation,
  violation,
} from "./history.ts";
import { copies } from "./position.ts";

/** Two processes read one clock with this much between them, in milliseconds. */
const CLOCK_SLACK = 2;

/**
 * I3: (feed, seq) is one event id for all observers: the store, every ack, every client. A joining without an id is one in
 * the store, too.
 */
export function i3(history: History): Violation[] {
  return [...otherIds(history), ...otherKinds(history)];
}

function otherKinds(history: History): Violation[] {
  const kinds = new Map(history.store.events.map(({ feed, seq, kind }) => [`${feed}#${seq}`, kind]));
  return only(history, "applied").flatMap(({ client, feed, seq, id, kind }) => {
    const stored = kinds.get(`${feed}#${seq}`);
    if (id !== null || stored === undefined || stored === kind) return [];
    return [violation(history, "I3", `${feed}#${seq} is ${stored} in the store and ${kind} for ${client}`)];
  });
}

function otherIds(history: History): Violation[] {
  const seen = new Map<string, { id: string; who: string }>();
  const found = new Map<string, Violation>();
  const look = (feed: string, seq: number, id: string, who: string) => {
    const key = `${feed}#${seq}`;
    const first = seen.get(key);
    if (!first) seen.set(key, { id, who });
    else if (first.id !== id && !found.has(key)) {
      found.set(key, violation(history, "I3", `${key} is ${first.id} for ${first.who} and ${id} for ${who}`));
    }
  };
  for (const { feed, seq, id } of history.store.events) look(feed, seq, id, "the store");
  for (const entry of history.entries) {
    if (entry.t === "applied" && entry.id !== null) look(entry.feed, entry.seq, entry.id, entry.client);
    if (entry.t !== "answered" || !("ack" in entry)) continue;
    for (const { feed, seq, id } of entry.ack.events) look(feed, seq, id, `an ack to ${entry.client}`);
  }
  return [...found.values()];
}

/** I4: numbers in the store are floor + 1 to last, times do not decrease; a client's applied numbers are contiguous. */
export function i4(history: History): Violation[] {
  return [...storedWithoutHole(history), ...appliedWithoutHole(history)];
}

function storedWithoutHole(history: History): Violation[] {
  const events = groupBy(history.store.events, ({ feed }) => feed);
  const known = new Set(history.store.feeds.map(({ feed }) => feed));
  const strays = [...events.keys()]
    .filter((feed) => !known.has(feed))
    .map((feed) => violation(history, "I4", `the store holds events of ${feed} and no such feed`));
  return strays.concat(
    history.store.feeds.flatMap(({ feed, floor, last }) => {
      const rows = [...(events.get(feed) ?? [])].sort((a, b) => a.seq - b.seq);
      const expected = last - floor;
      const hole = rows.findIndex(({ seq }, index) => seq !== floor + 1 + index);
      const at = rows.findIndex(({ at }, index) => index > 0 && at < rows[index - 1]!.at);
      const found: Violation[] = [];
      if (hole >= 0 || rows.length !== expected) {
        const where =
          hole >= 0
            ? `${feed}#${rows[hole]!.seq} is where ${feed}#${floor + 1 + hole} belongs`
            : `${rows.length} events instead of ${expected}`;
        found.push(violation(history, "I4", `the store's ${feed} (${floor} to ${last}): ${where}`));
      }
      if (at >= 0) {
        found.push(violation(history, "I4", `${feed}#${rows[at]!.seq} is older than the event before it`));
      }
      return found;
    }),
  );
}

function appliedWithoutHole(history: History): Violation[] {
  return copies(history).flatMap(({ client, feed, bases, steps }) => {
    let last: number | null = null;
    for (const { t, seq } of steps) {
      if (t === "based") {
        if (last !== null && seq > last) {
          return [
            violation(
              history,
              "I4",
              `${client} reports that it is at ${feed}#${seq} and applied up to ${last}`,
            ),
          ];
        }
        last ??= seq;
      } else {
        const follows = last === null ? bases.length === 0 || bases.includes(seq - 1) : seq === last + 1;
        if (!follows) {
          const after = last ?? `the begin at ${bases.join(" or ")}`;
          return [violation(history, "I4", `${client} applied ${feed}#${seq} after ${after}`)];
        }
        last = seq;
      }
    }
    return [];
  });
}

/** I6: what one client attempts in one room is stored there in that order. */
export function i6(history: History): Violation[] {
  const seqOf = effects(history);
  return [...groupBy(only(history, "attempted"), ({ client, room }) => `${client} ${room}`).values()].flatMap(
    (attempts) => {
      let before: { order: number; seq: number } | undefined;
      for (const attempt of attempts) {
        const seq = seqOf(attempt);
        if (seq === undefined) continue;
        if (before && seq < before.seq) {
          const { client, room, order } = attempt;
          return [
            violation(
              history,
              "I6",
              `${client} asked for ${room}#${before.seq} (order ${before.order}) before ${room}#${seq} (order ${order})`,
            ),
          ];
        }
        before = { order: attempt.order, seq };
      }
      return [];
    },
  );
}

/** Where a message or an edit ended up, by the nonces its token left with. What never left the outbox has no place. */
function effects(history: History): (attempt: Attempted) => number | undefined {
  const users = usersOf(history);
  const nonces = noncesByToken(history);
  const byNonce = new Map(
    history.store.events
      .filter(({ kind }) => kind === "message_sent" || kind === "message_edited")
      .map((event) => [`${event.actor} ${event.nonce}`, event.seq]),
  );
  return ({ client, token }) =>
    (nonces.get(`${client} ${token}`) ?? [])
      .map((nonce) => byNonce.get(`${users.get(client)} ${nonce}`))
      .find((seq) => seq !== undefined);
}

/** I8: an ack that came in before another send went out has the lower seq in that room. */
export function i8(history: History): Violation[] {
  const users = usersOf(history);
  const seqs = new Map(
    history.store.events.map(({ actor, nonce, feed, seq }) => [`${actor} ${nonce} ${feed}`, seq]),
  );
  const acked = new Map<string, { at: number; seq: number; nonce: string }>();
  const firstSent = new Set<string>();
  const found: Violation[] = [];
  const waiting: { at: number; room: string; seq: number; nonce: string }[] = [];
  const inTime = [...history.entries].sort((a, b) => a.at - b.at);
  for (const entry of inTime) {
    while (waiting.length > 0 && waiting[0]!.at + CLOCK_SLACK < entry.at) {
      const { room, ...ack } = waiting.shift()!;
      if (ack.seq > (acked.get(room)?.seq ?? 0)) acked.set(room, ack);
    }
    if (entry.t === "answered" && "ack" in entry) {
      for (const { feed, seq } of entry.ack.events) {
        waiting.push({ at: entry.at, room: feed, seq, nonce: entry.nonce });
      }
    } else if (entry.t === "sent" && !firstSent.has(`${entry.client} ${entry.nonce}`)) {
      firstSent.add(`${entry.client} ${entry.nonce}`);
      const seq = seqs.get(`${users.get(entry.client)} ${entry.nonce} ${entry.room}`);
      const before = acked.get(entry.room);
      if (seq === undefined || !before || seq > before.seq) continue;
      found.push(
        violation(
          history,
          "I8",
          `nonce ${before.nonce} was acknowledged as ${entry.room}#${before.seq} before ${entry.client} sent nonce ${entry.nonce}, which is ${entry.room}#${seq}`,
        ),
      );
    }
  }
  return found;
}
