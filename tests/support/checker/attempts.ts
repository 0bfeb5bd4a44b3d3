import { LOBBY } from "@parley/protocol";
import {
  type Attempted,
  type History,
  isVoid,
  noncesByToken,
  only,
  type Settled,
  usersOf,
  type Violation,
  violation,
} from "./history.ts";
import type { StoredEvent } from "./store-dump.ts";

/** I7: every event was attempted by its author; what got a final fault never appears. */
export function i7(history: History): Violation[] {
  const users = usersOf(history);
  const clients = new Set(users.values());
  const keyOf = (client: string, nonce: string) => `${users.get(client)} ${nonce}`;
  const attempted = new Set(only(history, "sent").map(({ client, nonce }) => keyOf(client, nonce)));
  // A read position has no nonce of the client's.
  const marked = new Set(
    only(history, "attempted").flatMap(({ client, room, kind }) =>
      kind === "mark_read" ? [`${users.get(client)} ${room}`] : [],
    ),
  );
  const refused = new Map(
    only(history, "answered").flatMap((answer) =>
      "fault" in answer && answer.fault.final
        ? [[keyOf(answer.client, answer.nonce), answer.fault.code] as const]
        : [],
    ),
  );
  return history.store.events.flatMap((event) => {
    const { actor, nonce, feed, seq, kind, id } = event;
    const name = `${feed}#${seq} (${kind} ${id}, nonce ${nonce})`;
    const code = refused.get(`${actor} ${nonce}`);
    if (code) return [violation(history, "I7", `${name} is stored although it was refused with ${code}`)];
    if (attempted.has(`${actor} ${nonce}`) || isSignIn(event) || isFoundation(event)) return [];
    if (kind === "room_read" && marked.has(`${actor} ${event.about?.room}`)) return [];
    const who = clients.has(actor) ? `its author ${actor} never sent that nonce` : `no client is ${actor}`;
    return [violation(history, "I7", `${name} is stored, but ${who}`)];
  });
}

/** Signing in puts a new guest into the lobby. */
function isSignIn({ kind, feed, seq, actor, user }: StoredEvent): boolean {
  if (kind === "member_joined") return feed === LOBBY && user === actor;
  return kind === "room_added" && feed === `user.${actor}` && seq === 1;
}

/** The first migration makes the lobby. */
function isFoundation({ kind, feed, seq }: StoredEvent): boolean {
  return kind === "room_created" && feed === LOBBY && seq === 1;
}

/**
 * A send has three outcomes: ok is stored once, failed is not stored, unknown is stored at most once (I2 sees a second
 * time). After healing no message may be unknown: its client still has it, and sends it until it is answered.
 */
export function outcomes(history: History): Violation[] {
  const outcomeOf = outcomesByAttempt(history);
  const users = usersOf(history);
  const nonces = noncesByToken(history);
  const stored = new Set(history.store.events.map(({ actor, nonce }) => `${actor} ${nonce}`));
  const isGone = isVoid(history);
  const voided = new Set(
    only(history, "answered").flatMap((answer) =>
      "ack" in answer && answer.ack.events.some(({ feed, seq }) => isGone(feed, seq))
        ? [`${answer.client} ${answer.nonce}`]
        : [],
    ),
  );
  return only(history, "attempted").flatMap((attempt): Violation[] => {
    const { client, room, token, kind } = attempt;
    if (token === null) return [];
    const own = nonces.get(`${client} ${token}`) ?? [];
    const isStored = own.some(
      (nonce) => stored.has(`${users.get(client)} ${nonce}`) || voided.has(`${client} ${nonce}`),
    );
    const name = `'${token}' of ${client} to ${room} (${own.length > 0 ? `nonce ${own.join(", ")}` : "never sent"})`;
    const outcome = outcomeOf(attempt);
    switch (outcome) {
      case "ok":
        return isStored ? [] : [violation(history, "outcomes", `${name} ended ok and is not stored`)];
      case "failed":
        return isStored ? [violation(history, "outcomes", `${name} failed for sure and is stored`)] : [];
      case "unknown": {
        if (kind !== "send_message") return [];
        const end = isStored ? "is stored and was never answered" : "was lost";
        return [violation(history, "outcomes", `${name} ${end}`)];
      }
      default:
        return outcome satisfies never;
    }
  });
}

/** What the client knows of an attempt in the end: by an answer to its nonce, or by the SDK's word. */
function outcomesByAttempt(history: History): (attempt: Attempted) => Settled["outcome"] {
  const settled = new Map(only(history, "settled").map((entry) => [`${entry.client} ${entry.order}`, entry]));
  const nonces = noncesByToken(history);
  const answers = new Map(
    only(history, "answered")
      .filter((answer) => "ack" in answer || answer.fault.final)
      .map((answer) => [`${answer.client} ${answer.nonce}`, "ack" in answer ? "ok" : "failed"] as const),
  );
  return ({ client, order, token }) => {
    const said = settled.get(`${client} ${order}`)?.outcome;
    if (said !== undefined && said !== "unknown") return said;
    const last = nonces.get(`${client} ${token}`)?.at(-1);
    return answers.get(`${client} ${last}`) ?? "unknown";
  };
}
