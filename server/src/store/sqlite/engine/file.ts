import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { FoundRows, Row, Step, Steps, Value } from "../../base/steps.ts";
import type { Ask, Asked, Reads } from "../../read/asks.ts";
import { withQuota } from "../quota.ts";

/** How long a connection waits for another one's lock. Milliseconds. */
export const BUSY_MS = 5_000;
const NOTHING: FoundRows = [];
/** Rows of one INSERT. It saves about 0.04 us a value; more rows save no more. */
const BLOCK = 16;

/** One connection to a SQLite file, with its prepared statements. */
export class SqliteFile {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  /** Of inserts, for BLOCK rows. */
  readonly #blocks = new Map<string, StatementSync>();

  constructor(path: string, options: { readonly readOnly?: boolean } = {}) {
    this.#path = path;
    this.#database = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
  }

  /** Carries out SQL that returns nothing. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** The first value of a pragma's answer. */
  pragma(text: string): unknown {
    return this.all(`PRAGMA ${text}`, [])[0]?.[0];
  }

  get(sql: string, row: Row): Row | undefined {
    return this.#prepared(sql).get(...row) as Row | undefined;
  }

  all(sql: string, row: Row): Row[] {
    return this.#prepared(sql).all(...row) as unknown as Row[];
  }

  /** Row by row, as they are asked for: what is not looked at costs nothing. To be read in one snapshot. */
  each(sql: string, row: Row): IterableIterator<Row> {
    return this.#prepared(sql).iterate(...row) as unknown as IterableIterator<Row>;
  }

  /** Runs `body` on one snapshot: what it reads belongs together. */
  snapshot<T>(body: () => T): T {
    this.#prepared("BEGIN").run();
    try {
      return body();
    } finally {
      this.#prepared("COMMIT").run();
    }
  }

  /** Runs the body of a read on one snapshot. */
  read<T>(reads: Reads<T>): T {
    return this.snapshot(() => this.readOne(reads));
  }

  /** The same for a read of one statement, which is a snapshot by itself. */
  readOne<T>(reads: Reads<T>): T {
    let turn = reads.next([]);
    while (!turn.done) {
      const { value } = turn;
      turn = reads.next(Array.isArray(value) ? this.#askAll(value) : this.#ask(value as Ask));
    }
    return turn.value;
  }

  /** Runs the body of a transaction from BEGIN to COMMIT; nothing of it stays when it throws, or when `keep` says no. */
  transaction<T>(steps: Steps<T>, keep: (result: T) => boolean = () => true): T {
    this.#prepared("BEGIN IMMEDIATE").run();
    try {
      const result = this.#drive(steps);
      this.#prepared(keep(result) ? "COMMIT" : "ROLLBACK").run();
      return result;
    } catch (error) {
      this.#rollback();
      throw withQuota(error, this.#path);
    }
  }

  /** Carries the log into the database: what SQLite answers. */
  checkpoint(how: "NOOP" | "PASSIVE" | "TRUNCATE"): readonly [busy: number, inLog: number, carried: number] {
    try {
      const [row] = this.all(`PRAGMA wal_checkpoint(${how})`, []);
      return row as unknown as [number, number, number];
    } catch (error) {
      throw withQuota(error, this.#path);
    }
  }

  close(): void {
    this.#statements.clear();
    this.#blocks.clear();
    this.#database.close();
  }

  #askAll(asks: readonly Ask[]): Asked[] {
    const answers: Asked[] = [];
    for (const ask of asks) answers.push(this.#ask(ask));
    return answers;
  }

  #ask(ask: Ask): Asked {
    switch (ask.kind) {
      case "first": {
        const statement = this.#prepared(ask.sql);
        const found: (Row | undefined)[] = [];
        for (const row of ask.rows) found.push(statement.get(...row) as Row | undefined);
        return found;
      }
      case "all": {
        const statement = this.#prepared(ask.sql);
        const found: Row[][] = [];
        for (const row of ask.rows) found.push(statement.all(...row) as unknown as Row[]);
        return found;
      }
      case "take":
        for (const row of this.each(ask.sql, ask.row)) if (!ask.take(row)) break;
        return NOTHING;
    }
  }

  #drive<T>(steps: Steps<T>): T {
    let turn = steps.next(NOTHING);
    while (!turn.done) turn = steps.next(this.#answer(turn.value));
    return turn.value;
  }

  #answer(step: Step | readonly Step[]): FoundRows {
    if ("kind" in step) return this.#perform(step);
    return step.length === 1 ? this.#perform(step[0] as Step) : step.flatMap((each) => this.#perform(each));
  }

  #perform({ kind, sql, rows }: Step): FoundRows {
    const statement = this.#prepared(sql);
    switch (kind) {
      case "find":
      case "lock": // One writer at a time: the transaction holds the whole file.
        return rows.map((row) => statement.get(...row) as Row | undefined);
      case "write":
        for (const row of rows) statement.run(...row);
        return NOTHING;
      case "insert":
        this.#insert(sql, rows, statement);
        return NOTHING;
      case "change":
        for (const row of rows) {
          if (statement.run(...row).changes === 0) throw new Error(`Nothing to change: ${sql}`);
        }
        return NOTHING;
    }
  }

  #insert(sql: string, rows: readonly Row[], single: StatementSync): void {
    let from = 0;
    if (rows.length >= BLOCK) {
      const block = this.#prepared(sql, asBlock);
      for (; from + BLOCK <= rows.length; from += BLOCK) {
        const values: Value[] = [];
        for (let i = from; i < from + BLOCK; i++) for (const value of rows[i] as Row) values.push(value);
        block.run(...values);
      }
    }
    for (; from < rows.length; from++) single.run(...(rows[from] as Row));
  }

  /** After some errors SQLite has rolled back by itself, and says so with an error that means nothing. */
  #rollback(): void {
    try {
      this.#prepared("ROLLBACK").run();
    } catch {}
  }

  #prepared(sql: string, form: (sql: string) => string = asSingle): StatementSync {
    const statements = form === asSingle ? this.#statements : this.#blocks;
    let statement = statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(form(sql));
      statement.setReturnArrays(true);
      statements.set(sql, statement);
    }
    return statement;
  }
}

function asSingle(sql: string): string {
  return sql.replace(/\$(\d)/g, "?$1");
}

/**
 * The same INSERT for BLOCK rows. With OR FAIL, SQLite keeps no copy of the pages to undo the statement alone: an error
 * rolls the transaction back.
 */
function asBlock(sql: string): string {
  const [into, row] = sql.split(" VALUES ") as [string, string];
  const one = row.replace(/\$\d+/g, "?");
  return `${into.replace("INSERT INTO", "INSERT OR FAIL INTO")} VALUES ${Array(BLOCK).fill(one).join(", ")}`;
}
