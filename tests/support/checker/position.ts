import type { FeedId } from "@parley/protocol";
import type { Applied, Based, ClientName, History } from "./history.ts";

/** One copy of one feed in one client: it starts where the client may legitimately start anew. */
export type Copy = {
  readonly client: ClientName;
  readonly feed: FeedId;
  /** Where following may have begun: until something is applied, a reconnect may name another place. */
  readonly bases: readonly number[];
  /** What was applied, and the cursors that the client sent, in order. */
  readonly steps: readonly (Applied | Based)[];
};

type OpenCopy = { client: ClientName; feed: FeedId; bases: number[]; steps: (Applied | Based)[] };

/**
 * Cuts what each client took in into copies. Within a copy continuity is required; between copies the client was sent
 * `reset` or another epoch, or lost the feed, or started over after a reload.
 */
export function copies(history: History): Copy[] {
  const done: OpenCopy[] = [];
  const open = new Map<string, OpenCopy>();
  const epochs = new Map<ClientName, string>();
  const closeAll = (client: ClientName) => {
    for (const [key, copy] of [...open]) if (copy.client === client) open.delete(key);
  };
  for (const entry of history.entries) {
    switch (entry.t) {
      case "born":
        closeAll(entry.client);
        break;
      case "welcomed":
        if (epochs.get(entry.client) !== entry.epoch) closeAll(entry.client);
        epochs.set(entry.client, entry.epoch);
        break;
      case "reset":
      case "gone":
        open.delete(keyOf(entry.client, entry.feed));
        break;
      case "based":
      case "applied": {
        const { client, feed } = entry;
        let copy = open.get(keyOf(client, feed));
        if (!copy) {
          copy = { client, feed, bases: [], steps: [] };
          open.set(keyOf(client, feed), copy);
          done.push(copy);
        }
        const isUntouched = !copy.steps.some(({ t }) => t === "applied");
        if (entry.t === "based" && entry.fresh) {
          // A client that has applied an event has a cursor and continues from there.
          if (isUntouched) copy.bases.push(entry.seq);
        } else copy.steps.push(entry);
        break;
      }
      default:
    }
  }
  return done;
}

function keyOf(client: ClientName, feed: FeedId): string {
  return `${client} ${feed}`;
}

/** A client that has applied nothing yet goes on from its old place, unless so many events lie between. */
const BEGINS_ANEW = 900;

/** Above which seq a copy owes everything: below its first event, or where following began. */
export function baseOf({ bases, steps }: Copy): number {
  const [first] = steps;
  if (!first) {
    const last = bases.at(-1) ?? 0;
    return bases.find((base) => last - base <= BEGINS_ANEW) ?? last;
  }
  return first.t === "applied" ? first.seq - 1 : first.seq;
}

/** A client's place in a feed over time: the last it applied, or where following began, with the time it got there. */
export type Position = { readonly seq: number; readonly at: number };

/** Where each client got to in the last copy of each feed: key `client feed`, positions ascending. */
export function positions(history: History): Map<string, Position[]> {
  const found = new Map<string, Position[]>();
  const begun = new Map<string, number>();
  for (const entry of history.entries) {
    if (entry.t === "based") begun.set(`${keyOf(entry.client, entry.feed)} ${entry.seq}`, entry.at);
  }
  for (const copy of copies(history)) {
    const key = keyOf(copy.client, copy.feed);
    const applied = copy.steps.filter(({ t }) => t === "applied");
    const base = baseOf(copy);
    const path: Position[] = [{ seq: base, at: begun.get(`${key} ${base}`) ?? applied[0]?.at ?? 0 }];
    for (const { seq, at } of applied) if (seq > path.at(-1)!.seq) path.push({ seq, at });
    found.set(key, path);
  }
  return found;
}
