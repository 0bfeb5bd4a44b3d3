import { type Fault, fault, type UserId } from "@parley/protocol";
import type { Command } from "../core/command.ts";
import type { Store, Verdict } from "./store.ts";

/**
 * Bytes that a command counts besides its text, for its event, its nonce and their indexes. A message of 60 characters takes
 * 368 bytes in all (`bun bench/micro/stored-bytes.bench.ts`); the log on the disk takes more for a moment.
 */
const OVERHEAD = 512;
const DAY = 86_400_000;
/** Users whose use is kept in memory. The one with the oldest write is dropped first. */
const USERS = 50_000;

export type WriteLimits = {
  /** Bytes that one user may write a day; 0 lifts it. */
  readonly bytesPerDay: number;
  /** Whether less than the reserve of the disk is free. */
  readonly isDiskLow: () => boolean;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
};

/**
 * The same store, which rejects writes above the daily quota of a user, and all writes while the disk is low; reads go on.
 * No rejection is final: the client keeps the nonce and sends the command again. Later commands of the author to that room
 * are held behind a rejected one (P5).
 */
export function limitWrites(store: Store, { bytesPerDay, isDiskLow, now }: WriteLimits): Store {
  const quota = bytesPerDay > 0 ? new ByteQuota(bytesPerDay) : null;
  return {
    ...store,
    async commit(commands) {
      if (commands.length === 0) return store.commit(commands);
      if (isDiskLow()) return { verdicts: commands.map(() => fault("storage")), feeds: [] };
      const refusals = quota && refuse(commands, quota, now());
      if (!refusals || refusals.size === 0) return store.commit(commands);
      const taken = commands.filter((_, index) => !refusals.has(index));
      const committed = await store.commit(taken);
      let next = 0;
      const verdicts = commands.map(
        (_, index): Verdict => refusals.get(index) ?? (committed.verdicts[next++] as Verdict),
      );
      return { verdicts, feeds: committed.feeds };
    },
    async signIn(requests) {
      return isDiskLow() ? requests.map(() => fault("storage")) : store.signIn(requests);
    },
  };
}

/** The faults of rejected commands, by index in the batch. */
function refuse(commands: readonly Command[], quota: ByteQuota, now: number): Map<number, Fault> {
  const refused = new Map<number, Fault>();
  const held = new Set<string>();
  for (const [index, { actor, body }] of commands.entries()) {
    // A walk-in has an id for one connection only, and its address is not known here.
    if (actor.walk_in) continue;
    const order = `${actor.id} ${body.room}`;
    if (held.has(order)) {
      refused.set(index, fault("held"));
      continue;
    }
    const bytes = OVERHEAD + ("text" in body ? Buffer.byteLength(body.text) : 0);
    const wait = quota.take(actor.id, bytes, now);
    if (wait === 0) continue;
    refused.set(index, fault("rate_limited", "You have written as much as a user may in a day.", wait));
    held.add(order);
  }
  return refused;
}

/** The bytes that each user may still write. The quota refills over a day. */
export class ByteQuota {
  readonly #most: number;
  readonly #users = new Map<UserId, { left: number; at: number }>();

  /** `most` is in bytes a day. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes so many bytes. Returns 0, or in how many milliseconds there are as many. `now` in milliseconds. */
  take(user: UserId, bytes: number, now: number): number {
    const known = this.#users.get(user);
    const rate = this.#most / DAY;
    const left = known ? Math.min(this.#most, known.left + Math.max(0, now - known.at) * rate) : this.#most;
    const wanted = Math.min(bytes, this.#most);
    const fits = left >= wanted;
    this.#users.delete(user);
    this.#users.set(user, { left: fits ? left - wanted : left, at: now });
    if (this.#users.size > USERS) {
      const [oldest] = this.#users.keys();
      if (oldest !== undefined) this.#users.delete(oldest);
    }
    // One millisecond more, so that rounding never leaves it short.
    return fits ? 0 : Math.ceil((wanted - left) / rate) + 1;
  }
}
