import {
  type Fault,
  fault,
  type HitList,
  type Message,
  type RoomId,
  type SearchQuery,
} from "@parley/protocol";
import type { Row } from "../base/steps.ts";
import type { Reader } from "../store.ts";
import { all, allOf, first, firstOf, type Reads } from "./asks.ts";
import { PAGE_BYTES } from "./page.ts";
import { previewed } from "./rooms.ts";
import { type Match, type Plan, plans } from "./search-plan.ts";
import { holds, readQuery } from "./search-query.ts";
import * as read from "./statements.ts";

const NEXT_ROW = "SELECT row, at FROM events WHERE row >= $1 ORDER BY row LIMIT 1";
const LAST_ROW = "SELECT COALESCE(MAX(row), 0) FROM events";
const ROOM_BY_NO =
  "SELECT f.feed, r.name FROM rooms r JOIN feeds f ON f.no = r.room_no WHERE r.room_no = $1 AND r.state <> 'deleted'";

/** Milliseconds of work after which a page ends. */
const BUDGET = 150;
/** The precision, in rows, of a cursor that points to messages which the reader may not see. */
const BLOCK = 16_384;
/** The budget of the wide plan before the narrow one is tried: a candidate costs 1, and more if its text is read. */
const WIDE_COST = 2_048;
const TEXT_COST = 4;
/**
 * Rows are in the order of storing, and their times are those of the clock: the two differ by up to this many milliseconds
 * when the clock was set by half of that.
 */
const CLOCK_SLACK = 2 * 3_600_000;

type Named = { readonly id: RoomId; readonly name: string | null };
/** The rooms that the reader may search, by number, and how many of all events they hold. */
type Scope = {
  readonly rooms: { readonly numbers: readonly number[]; readonly share: number } | null;
  readonly known: Map<number, Named | undefined>;
};
type CandidateHit = { readonly row: number; readonly no: number; readonly seq: number; readonly room: Named };

/** Where candidates are: below a row and not below another, between two times, of an author. */
export type Range = {
  readonly below: number;
  readonly from: number;
  readonly before: number;
  readonly after: number;
  readonly author: string | null;
};

/** What differs between engines: how messages are found in the index. */
export interface SearchIndex {
  /**
   * Hands over the messages that match (null: all), the newest first, until `each` returns false. A row holds the number of
   * the message, its feed and its seq, and with `texts` its body and the text after edits (null: not edited).
   */
  candidates(match: Match | null, range: Range, texts: boolean, each: (row: Row) => boolean): Reads<void>;
}

/** Finds messages by their words. `clock` is in milliseconds from any point. */
export function* search(
  index: SearchIndex,
  clock: () => number,
  query: SearchQuery,
  reader: Reader,
): Reads<HitList | Fault> {
  const scope = yield* scopeOf(query.room, reader);
  if (!scope) return fault("no_such_room");
  const sought = readQuery(query.query);
  if (sought.length === 0 || scope.rooms?.numbers.length === 0) return { hits: [], next: null };
  const [wide, narrow] = plans(sought, scope.rooms, query.author, query.limit);
  const page = new Page(query, yield* rangeOf(query), clock() + BUDGET);
  const scan = new Scan(index, scope, page, clock);
  const left = yield* scan.run(wide, page.below, narrow ? WIDE_COST : Number.POSITIVE_INFINITY);
  if (left !== null && narrow) yield* scan.run(narrow, left, Number.POSITIVE_INFINITY);
  return yield* hitsOf(page, reader);
}

class Scan {
  readonly #index: SearchIndex;
  readonly #scope: Scope;
  readonly #page: Page;
  readonly #clock: () => number;

  constructor(index: SearchIndex, scope: Scope, page: Page, clock: () => number) {
    this.#index = index;
    this.#scope = scope;
    this.#page = page;
    this.#clock = clock;
  }

  /** Adds candidates to the page. Returns the row below which the rest is when they cost more than `most`, else null. */
  *run({ match, check }: Plan, below: number, most: number): Reads<number | null> {
    const page = this.#page;
    const { author = null, before = Number.MAX_SAFE_INTEGER, after = 0 } = page.query;
    const texts = check.length > 0;
    let cost = 0;
    let left: number | null = null;
    /** A room that has to be looked up before the scan goes on at `from`. */
    let unknown: number | null = null;
    let from = below;
    const take = (candidate: Row): boolean => {
      const [row, no, seq, body, text] = candidate as unknown as Candidate;
      if (cost >= most) {
        left = row + 1;
        return false;
      }
      if (this.#scope.rooms === null && !this.#scope.known.has(no)) {
        unknown = no;
        from = row + 1;
        return false;
      }
      const room = this.#scope.known.get(no);
      page.endInTime(row, room !== undefined, this.#clock);
      if (page.next !== null) return false;
      cost++;
      if (!room) return true;
      cost += TEXT_COST;
      if (texts && !holds(text ?? textOf(body), check)) return true;
      page.add({ row, no, seq, room });
      return page.next === null;
    };
    do {
      unknown = null;
      const range = { below: from, from: page.from, before, after, author };
      yield* this.#index.candidates(match, range, texts, take);
      if (unknown !== null) yield* learnRoom(this.#scope, unknown);
    } while (unknown !== null);
    return left;
  }
}

function textOf(body: string): string {
  return (JSON.parse(body) as { readonly text: string }).text;
}

/** The messages of a deleted room are in the index until they are purged. */
function* learnRoom({ known }: Scope, no: number): Reads<void> {
  const row = (yield* first(ROOM_BY_NO, [no])) as [string, string | null] | undefined;
  known.set(no, row && { id: row[0], name: row[1] });
}

/** The hits of a page, as many as fit into PAGE_BYTES; the next page continues below the last one. */
function* hitsOf({ found, next }: Page, reader: Reader): Reads<HitList> {
  const rows = yield* firstOf(
    read.MESSAGES_FROM,
    found.map(({ no, seq }) => [no, seq, 1]),
  );
  const places = found.map(({ no, seq }): Row => [no, seq, seq]);
  const revs = yield* allOf(read.REACTION_REVS, places);
  const user = reader === "node" ? null : reader.user;
  const reacted = places.flatMap((place, i) => (revs[i]?.length ? [[...place, user]] : []));
  const reactions = yield* allOf(read.REACTIONS, reacted);
  let reactedAt = 0;
  const hits: HitList["hits"][number][] = [];
  let size = 0;
  let last: number | null = null;
  for (const [i, { row, no, seq, room }] of found.entries()) {
    const stored = rows[i];
    if (!stored) throw new Error(`The index names a message that is not there: ${no}:${seq}`);
    let message = read.toMessage(stored);
    const changes = revs[i] ?? [];
    if (changes.length > 0)
      message = read.withReactions([message], changes, reactions[reactedAt++] ?? [], user)[0] as Message;
    const hit = { room: room.id, room_name: room.name, message };
    size += Buffer.byteLength(JSON.stringify(hit)) + 1;
    if (last !== null && size > PAGE_BYTES) return { hits, next: last };
    hits.push(hit);
    last = row;
  }
  return { hits, next };
}

/** Undefined when there is no such room, or the reader may not preview it. */
function* scopeOf(room: RoomId | undefined, reader: Reader): Reads<Scope | undefined> {
  if (room !== undefined) {
    const seen = yield* previewed(room, reader);
    return seen && (yield* only([seen]));
  }
  if (reader === "node") return { rooms: null, known: new Map() };
  return yield* only((yield* all(read.ROOMS_OF, [reader.user])).map(read.toRoom));
}

function* only(rooms: readonly read.RoomRow[]): Reads<Scope> {
  const known = new Map(rooms.map(({ no, feed, name }) => [no, { id: feed, name }]));
  const held = rooms.reduce((sum, { head, floor }) => sum + head - floor, 0);
  const share = Math.min(1, held / Math.max(1, yield* lastRow()));
  return { rooms: { numbers: [...known.keys()], share }, known };
}

function* rangeOf({ cursor, before, after }: SearchQuery): Reads<{ below: number; from: number }> {
  const end = (yield* lastRow()) + 1;
  const below = before === undefined ? end : yield* firstSince(before + CLOCK_SLACK, end);
  const from = after === undefined ? 1 : yield* firstSince(after - CLOCK_SLACK, end);
  return { below: Math.min(below, cursor ?? end), from };
}

function* lastRow(): Reads<number> {
  return Number((yield* first(LAST_ROW, []))?.[0]);
}

/** A row that comes after all rows of an earlier time, by binary search; `end` when there is none. */
function* firstSince(time: number, end: number): Reads<number> {
  let [low, high] = [1, end];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row, at] = ((yield* first(NEXT_ROW, [middle])) ?? [end, time]) as [number, number];
    if (at < time) low = row + 1;
    else high = middle;
  }
  return low;
}

type Candidate = readonly [row: number, no: number, seq: number, body: string, text: string | null];

/** A page of hits that is being filled, with its size and time. */
class Page {
  readonly query: SearchQuery;
  /** Its candidates are below this row and not below `from`. */
  readonly below: number;
  readonly from: number;
  readonly found: CandidateHit[] = [];
  /** The cursor of the next page. */
  next: number | null = null;
  readonly #deadline: number;
  #looked = 0;

  constructor(
    query: SearchQuery,
    range: { readonly below: number; readonly from: number },
    deadline: number,
  ) {
    this.query = query;
    this.below = range.below;
    this.from = range.from;
    this.#deadline = deadline;
  }

  /** Adds a hit, or ends the page below the last one when it is full. */
  add(hit: CandidateHit): void {
    if (this.found.length < this.query.limit) this.found.push(hit);
    else this.next = this.#last ?? null;
  }

  /**
   * Ends the page at a candidate that was not checked yet, if the time is up. The cursor names its row if the reader may see
   * it, and otherwise only the block, so that a cursor never reveals which rows of other rooms hold a word.
   */
  endInTime(row: number, known: boolean, clock: () => number): void {
    if (this.#looked++ === 0 || clock() < this.#deadline) return;
    const cursor = known ? row + 1 : Math.min(Math.ceil((row + 1) / BLOCK) * BLOCK, this.#last ?? this.below);
    if (cursor < this.below) this.next = cursor;
  }

  get #last(): number | undefined {
    return this.found.at(-1)?.row;
  }
}
