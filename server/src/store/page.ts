import type { Message } from "@parley/protocol";
import type { Where } from "./store.ts";

/** Reads messages below a seq or from it on, the nearest first, at most `limit`. */
type Read = (seq: number, limit: number) => Message[];

type Cut = { readonly messages: Message[]; readonly before: boolean; readonly after: boolean };

/** Cuts a page out of a room's messages, oldest first, and says whether there is more on either side. */
export function pageOf(where: Where, below: Read, from: Read): Cut {
  const { limit } = where;
  if (where.after !== undefined) {
    const found = from(where.after + 1, limit + 1);
    return {
      messages: found.slice(0, limit),
      before: below(where.after + 1, 1).length > 0,
      after: found.length > limit,
    };
  }
  if (where.around !== undefined) return around(where.around, limit, below, from);
  const found = below(where.before ?? Number.MAX_SAFE_INTEGER, limit + 1);
  return {
    messages: found.slice(0, limit).reverse(),
    before: found.length > limit,
    after: where.before !== undefined && from(where.before, 1).length > 0,
  };
}

/** Half on each side of `seq`, which belongs to the later half; what one side lacks the other fills. */
function around(seq: number, limit: number, below: Read, from: Read): Cut {
  const older = below(seq, limit + 1);
  const newer = from(seq, limit + 1);
  const half = Math.floor(limit / 2);
  const takeNewer = Math.min(newer.length, Math.max(limit - half, limit - older.length));
  const takeOlder = Math.min(older.length, limit - takeNewer);
  return {
    messages: [...older.slice(0, takeOlder).reverse(), ...newer.slice(0, takeNewer)],
    before: older.length > takeOlder,
    after: newer.length > takeNewer,
  };
}
