import type { Row, Value } from "../../base/steps.ts";

/** The types of columns that statements take and return, by their names in `pg_type`. */
export type ColumnType =
  | "bigint"
  | "integer"
  | "smallint"
  | "text"
  | "bytea"
  | "boolean"
  | "xid8"
  | "tsquery";

/** What must be escaped between the quotes of an array's element. */
const SPECIAL = /["\\]/g;

/**
 * The values of one column as the text of an array. An array of 200 numbers is one parameter: the statement is parsed and
 * bound once for all rows of a batch.
 */
export function arrayOf(type: string, rows: readonly Row[], column: number): string {
  let text = "{";
  for (let i = 0; i < rows.length; i++) {
    const value = (rows[i] as Row)[column] as Value;
    if (i > 0) text += ",";
    if (value === null) text += "NULL";
    else if (value instanceof Uint8Array) text += `"\\\\x${hexOf(value)}"`;
    else if (type === "text") text += `"${quoted(String(value))}"`;
    else text += value;
  }
  return `${text}}`;
}

/** One value as a parameter. */
export function scalarOf(value: Value): string | null {
  if (value === null) return null;
  return value instanceof Uint8Array ? `\\x${hexOf(value)}` : String(value);
}

function quoted(text: string): string {
  return text.includes('"') || text.includes("\\") ? text.replace(SPECIAL, "\\$&") : text;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** By the number of a type (`pg_type.oid`): how its text becomes a value. What is not listed stays text. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => (text === "t" ? 1 : 0),
  17: (text) => Buffer.from(text.slice(2), "hex"),
  20: Number,
  21: Number,
  23: Number,
  1016: numbersIn,
  1700: Number,
};

const asText = (text: string) => text;

/** For the library, which asks for each column of an answer. */
export const types = {
  getTypeParser: (oid: number) => PARSERS[oid] ?? asText,
};

/** An array of numbers without NULL. */
function numbersIn(text: string): number[] {
  return text === "{}" ? [] : text.slice(1, -1).split(",").map(Number);
}
