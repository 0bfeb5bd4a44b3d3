import type { FoundRows, Row } from "../../base/steps.ts";
import type { Ask, Asked, Reads } from "../../read/asks.ts";
import { setWise } from "../statements/set-wise.ts";
import { ParameterTypes } from "../statements/types.ts";
import type { Answer, Connection, Query } from "../wire/connection.ts";
import { arrayOf, scalarOf } from "../wire/values.ts";
import { READS_BY_HAND } from "./by-hand.ts";

/** Rows of a list that are read at a time: with the longest texts, 8 MB. */
const CHUNK = 128;

const BEGIN: Query = { text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", unnamed: true };
const END: Query = { text: "COMMIT", unnamed: true };
const parameterTypes = new ParameterTypes();

/**
 * Drives the body of a read over a connection. Asks that come together go out together; with `snapshot` all of them see the
 * same state of the store. Without, the read must consist of one statement.
 */
export async function drive<T>(connection: Connection, reads: Reads<T>, snapshot: boolean): Promise<T> {
  const session = new Session(connection, snapshot);
  let answered: Asked | readonly Asked[] = [];
  try {
    while (true) {
      const turn = reads.next(answered);
      if (turn.done) return turn.value;
      answered = "kind" in turn.value ? await session.ask(turn.value) : await session.together(turn.value);
    }
  } finally {
    session.end();
  }
}

class Session {
  readonly #connection: Connection;
  #begun: boolean;
  readonly #snapshot: boolean;
  #cursors = 0;

  constructor(connection: Connection, snapshot: boolean) {
    this.#connection = connection;
    this.#snapshot = snapshot;
    this.#begun = !snapshot;
  }

  async ask(ask: Ask): Promise<Asked> {
    if (ask.kind === "take") return this.#take(ask);
    const [answered] = await this.together([ask]);
    return answered as Asked;
  }

  async together(asks: readonly Ask[]): Promise<readonly Asked[]> {
    const queries: Query[] = [];
    for (const ask of asks) {
      if (ask.kind === "take") throw new Error("A list is not read together with other asks");
      queries.push(await this.#query(ask));
    }
    const answers = await this.#send(queries);
    return asks.map((ask, i) => answerTo(ask as AskOfRows, (answers[i] as Answer).rows));
  }

  /** Waits for nothing: the next user of the connection comes behind it. */
  end(): void {
    if (!this.#snapshot || !this.#begun || this.#connection.isLost) return;
    this.#connection.pipeline([END]).catch(() => this.#connection.destroy());
  }

  async #query({ sql: text, rows }: AskOfRows): Promise<Query> {
    const sql = READS_BY_HAND.get(text) ?? text;
    if (rows.length === 1) return { text: sql, values: (rows[0] as Row).map(scalarOf) };
    const types = await parameterTypes.of(sql, this.#connection);
    return { text: setWise("find", sql, types).text, values: types.map((type, i) => arrayOf(type, rows, i)) };
  }

  async #take({ sql: text, row, take }: Ask & { readonly kind: "take" }): Promise<Asked> {
    const sql = READS_BY_HAND.get(text) ?? text;
    const values = row.map(scalarOf);
    const [first] = await this.#send([{ text: `SELECT * FROM (${sql}) AS list LIMIT ${CHUNK}`, values }]);
    let rows = (first as Answer).rows;
    if (!rows.every(take) || rows.length < CHUNK) return [];
    // Few lists are that long. The rest is read through a cursor.
    const cursor = `list_${++this.#cursors}`;
    const declare = { text: `DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, values, unnamed: true } as const;
    const fetch = { text: `FETCH ${CHUNK} FROM ${cursor}`, unnamed: true } as const;
    const answers = await this.#send([declare, { text: `MOVE ${CHUNK} IN ${cursor}`, unnamed: true }, fetch]);
    rows = answers[2]?.rows ?? [];
    while (rows.every(take) && rows.length === CHUNK) rows = (await this.#send([fetch]))[0]?.rows ?? [];
    return [];
  }

  async #send(queries: readonly Query[]): Promise<readonly Answer[]> {
    if (this.#begun) return this.#connection.pipeline(queries);
    this.#begun = true;
    return (await this.#connection.pipeline([BEGIN, ...queries])).slice(1);
  }
}

type AskOfRows = Ask & { readonly kind: "first" | "all" };

function answerTo({ kind, rows: asked }: AskOfRows, rows: readonly Row[]): Asked {
  if (asked.length === 1) return kind === "first" ? [rows[0]] : [rows];
  if (kind === "first") {
    const found: (Row | undefined)[] = new Array(asked.length).fill(undefined);
    for (const row of rows) found[(row[0] as number) - 1] ??= row.slice(1);
    return found as FoundRows;
  }
  const found: Row[][] = asked.map(() => []);
  for (const row of rows) found[(row[0] as number) - 1]?.push(row.slice(1));
  return found;
}
