import { expect, test } from "bun:test";
import { insert, type Steps } from "../../base/steps.ts";
import { SqliteFile } from "./file.ts";

const INSERT = "INSERT INTO t (a, b) VALUES ($1, $2)";

function withTable(body: (file: SqliteFile, write: (numbers: readonly number[]) => void) => void): void {
  const file = new SqliteFile(":memory:");
  try {
    file.exec("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT");
    body(file, (numbers) =>
      file.transaction(
        (function* (): Steps<void> {
          const rows = numbers.map((n) => [n, `row ${n}`]);
          yield insert(INSERT, rows);
        })(),
      ),
    );
  } finally {
    file.close();
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test("an insert writes each row once, whatever their number", () => {
  for (const count of [1, 15, 16, 17, 32, 100]) {
    withTable((file, write) => {
      write(upTo(count));
      expect(file.all("SELECT a, b FROM t ORDER BY a", [])).toEqual(upTo(count).map((n) => [n, `row ${n}`]));
    });
  }
});

test("a row that is refused in the middle of an insert leaves nothing of the transaction", () => {
  withTable((file, write) => {
    write([20]);
    expect(() => write(upTo(40))).toThrow("UNIQUE");
    expect(file.all("SELECT a FROM t", [])).toEqual([[20]]);
    write([21]);
    expect(file.all("SELECT a FROM t ORDER BY a", [])).toEqual([[20], [21]]);
  });
});
