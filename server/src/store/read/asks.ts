import type { FoundRows, Row } from "../base/steps.ts";

/**
 * What a read asks of the store. `first` is written for one key and answers with one row for each row of parameters; `all`
 * answers with all rows of each. `take` hands rows over in order until `take` returns false: an engine reads few of those
 * behind, so that what an answer costs does not grow with what is stored.
 */
export type Ask =
  | { readonly kind: "first" | "all"; readonly sql: string; readonly rows: readonly Row[] }
  | {
      readonly kind: "take";
      readonly sql: string;
      readonly row: Row;
      readonly take: (row: Row) => boolean;
    };

/** The answer to an ask: `FoundRows` to `first`, a list of rows for each row to `all`, nothing to `take`. */
export type Asked = FoundRows | readonly (readonly Row[])[];

/**
 * The body of a read, written once for every engine. It yields asks, or several that do not depend on each other, which an
 * engine behind a network sends together. All of it is one snapshot.
 */
export type Reads<T> = Generator<Ask | readonly Ask[], T, Asked | readonly Asked[]>;

/** The first row for each key. */
export function* firstOf(sql: string, rows: readonly Row[]): Reads<FoundRows> {
  if (rows.length === 0) return [];
  return (yield { kind: "first", sql, rows }) as FoundRows;
}

export function* first(sql: string, row: Row): Reads<Row | undefined> {
  return ((yield { kind: "first", sql, rows: [row] }) as FoundRows)[0];
}

/** All rows for each key. */
export function* allOf(sql: string, rows: readonly Row[]): Reads<readonly (readonly Row[])[]> {
  if (rows.length === 0) return [];
  return (yield { kind: "all", sql, rows }) as readonly (readonly Row[])[];
}

export function* all(sql: string, row: Row): Reads<readonly Row[]> {
  return ((yield { kind: "all", sql, rows: [row] }) as readonly (readonly Row[])[])[0] ?? [];
}

export function* take(sql: string, row: Row, each: (row: Row) => boolean): Reads<void> {
  yield { kind: "take", sql, row, take: each };
}

/** The first rows of several keys, of several statements, asked together. */
export function* firstsOf(
  asks: readonly { readonly sql: string; readonly rows: readonly Row[] }[],
): Reads<readonly FoundRows[]> {
  const sent = asks.filter(({ rows }) => rows.length > 0);
  if (sent.length === 0) return asks.map(() => []);
  const found = (yield sent.map((ask) => ({ kind: "first" as const, ...ask }))) as readonly FoundRows[];
  let at = 0;
  return asks.map(({ rows }) => (rows.length === 0 ? [] : (found[at++] as FoundRows)));
}
