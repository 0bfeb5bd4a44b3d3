import { expect, test } from "bun:test";
import { openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { OperatorError, UsageError } from "../store/base/operator-error.ts";
import { exitCodeOf, operatorMessage } from "./operator-message.ts";

function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test("a message that was written for the operator is shown as it is", () => {
  expect(operatorMessage(new OperatorError("There is no store in /x."))).toBe("There is no store in /x.");
});

test("an unexpected error shows what happened, and where to report it", () => {
  const shown = operatorMessage(thrownBy(() => JSON.parse("{\n")));
  expect(shown).toStartWith("Unexpected SyntaxError: ");
  expect(shown).toContain("This is a bug in Parley");
  expect(shown).toContain("LOG_LEVEL=debug");
  expect(shown).not.toContain("\n");
  expect(operatorMessage("lost")).toStartWith("Unexpected Error: lost.");
  // Words of SQLite in a message do not make it an error of SQLite.
  expect(operatorMessage(new Error("file is not a database"))).toContain("This is a bug in Parley");
});

test("errors of the operating system and of SQLite are no bugs", () => {
  const missing = operatorMessage(thrownBy(() => openSync("/nowhere/file", "r")));
  expect(missing).toBe("There is no such file or folder, and it cannot be created (/nowhere/file).");
  expect(operatorMessage(thrownBy(() => openSync("/", "w")))).toStartWith(
    "The operating system reports: EISDIR",
  );
  expect(operatorMessage({ errcode: 26 })).toContain("not a SQLite file");
  const database = new DatabaseSync(":memory:");
  expect(operatorMessage(thrownBy(() => database.exec("SELECT")))).toStartWith("SQLite reports: ");
  database.close();
});

test("an invalid command line or setting has exit code 2, every other error 1", () => {
  expect(exitCodeOf(new UsageError("--fast is not an option."))).toBe(2);
  expect(exitCodeOf(new OperatorError("There is no store in /x."))).toBe(1);
  expect(exitCodeOf(new Error("lost"))).toBe(1);
});
