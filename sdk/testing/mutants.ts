import { type EventKind, type FeedItem, MEMBERS_JOINED, type Nonce } from "@parley/protocol";
import type { Platform } from "../src/base/platform.ts";
import { createOutbox, type Outbox, type OutboxOptions } from "../src/outbox/outbox.ts";

/** An outbox, in all but what is changed. */
function around(real: Outbox, changes: Partial<Outbox>): Outbox {
  return {
    get size() {
      return real.size;
    },
    add: (body) => real.add(body),
    addFailed: (body, failure) => real.addFailed(body, failure),
    items: (room) => real.items(room),
    find: (nonce) => real.find(nonce),
    take: (now) => real.take(now),
    nextAt: () => real.nextAt(),
    answered: (nonce) => real.answered(nonce),
    refused: (nonce, fault, now, random) => real.refused(nonce, fault, now, random),
    discard: (nonce) => real.discard(nonce),
    retry: (nonce) => real.retry(nonce),
    disconnected: () => real.disconnected(),
    ...changes,
  };
}

/** The bug: whatever is sent again gets a fresh nonce, so the server cannot know it. */
export function freshNonceOnResend(options: OutboxOptions): Outbox {
  const real = createOutbox(options);
  const sent = new Set<Nonce>();
  const own = new Map<Nonce, Nonce>();
  return around(real, {
    take: (now) =>
      real.take(now).map((item) => {
        const nonce = sent.has(item.nonce) ? options.nonces.next() : item.nonce;
        sent.add(item.nonce);
        own.set(nonce, item.nonce);
        return { ...item, nonce };
      }),
    answered: (nonce) => real.answered(own.get(nonce) ?? nonce),
    refused: (nonce, ...rest) => real.refused(own.get(nonce) ?? nonce, ...rest),
  });
}

/** The bug: when the connection breaks, the oldest command that waits is forgotten. */
export function dropsOldest(options: OutboxOptions): Outbox {
  const real = createOutbox(options);
  const rooms = new Set<string>();
  return around(real, {
    add(body) {
      rooms.add(body.room);
      return real.add(body);
    },
    disconnected() {
      real.disconnected();
      for (const room of rooms) {
        const oldest = real.items(room).find(({ state }) => state === "queued");
        if (oldest) real.discard(oldest.nonce);
      }
    },
  });
}

/** The bug: an item is stored after it was sent, so a reload in between forgets it. Here: never. */
export function keepsNothing(options: OutboxOptions): Outbox {
  return createOutbox({ ...options, storage: { keys: () => [], get: () => null, set() {}, delete() {} } });
}

/** The bug: commands that waited are sent newest first. */
export function sendsNewestFirst(options: OutboxOptions): Outbox {
  const real = createOutbox(options);
  return around(real, { take: (now) => [...real.take(now)].reverse() });
}

type SocketWrapper = (real: Platform["openSocket"]) => Platform["openSocket"];

/** The bug: events of this kind move the place and change nothing. */
export function ignoresEvents(kind: EventKind): SocketWrapper {
  return (real) => (url, protocol, listener) =>
    real(url, protocol, {
      opened: () => listener.opened(),
      message: (text) => listener.message(text.replaceAll(`"kind":"${kind}"`, '"kind":"unheard"')),
      closed: (code) => listener.closed(code),
    });
}

/** The bug: a run of joinings moves the place and is counted as one member. */
export function countsRunsAsOne(real: Platform["openSocket"]): Platform["openSocket"] {
  return (url, protocol, listener) =>
    real(url, protocol, {
      opened: () => listener.opened(),
      message: (text) => listener.message(JSON.stringify(JSON.parse(text, runAsOne))),
      closed: (code) => listener.closed(code),
    });
}

/** The last event of a run alone, and what only moves the place instead of the others. */
function runAsOne(key: string, value: unknown): unknown {
  if (key !== "events") return value;
  return (value as FeedItem[]).flatMap((item): object[] => {
    if (item.kind !== MEMBERS_JOINED) return [item];
    const below = Array.from({ length: item.seq - item.from }, (_, index) => ({
      ...item,
      seq: item.from + index,
      kind: "unheard",
    }));
    return [...below, { ...item, from: item.seq }];
  });
}

/** The bug: read positions never arrive. One that is said only once is rarely seen: the next own message is a position, too. */
export function losesReads(real: Platform["openSocket"]): Platform["openSocket"] {
  return (url, protocol, listener) => {
    const socket = real(url, protocol, listener);
    return {
      send(text) {
        if (!text.startsWith('{"type":"read"')) socket.send(text);
      },
      close: (code) => socket.close(code),
    };
  };
}
