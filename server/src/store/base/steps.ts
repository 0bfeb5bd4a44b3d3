/** What a column holds. Numbers are integers below 2^53, bytes are ids (compact-id.ts) and answers. */
export type Value = string | number | Uint8Array | null;
export type Row = readonly Value[];

/**
 * One statement, carried out once for each row of parameters (`$1`, `$2` … stand for the values of a row). A `find` is
 * written for one key and answers with one result for each row, undefined where there is none; a `write` answers with
 * nothing; a `change` is a write that throws when it has nothing to change; an `insert` is a write of the form `INSERT INTO
 * table (columns) VALUES ($1, $2 …)` whose rows an engine may put into one statement. An engine may carry out all rows at
 * once. After an error the whole transaction is rolled back.
 */
export type Step = {
  readonly kind: "find" | "write" | "change" | "insert";
  readonly sql: string;
  readonly rows: readonly Row[];
};
export type FoundRows = readonly (Row | undefined)[];

/**
 * The body of a transaction, written once for every engine: it yields steps and is handed what they found. SQLite drives
 * it synchronously, an engine behind a network awaits each step.
 */
export type Steps<T> = Generator<Step, T, FoundRows>;

export function find(sql: string, rows: readonly Row[]): Step {
  return { kind: "find", sql, rows };
}

export function write(sql: string, rows: readonly Row[]): Step {
  return { kind: "write", sql, rows };
}

export function insert(sql: string, rows: readonly Row[]): Step {
  return { kind: "insert", sql, rows };
}

export function change(sql: string, rows: readonly Row[]): Step {
  return { kind: "change", sql, rows };
}
