import { type FoundRows, isAnswered, type Row, type Step, type Steps } from "../../base/steps.ts";
import { BY_HAND, lockText } from "../statements/by-hand.ts";
import { type SetWise, setWise } from "../statements/set-wise.ts";
import { ParameterTypes } from "../statements/types.ts";
import type { Answer, Connection, Query } from "../wire/connection.ts";
import { arrayOf, scalarOf } from "../wire/values.ts";

/** A statement as it goes out: the text for all rows, and the types of its parameters. */
type Compiled = SetWise & { readonly types: readonly string[] };

const compiled = new Map<string, Compiled>();
const parameterTypes = new ParameterTypes();

export type TransactionOptions<T> = {
  /** What goes out with the locks of a batch: numbers for so many rows, and the time of the database. */
  readonly onLock?: {
    query(events: number): Query;
    answered(answer: Answer): void;
  };
  /** False rolls back. */
  readonly keep?: (result: T) => boolean;
  /** Statements that go out with COMMIT. */
  readonly last?: (result: T) => readonly Query[];
};

/** An error after COMMIT was sent and before it was answered: the transaction may have taken effect. */
export class OutcomeUnknown extends Error {
  override name = "OutcomeUnknown";
}

const BEGIN: Query = { text: "BEGIN", unnamed: true };
const COMMIT: Query = { text: "COMMIT", unnamed: true };
const ROLLBACK: Query = { text: "ROLLBACK", unnamed: true };

/**
 * Drives the body of a transaction over a connection in few round trips: writes wait until something is to be found, and go
 * out with it, and the last ones with COMMIT.
 *
 * @throws OutcomeUnknown, and the error of the first statement that failed; then nothing of the transaction stays.
 */
export async function transaction<T>(
  connection: Connection,
  steps: Steps<T>,
  { onLock, keep = () => true, last = () => [] }: TransactionOptions<T> = {},
): Promise<T> {
  const queue: Query[] = [BEGIN];
  const flush: Flush = async () => {
    const all = [...queue];
    queue.length = 0;
    return connection.pipeline(all);
  };
  let result: T;
  try {
    let turn = steps.next([]);
    while (!turn.done) turn = steps.next(await perform(connection, turn.value, { queue, flush, onLock }));
    result = turn.value;
    if (!keep(result)) {
      await rollback(connection, queue);
      return result;
    }
  } catch (error) {
    await rollback(connection, queue);
    throw error;
  }
  await commit(connection, [...queue, ...last(result)]);
  return result;
}

async function commit(connection: Connection, queue: readonly Query[]): Promise<void> {
  let answers: readonly Answer[];
  try {
    answers = await connection.pipeline([...queue, COMMIT]);
  } catch (error) {
    if (connection.isLost) throw new OutcomeUnknown("The connection was lost at COMMIT", { cause: error });
    // After an error in the pipeline COMMIT was answered with ROLLBACK: the connection is clean.
    throw error;
  }
  // A server that rolls back says so only here.
  const tag = answers.at(-1)?.tag;
  if (tag !== "COMMIT") throw new Error(`COMMIT was answered with ${tag}`);
}

async function rollback(connection: Connection, queue: readonly Query[]): Promise<void> {
  // Nothing was sent yet.
  if (queue[0] === BEGIN || connection.isLost) return;
  try {
    await connection.pipeline([ROLLBACK]);
  } catch {
    connection.destroy();
  }
}

/** Sends what waits; answers to all of it. */
type Flush = () => Promise<readonly Answer[]>;

type Flow = {
  readonly queue: Query[];
  readonly flush: Flush;
  readonly onLock: TransactionOptions<unknown>["onLock"];
};

async function perform(
  connection: Connection,
  steps: Step | readonly Step[],
  { queue, flush, onLock }: Flow,
): Promise<FoundRows> {
  const finds: { readonly step: Step; readonly statement: Compiled | null; readonly at: number }[] = [];
  let locked = 0;
  for (const step of "kind" in steps ? [steps] : steps) {
    let statement: Compiled | null = null;
    if (!isPlain(step)) {
      // Asked once a process. A statement that waits may make the table that this one names.
      if (!compiled.has(keyOf(step)) && queue.length > 0 && finds.length === 0) await flush();
      statement = compiled.get(keyOf(step)) ?? (await compile(step, connection));
    }
    if (isAnswered(step)) finds.push({ step, statement, at: queue.length });
    queue.push(statement ? bind(statement, step) : plain(step));
    // Behind the lock: its time is one at which the feeds are locked.
    if (step.kind === "lock" && onLock) {
      locked = queue.length;
      queue.push(onLock.query(step.events));
    }
  }
  if (finds.length === 0) return [];
  const answers = await flush();
  if (locked > 0) onLock?.answered(answers[locked] as Answer);
  return finds.flatMap(({ step, statement, at }) => {
    const { rows } = answers[at] as Answer;
    return statement ? inOrder(statement, step.rows, rows) : [rows[0]];
  });
}

/** Whether the text for one row will do: there is one row, and the other text says no more. */
function isPlain({ kind, sql, rows }: Step): boolean {
  if (kind === "lock" || BY_HAND.has(sql)) return false;
  if (!sql.includes("$1")) return true;
  return kind !== "change" && rows.length === 1;
}

function plain({ sql, rows }: Step): Query {
  return { text: sql, values: (rows[0] ?? []).map(scalarOf) };
}

async function compile(step: Step, connection: Connection): Promise<Compiled> {
  const { kind, sql } = step;
  const hand = kind === "lock" ? { text: lockText(sql), types: ["text"] } : BY_HAND.get(sql);
  const types = hand?.types ?? (await parameterTypes.of(sql, connection));
  const made: Compiled = hand ? { ...hand, key: "number" } : { ...setWise(kind, sql, types), types };
  compiled.set(keyOf(step), made);
  return made;
}

function keyOf({ kind, sql }: Step): string {
  return kind === "insert" ? `write ${sql}` : `${kind} ${sql}`;
}

function bind({ text, types }: Compiled, { rows }: Step): Query {
  return { text, values: types.map((type, column) => arrayOf(type, rows, column)) };
}

/** The rows of a result in the order of the rows that were asked for. */
function inOrder({ key }: Compiled, asked: readonly Row[], rows: readonly Row[]): FoundRows {
  const found: (Row | undefined)[] = new Array(asked.length).fill(undefined);
  if (key === "number") {
    for (const row of rows) found[(row[0] as number) - 1] ??= row.slice(1);
    return found;
  }
  const byKey = new Map(rows.map((row) => [valuesKey(row.slice(0, key.length)), row.slice(key.length)]));
  for (const [i, row] of asked.entries()) {
    const of = valuesKey(key.map((parameter) => row[parameter] as Row[number]));
    found[i] = byKey.get(of);
    // A row that was asked for twice was made once.
    byKey.delete(of);
  }
  return found;
}

function valuesKey(values: Row): string {
  return values
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value)))
    .join("\u0000");
}
