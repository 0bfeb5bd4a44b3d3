import {
  type Fault,
  fault,
  type HitList,
  type Message,
  type RoomId,
  type SearchQuery,
} from "@parley/protocol";
import { may } from "../../../core/access.ts";
import { PAGE_BYTES } from "../../read/page.ts";
import { type Plan, plans } from "../../read/search-plan.ts";
import { holds, readQuery } from "../../read/search-query.ts";
import * as read from "../../read/statements.ts";
import type { Reader } from "../../store.ts";
import type { SqliteFile } from "../engine/file.ts";

const TAKEN = "AND e.at < $3 AND e.at >= $4 AND ($5 IS NULL OR e.actor = $5)";
const candidates = (columns: string, join: string) => ({
  ofIndex:
    `${columns} search s CROSS JOIN events e ON e.row = s.rowid ${join} ` +
    `WHERE s.search MATCH $6 AND s.rowid < $1 AND s.rowid >= $2 ${TAKEN} ORDER BY s.rowid DESC`,
  ofAll: `${columns} events e ${join} WHERE e.row < $1 AND e.row >= $2 AND e.message = 1 ${TAKEN} ORDER BY e.row DESC`,
});
const CANDIDATES = candidates("SELECT e.row, e.feed_no, e.seq, NULL FROM", "");
/** The text is part of the row where it has to be checked: a statement of its own for each text costs twice as much. */
const CANDIDATES_AND_TEXT = candidates(
  "SELECT e.row, e.feed_no, e.seq, COALESCE(a.text, json_extract(e.body, '$.text')) FROM",
  "LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq",
);
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
  room(no: number): Named | undefined;
};
type CandidateHit = { readonly row: number; readonly no: number; readonly seq: number; readonly room: Named };

/** Finds messages by their words. Each search is one snapshot. */
export class SqliteSearch {
  readonly #file: SqliteFile;
  /** Milliseconds from any point. */
  readonly #clock: () => number;

  constructor(file: SqliteFile, clock: () => number) {
    this.#file = file;
    this.#clock = clock;
  }

  search(query: SearchQuery, reader: Reader): HitList | Fault {
    return this.#file.snapshot(() => {
      const scope = this.#scope(query.room, reader);
      if (!scope) return fault("no_such_room");
      const sought = readQuery(query.query);
      if (sought.length === 0 || scope.rooms?.numbers.length === 0) return { hits: [], next: null };
      const [wide, narrow] = plans(sought, scope.rooms, query.author, query.limit);
      const page = new Page(query, this.#range(query), this.#clock() + BUDGET);
      const left = this.#scan(wide, scope, page, page.below, narrow ? WIDE_COST : Number.POSITIVE_INFINITY);
      if (left !== null && narrow) this.#scan(narrow, scope, page, left, Number.POSITIVE_INFINITY);
      return this.#hits(page, reader);
    });
  }

  /** The hits of a page, as many as fit into PAGE_BYTES; the next page continues below the last one. */
  #hits({ found, next }: Page, reader: Reader): HitList {
    const hits: HitList["hits"][number][] = [];
    let size = 0;
    let last: number | null = null;
    for (const each of found) {
      const hit = this.#hit(each, reader);
      size += Buffer.byteLength(JSON.stringify(hit)) + 1;
      if (last !== null && size > PAGE_BYTES) return { hits, next: last };
      hits.push(hit);
      last = each.row;
    }
    return { hits, next };
  }

  /** Adds candidates to the page. Returns the row below which the rest is when they cost more than `most`, else null. */
  #scan({ match, check }: Plan, scope: Scope, page: Page, below: number, most: number): number | null {
    const { author = null, before = Number.MAX_SAFE_INTEGER, after = 0 } = page.query;
    const start = [below, page.from, before, after, author];
    const { ofAll, ofIndex } = check.length === 0 ? CANDIDATES : CANDIDATES_AND_TEXT;
    const rows = match === null ? this.#file.each(ofAll, start) : this.#file.each(ofIndex, [...start, match]);
    let cost = 0;
    for (const candidate of rows) {
      const [row, no, seq, text] = candidate as unknown as Candidate;
      if (cost >= most) return row + 1;
      const room = scope.room(no);
      page.endInTime(row, room !== undefined, this.#clock);
      if (page.next !== null) return null;
      cost++;
      if (!room) continue;
      cost += TEXT_COST;
      if (text !== null && !holds(text, check)) continue;
      page.add({ row, no, seq, room });
      if (page.next !== null) return null;
    }
    return null;
  }

  #hit({ no, seq, room }: CandidateHit, reader: Reader): HitList["hits"][number] {
    const [row] = this.#file.all(read.MESSAGES_FROM, [no, seq, 1]);
    if (!row) throw new Error(`The index names a message that is not there: ${no}:${seq}`);
    const message = read.toMessage(row);
    const revs = this.#file.all(read.REACTION_REVS, [no, seq, seq]);
    const hit = { room: room.id, room_name: room.name, message };
    if (revs.length === 0) return hit;
    const user = reader === "node" ? null : reader.user;
    const rows = this.#file.all(read.REACTIONS, [no, seq, seq, user]);
    return { ...hit, message: read.withReactions([message], revs, rows, user)[0] as Message };
  }

  /** Undefined when there is no such room, or the reader may not preview it. */
  #scope(room: RoomId | undefined, reader: Reader): Scope | undefined {
    if (room === undefined) return reader === "node" ? this.#everything() : this.#own(reader.user);
    const row = this.#file.get(read.ROOM, [reader === "node" ? "" : reader.user, room]);
    const seen = row && read.toRoom(row);
    if (!seen || !(reader === "node" || may("preview", seen.kind, seen.role ?? "outsider"))) return undefined;
    return this.#only([seen]);
  }

  #own(user: string): Scope {
    return this.#only(this.#file.all(read.ROOMS_OF, [user]).map(read.toRoom));
  }

  #only(rooms: readonly read.RoomRow[]): Scope {
    const byNo = new Map(rooms.map(({ no, feed, name }) => [no, { id: feed, name }]));
    const held = rooms.reduce((sum, { head, floor }) => sum + head - floor, 0);
    const share = Math.min(1, held / Math.max(1, this.#lastRow()));
    return { rooms: { numbers: [...byNo.keys()], share }, room: (no) => byNo.get(no) };
  }

  /** The messages of a deleted room are in the index until they are purged. */
  #everything(): Scope {
    const known = new Map<number, Named | undefined>();
    const room = (no: number) => {
      if (!known.has(no)) {
        const row = this.#file.get(ROOM_BY_NO, [no]) as [string, string | null] | undefined;
        known.set(no, row && { id: row[0], name: row[1] });
      }
      return known.get(no);
    };
    return { rooms: null, room };
  }

  #range({ cursor, before, after }: SearchQuery): { below: number; from: number } {
    const end = this.#lastRow() + 1;
    const below = before === undefined ? end : this.#firstSince(before + CLOCK_SLACK, end);
    const from = after === undefined ? 1 : this.#firstSince(after - CLOCK_SLACK, end);
    return { below: Math.min(below, cursor ?? end), from };
  }

  #lastRow(): number {
    return Number(this.#file.get(LAST_ROW, [])?.[0]);
  }

  /** A row that comes after all rows of an earlier time, by binary search; `end` when there is none. */
  #firstSince(time: number, end: number): number {
    let [low, high] = [1, end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [row, at] = (this.#file.get(NEXT_ROW, [middle]) ?? [end, time]) as [number, number];
      if (at < time) low = row + 1;
      else high = middle;
    }
    return low;
  }
}

type Candidate = readonly [row: number, no: number, seq: number, text: string | null];

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
