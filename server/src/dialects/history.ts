import { type Fault, isFault, LIMITS, type Message, type RoomId } from "@parley/protocol";
import type { Reader, Store } from "../store/store.ts";

/** The last messages that were not deleted, oldest first, with the seq up to which that is so. */
export type Tail = { readonly messages: readonly Message[]; readonly asOf: number };

/**
 * The last `count` messages of a room below the seq `before`, deleted ones left out. The store finds them without passing
 * deleted ones, so the number of pages depends on `count` alone. Faults: no_such_room.
 */
export async function tailOf(
  store: Pick<Store, "page">,
  room: RoomId,
  { count, before }: { readonly count: number; readonly before?: number },
  reader: Reader,
): Promise<Tail | Fault> {
  const found: Message[] = [];
  let next = before;
  let asOf = -1;
  while (true) {
    const limit = Math.min(LIMITS.page, count - found.length);
    const where = { limit, live: true as const, ...(next === undefined ? {} : { before: next }) };
    const page = await store.page(room, where, reader);
    if (isFault(page)) return page;
    if (asOf < 0) asOf = page.as_of;
    // The fan-out delivers what is above the first snapshot; a later page of the same walk lies below it.
    found.unshift(...page.messages);
    next = page.messages[0]?.seq;
    if (found.length >= count || !page.has_before || next === undefined) break;
  }
  return { messages: found, asOf };
}
