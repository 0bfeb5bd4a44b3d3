import type { FeedId, Nonce, Placed, RoomId, UserId } from "@parley/protocol";
import type { StoreDump } from "./store-dump.ts";

/** Names a recorded client: stays the same over its reconnects and reloads. */
export type ClientName = string;

/**
 * What a client's record holds, one JSON line each, in the order it happened. `at` is milliseconds on the machine's
 * clock, comparable between processes.
 *
 * The lines come from three sources: the script records what it wanted (`born`, `attempted`, `settled`), a tap on the
 * client's WebSocket records what passed (`welcomed`, `sent`, `answered`, `based`, `reset`, `gone`), and the SDK what
 * it took in and shows (`applied`, `shown`).
 */
export type Entry =
  | Born
  | Attempted
  | Settled
  | Welcomed
  | Sent
  | Answered
  | Based
  | Reset
  | Gone
  | Applied
  | Shown
  | Paged
  | RoomState
  | Healed;

type Timed<T extends string> = { readonly t: T; readonly client: ClientName; readonly at: number };

/** A client object was made: the first time, or over the storage of an earlier one, as a reload of a page does. */
export type Born = Timed<"born"> & { readonly device: string };

/** The script asks for something. `token` is in the text of messages and edits and is used once. */
export type Attempted = Timed<"attempted"> & {
  /** Counts the attempts of one client. */
  readonly order: number;
  readonly room: RoomId;
  readonly kind: string;
  readonly token: string | null;
};

/** How the SDK settled the promise of a command. `unknown`: it gave up without an answer. */
export type Settled = Timed<"settled"> & {
  readonly order: number;
  readonly outcome: "ok" | "failed" | "unknown";
  readonly why?: string;
};

/** A session began. */
export type Welcomed = Timed<"welcomed"> & { readonly user: UserId; readonly epoch: string };

/** A command frame was handed to the socket; the same nonce may leave more than once. `token`: the text it carries. */
export type Sent = Timed<"sent"> & {
  readonly nonce: Nonce;
  readonly kind: string;
  readonly room: RoomId;
  readonly token: string | null;
};

/** An ack or a fault for a nonce came in; it may come more than once. */
export type Answered = Timed<"answered"> & { readonly nonce: Nonce } & (
    | {
        readonly ack: {
          readonly events: readonly Placed[];
          readonly at: number;
          readonly duplicate: boolean;
        };
      }
    | { readonly fault: { readonly code: string; readonly final: boolean } }
  );

/**
 * The session follows the feed: what comes lies above `seq`. `fresh`: the client named no cursor, so this is the server's
 * position; otherwise it is the client's own cursor.
 */
export type Based = Timed<"based"> & { readonly feed: FeedId; readonly seq: number; readonly fresh: boolean };

/** The client received that its cursor cannot be continued. */
export type Reset = Timed<"reset"> & { readonly feed: FeedId; readonly why: string };

/** The feed is not the user's any more. */
export type Gone = Timed<"gone"> & { readonly feed: FeedId };

/**
 * The SDK took an event into its copy of the feed. A run of joinings that came as one item is a line for each: of those
 * before the last it names no id, and of none the nonce and the actor.
 */
export type Applied = Timed<"applied"> & {
  readonly feed: FeedId;
  readonly seq: number;
  readonly id: string | null;
  readonly kind: string;
  readonly nonce: Nonce | null;
  readonly actor: UserId | null;
};

/** What a room's timeline shows at the end: every message above seq `above`. */
export type Shown = Timed<"shown"> & {
  readonly room: RoomId;
  readonly state: "unopened" | "loading" | "ready" | "failed";
  readonly above: number;
  readonly items: readonly ShownItem[];
  /** How far the user has read the room, by the client. */
  readonly read?: number;
};
export type ShownItem = {
  readonly id: string | null;
  readonly seq: number | null;
  readonly nonce: Nonce;
  readonly state: "pending" | "sent" | "failed";
  readonly text: string;
  readonly deleted: boolean;
  /** Each emoji with the number of people. */
  readonly reactions?: ReactionCounts;
};
export type ReactionCounts = { readonly [emoji: string]: number };

/** All of a room's history as a person reads it over HTTP. `client` is empty. */
export type Paged = Timed<"paged"> & {
  readonly user: UserId;
  readonly room: RoomId;
  readonly messages: readonly PagedMessage[];
};
export type PagedMessage = {
  readonly id: string;
  readonly seq: number;
  readonly author: UserId;
  readonly text: string;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly reactions: ReactionCounts;
};

/** The state of a room for a member, over HTTP. `client` is empty. */
export type RoomState = Timed<"room_state"> & {
  readonly user: UserId;
  readonly room: RoomId;
  readonly head: number;
  readonly role: string | null;
  readonly read: number | null;
  readonly unread: number | null;
};

/** The nemesis has ended: from here on every client has 10 s and 3 reconnects. `client` is empty. */
export type Healed = Timed<"healed">;

/** Everything the checker looks at. */
export type History = {
  readonly seed: number;
  readonly entries: readonly Entry[];
  readonly store: StoreDump;
};

/** An invariant that does not hold. `text` names the invariant, the seed and the ids. */
export type Violation = { readonly invariant: Invariant; readonly text: string };
export type Invariant =
  | "I1"
  | "I2"
  | "I3"
  | "I4"
  | "I5"
  | "I6"
  | "I7"
  | "I8"
  | "I10"
  | "I13"
  | "I15"
  | "readings"
  | "owners"
  | "outcomes";

export function violation(history: History, invariant: Invariant, text: string): Violation {
  return { invariant, text: `${invariant} (seed ${history.seed}): ${text}` };
}

/** What lies at or below a feed's floor was acknowledged and is void: the room was deleted. */
export function isVoid(history: History): (feed: FeedId, seq: number) => boolean {
  const floors = new Map(history.store.feeds.map(({ feed, floor }) => [feed, floor]));
  return (feed, seq) => seq <= (floors.get(feed) ?? 0);
}

/** The entries of one type, in order. */
export function only<T extends Entry["t"]>(history: History, t: T): Extract<Entry, { t: T }>[] {
  return history.entries.filter((entry): entry is Extract<Entry, { t: T }> => entry.t === t);
}

/** Groups in the order of the first member. */
export function groupBy<V>(values: Iterable<V>, key: (value: V) => string): Map<string, V[]> {
  const groups = new Map<string, V[]>();
  for (const value of values) {
    const name = key(value);
    const group = groups.get(name);
    if (group) group.push(value);
    else groups.set(name, [value]);
  }
  return groups;
}

/** The nonces under which a token left its client, in the order of their first sends: key `client token`. */
export function noncesByToken(history: History): Map<string, Nonce[]> {
  const sent = only(history, "sent").filter(({ token }) => token !== null);
  const byToken = groupBy(sent, ({ client, token }) => `${client} ${token}`);
  return new Map([...byToken].map(([key, sends]) => [key, [...new Set(sends.map(({ nonce }) => nonce))]]));
}

/** Which user each client is, from its welcomes. */
export function usersOf(history: History): Map<ClientName, UserId> {
  return new Map(only(history, "welcomed").map(({ client, user }) => [client, user]));
}
