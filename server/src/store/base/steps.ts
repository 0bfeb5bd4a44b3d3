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
export type Step =
  | {
      readonly kind: "find" | "write" | "change" | "insert";
      readonly sql: string;
      readonly rows: readonly Row[];
    }
  | Lock;

/**
 * Locks the rows that it finds until the end of the transaction, in the order of `rows`, and answers as a find does. It is
 * the first step of a batch. An engine that has a clock and numbers of its own fetches both in the same round trip: the time
 * after it waited for the locks, and numbers for `events` rows, the most that the batch appends.
 */
export type Lock = {
  readonly kind: "lock";
  readonly sql: string;
  readonly rows: readonly Row[];
  readonly events: number;
};
export type FoundRows = readonly (Row | undefined)[];

/**
 * The body of a transaction, written once for every engine: it yields steps and is handed what they found. A list of steps
 * is carried out in its order and answered with the rows of its finds, one find after the other: none depends on the
 * answer of another, so that an engine behind a network sends the list in one round trip. SQLite drives a body
 * synchronously, an engine behind a network awaits each yield and may keep writes back until it asks something.
 */
export type Steps<T> = Generator<Step | readonly Step[], T, FoundRows>;

/** A step of a list, with what the body does with its answer. */
export type Lookup = { readonly step: Step; readonly take?: (found: FoundRows) => void };

/** Carries out steps in one list. */
export function* together(lookups: readonly Lookup[]): Steps<void> {
  if (lookups.length === 0) return;
  const found = yield lookups.map(({ step }) => step);
  let from = 0;
  for (const { step, take } of lookups) {
    const to = isAnswered(step) ? from + step.rows.length : from;
    take?.(found.slice(from, to));
    from = to;
  }
}

export function find(sql: string, rows: readonly Row[]): Step {
  return { kind: "find", sql, rows };
}

export function lock(sql: string, rows: readonly Row[], events: number): Lock {
  return { kind: "lock", sql, rows, events };
}

/** Whether a step is answered with rows: one result for each row of parameters. */
export function isAnswered({ kind }: Step): boolean {
  return kind === "find" || kind === "lock";
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
