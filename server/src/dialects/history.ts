import { type Fault, isFault, LIMITS, type Message, type RoomId } from "@parley/protocol";
import type { Reader, Store } from "../store/store.ts";

/** Pages that are looked at: beyond so many deleted messages in a row nothing is looked for. */
const MOST_PAGES = 100;

/** The last messages that were not deleted, oldest first, with the seq up to which that is so. */
export type Tail = { readonly messages: readonly Message[]; readonly asOf: number };

/** The last `count` messages of a room below the seq `before`. Faults: no_such_room. */
export async function tailOf(
  store: Pick<Store, "page">,
  room: RoomId,
  { count, before }: { readonly count: number; readonly before?: number },
  reader: Reader,
): Promise<Tail | Fault> {
  const found: Message[] = [];
  let next = before;
  let asOf = -1;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const limit = pages === 0 ? Math.min(LIMITS.page, count) : LIMITS.page;
    const page = await store.page(room, { limit, ...(next === undefined ? {} : { before: next }) }, reader);
    if (isFault(page)) return page;
    if (asOf < 0) asOf = page.as_of;
    found.unshift(...page.messages.filter(({ deleted }) => !deleted));
    next = page.messages[0]?.seq;
    if (found.length >= count || !page.has_before || next === undefined) break;
  }
  return { messages: found.slice(-count), asOf };
}
