import { type Fault, isFault, LIMITS, type Message, type RoomId } from "@parley/protocol";
import type { Reader, ReadMeter, Store } from "../../store/store.ts";

/** The most bytes of text in one answer. The dialects have no pages: a client asks for what is before. */
const TAIL_BYTES = 262_144;

/** The last messages that were not deleted, oldest first, with the seq up to which that is so. */
export type Tail = { readonly messages: readonly Message[]; readonly asOf: number };

/**
 * The last `count` messages of a room below the seq `before`, deleted ones left out. The store finds them without passing
 * deleted ones, so the number of pages depends on `count` alone. Faults: no_such_room.
 */
export async function readTail(
  store: Pick<Store, "page">,
  room: RoomId,
  { count, before }: { readonly count: number; readonly before?: number },
  reader: Reader,
  meter?: ReadMeter,
): Promise<Tail | Fault> {
  const found: Message[] = [];
  let next = before;
  let asOf = -1;
  let bytes = 0;
  while (true) {
    const limit = Math.min(LIMITS.page, count - found.length);
    const where = { limit, live: true as const, ...(next === undefined ? {} : { before: next }) };
    const page = await store.page(room, where, reader, meter);
    if (isFault(page)) return page;
    if (asOf < 0) asOf = page.as_of;
    // The fan-out delivers what is above the first snapshot; a later page of the same walk lies below it.
    found.unshift(...page.messages);
    next = page.messages[0]?.seq;
    bytes += page.messages.reduce((sum, message) => sum + bytesOf(message), 0);
    // A page that ended before its limit is full of bytes, however its texts count here.
    const isFull = bytes >= TAIL_BYTES || (found.length > 0 && page.messages.length < limit);
    if (found.length >= count || isFull || !page.has_before || next === undefined) break;
  }
  return { messages: newest(found.slice(-count)), asOf };
}

/** The last of these whose texts fit into TAIL_BYTES; one large text may pass it. */
function newest(messages: readonly Message[]): readonly Message[] {
  let bytes = 0;
  for (let at = messages.length - 1; at >= 0; at--) {
    bytes += bytesOf(messages[at] as Message);
    if (bytes > TAIL_BYTES && at < messages.length - 1) return messages.slice(at + 1);
  }
  return messages;
}

/** Of its text, without the work of writing it: this runs on the thread of the sockets, for each message of a list. */
function bytesOf({ text }: Message): number {
  return Buffer.byteLength(`${text}`);
}
