import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { findPostgres, throwawayPostgres } from "../../../testing/throwaway-postgres.ts";
import { change, find, insert, type Step, type Steps, write } from "../../base/steps.ts";
import { STATEMENTS } from "../../commit/rows.ts";
import { transaction } from "../engine/driver.ts";
import { openSession } from "../engine/session.ts";
import { openPostgresStore } from "../postgres.ts";
import { readAddress } from "../wire/address.ts";
import type { Connection } from "../wire/connection.ts";
import { BY_HAND } from "./by-hand.ts";
import { setWise } from "./set-wise.ts";
import { ParameterTypes } from "./types.ts";

describe("the rule", () => {
  const text = (kind: Step["kind"], sql: string, ...types: string[]) => setWise(kind, sql, types).text;
  test("joins the rows to the text for one row", () => {
    expect(text("find", "SELECT a FROM t WHERE b = $1 AND c = $2", "bigint", "text")).toBe(
      "SELECT k.ord, q.* FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS k(p1, p2, ord) " +
        "CROSS JOIN LATERAL (SELECT a FROM t WHERE b = k.p1 AND c = k.p2) AS q",
    );
    expect(
      text("write", "UPDATE t SET a = (SELECT x FROM u WHERE y = $2) WHERE b = $1", "bigint", "text"),
    ).toBe(
      "UPDATE t SET a = (SELECT x FROM u WHERE y = k.p2) FROM unnest($1::bigint[], $2::text[]) AS k(p1, p2) WHERE b = k.p1",
    );
    expect(text("write", "DELETE FROM t WHERE a = $1", "bytea")).toBe(
      "DELETE FROM t USING unnest($1::bytea[]) AS k(p1) WHERE a = k.p1",
    );
    expect(
      text("insert", "INSERT INTO t (a, b) VALUES ($1, f($2)) ON CONFLICT DO NOTHING", "text", "text"),
    ).toBe(
      "INSERT INTO t (a, b) SELECT k.p1, f(k.p2) FROM unnest($1::text[], $2::text[]) AS k(p1, p2) ON CONFLICT DO NOTHING",
    );
  });

  test("names the row of a result by its number, or by what an INSERT wrote", () => {
    expect(
      setWise("find", "UPDATE t SET a = $2 WHERE b = $1 RETURNING c", ["bigint", "bigint"]),
    ).toMatchObject({
      key: "number",
      text: expect.stringContaining("RETURNING k.ord, c"),
    });
    expect(
      setWise("find", "INSERT INTO t (a, b, c) VALUES ($2, 0, $1) RETURNING no", ["text", "text"]),
    ).toMatchObject({
      key: [1, 0],
      text: expect.stringContaining("RETURNING a, c, no"),
    });
  });

  test("refuses what it cannot do", () => {
    for (const [kind, sql] of [
      ["find", "INSERT INTO t (a) VALUES ($1)"],
      ["change", "DELETE FROM t WHERE a = $1"],
      ["write", "SELECT 1 WHERE $1"],
      ["write", "UPDATE t SET a = $1"],
      ["write", "INSERT INTO t SELECT $1"],
      ["write", "INSERT INTO t (a) VALUES ($1"],
    ] as const) {
      expect(() => setWise(kind, sql, ["text"])).toThrow();
    }
  });
});

// Without PostgreSQL on the machine there is nothing to prepare them on.
describe.skipIf(!findPostgres())("on PostgreSQL", () => {
  let connection: Connection;
  let close = async () => {};
  beforeAll(async () => {
    const url = (await throwawayPostgres()).newUrl();
    const { store } = await openPostgresStore({ url, sharing: "sole", onFatal() {} });
    connection = await openSession(readAddress(url), "writer");
    close = async () => {
      await connection.close();
      await store.close();
    };
  });
  afterAll(() => close());

  test.each(Object.entries(STATEMENTS))("%s is carried out for all rows by one text", async (name, sql) => {
    const types = BY_HAND.get(sql)?.types ?? (await new ParameterTypes().of(sql, connection));
    const kind = name === "MOVE_FEED" ? "change" : "write";
    const text = BY_HAND.get(sql)?.text ?? setWise(kind, sql, types).text;
    expect(types.length).toBe(Math.max(...[...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number))));
    await connection.pipeline([
      { text: `PREPARE all_rows AS ${text}`, unnamed: true },
      { text: "DEALLOCATE all_rows", unnamed: true },
    ]);
  });

  /** Runs steps on a table of their own, and returns its rows. */
  async function rowsAfter(...steps: Step[]): Promise<unknown> {
    function* body(): Steps<unknown> {
      yield write("CREATE TEMPORARY TABLE t (a bigint PRIMARY KEY, b text, c bytea) ON COMMIT DROP", [[]]);
      for (const step of steps) yield step;
      const [row] = yield find("SELECT array_to_string(array_agg(a || '=' || b ORDER BY a), ' ') FROM t", [
        [],
      ]);
      return row?.[0];
    }
    return transaction(connection, body());
  }
  const INSERT = "INSERT INTO t (a, b) VALUES ($1, $2)";

  test("text arrives as it was, whatever it holds", async () => {
    const texts = [
      '"',
      "\\",
      '\\"',
      "{}",
      "a,b",
      " ",
      "",
      "NULL",
      "null",
      "'",
      "\n\t",
      "日本",
      "👩‍👩‍👧",
      "$1",
      "%",
    ];
    const rows = texts.map((text, i) => [i, text]);
    for (const some of [rows, rows.slice(2, 3)]) {
      const found = await rowsAfter(insert(INSERT, some));
      expect(found).toBe(some.map(([i, text]) => `${i}=${text}`).join(" "));
    }
  });

  test("a change without anything to change keeps the COMMIT behind it from taking effect", async () => {
    const set = (rows: [number, string][]) => change("UPDATE t SET b = $2 WHERE a = $1", rows);
    expect(
      await rowsAfter(
        insert(INSERT, [
          [1, "x"],
          [2, "y"],
        ]),
        set([
          [2, "Y"],
          [1, "X"],
        ]),
      ),
    ).toBe("1=X 2=Y");
    function* body(): Steps<void> {
      yield write("CREATE TABLE kept (a bigint)", [[]]);
      yield write("CREATE TEMPORARY TABLE t (a bigint, b text)", [[]]);
      yield set([[7, "x"]]);
    }
    expect(transaction(connection, body())).rejects.toThrow("division by zero");
    const { rows } = await connection.ask({ text: "SELECT to_regclass('kept')::text" });
    expect(rows).toEqual([[null]]);
  });

  test("answers are in the order of the rows that were asked for", async () => {
    function* body(): Steps<unknown> {
      yield write("CREATE TEMPORARY TABLE t (a bigint PRIMARY KEY, b text, c bytea) ON COMMIT DROP", [[]]);
      const bytes = Buffer.from([0, 255, 92]);
      const made = yield find(
        "INSERT INTO t (a, b, c) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING b",
        [
          [3, "three", bytes],
          [1, "one", null],
          [3, "again", bytes],
        ],
      );
      const found = yield find("SELECT b, c FROM t WHERE a = $1", [[1], [2], [3], [1]]);
      return { made, found };
    }
    const row = ["one", null];
    expect(await transaction(connection, body())).toEqual({
      made: [["three"], ["one"], undefined],
      found: [row, undefined, ["three", Buffer.from([0, 255, 92])], row],
    });
  });
});
