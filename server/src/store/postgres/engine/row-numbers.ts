import type { Answer, Query } from "../wire/connection.ts";

/**
 * The numbers of rows, from a sequence that all writers share, and the time of the database: both come with the answer to
 * the locks. Numbers that a batch does not use are lost.
 */
const NUMBERS_AND_TIME =
  "SELECT min(no), CASE WHEN max(no) - min(no) + 1 = count(*) THEN NULL ELSE array_agg(no) END, " +
  "(extract(epoch FROM clock_timestamp()) * 1000)::bigint " +
  "FROM (SELECT nextval('event_rows') AS no FROM generate_series(1, $1)) AS numbers";

export class RowNumbers {
  #next = 0;
  /** The numbers in reverse when others took some between them. */
  #list: number[] | null = null;
  #left = 0;

  /** Milliseconds UTC, as the database had it when the feeds were locked. */
  now = 0;

  query(events: number): Query {
    this.#left = events;
    return { text: NUMBERS_AND_TIME, values: [String(events)] };
  }

  answered({ rows }: Answer): void {
    const [first, list, now] = rows[0] as unknown as [number, number[] | null, number];
    this.#next = first;
    this.#list = list === null ? null : list.sort((one, other) => other - one);
    this.now = now;
  }

  next(): number {
    if (this.#left-- <= 0) throw new Error("A batch makes more events than its commands may");
    return this.#list ? (this.#list.pop() as number) : this.#next++;
  }
}
