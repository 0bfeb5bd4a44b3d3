import type { Step } from "../../base/steps.ts";

/** A statement for all rows of a step. Its parameters are one array for each parameter of the text for one row. */
export type SetWise = {
  readonly text: string;
  /**
   * How the rows of the result belong to those of the step: the first column is the number of the row (from 1), or the first
   * columns are the values of these parameters (from 0).
   */
  readonly key: "number" | readonly number[];
};

/**
 * Makes the text that carries out a statement for all rows of a step at once from the text for one row: `$2` becomes `k.p2`.
 * `types` are the types of the parameters.
 *
 * A `change` fails with a division by zero when a row had nothing to change: inside of a pipeline only an error keeps the
 * COMMIT behind it from taking effect.
 *
 * @throws Error where no rule fits; such a statement is written by hand (by-hand.ts).
 */
export function setWise(kind: Step["kind"], sql: string, types: readonly string[]): SetWise {
  const text = sql.trim();
  const [verb] = /^\w+/.exec(text) ?? [];
  const rows = rowsOf(types);
  const body = text.replace(/\$(\d+)/g, "k.p$1");
  if (kind === "find" || kind === "lock") return finding(verb, text, body, rows);
  if (kind === "change") {
    if (verb !== "UPDATE") throw new Error(`Only an UPDATE can be a change: ${sql}`);
    const update = joined(body, "FROM", rows.plain);
    return {
      text: `WITH w AS (${update} RETURNING 1) SELECT 1 / (count(*) = cardinality($1))::int FROM w`,
      key: "number",
    };
  }
  return { text: writing(verb, body, rows), key: "number" };
}

type Rows = { readonly plain: string; readonly numbered: string };

/** The rows of a step as a table `k`, with and without their numbers. */
function rowsOf(types: readonly string[]): Rows {
  const arrays = types.map((type, i) => `$${i + 1}::${type}[]`).join(", ");
  const columns = types.map((_, i) => `p${i + 1}`).join(", ");
  return {
    plain: `unnest(${arrays}) AS k(${columns})`,
    numbered: `unnest(${arrays}) WITH ORDINALITY AS k(${columns}, ord)`,
  };
}

function finding(verb: string | undefined, text: string, body: string, { numbered }: Rows): SetWise {
  if (verb === "SELECT")
    return { text: `SELECT k.ord, q.* FROM ${numbered} CROSS JOIN LATERAL (${body}) AS q`, key: "number" };
  const [before, returning] = splitAtTop(body, " RETURNING ");
  if (returning === undefined) throw new Error(`No rule finds the rows of: ${text}`);
  if (verb === "UPDATE")
    return { text: `${joined(before, "FROM", numbered)} RETURNING k.ord, ${returning}`, key: "number" };
  // An INSERT cannot return the number of its row: the values that it wrote say which it was.
  const columns = plainColumns(text);
  const names = columns.map(({ name }) => name);
  const insert = inserted(before, numbered, " ORDER BY k.ord");
  return {
    text: `${insert} RETURNING ${[...names, returning].join(", ")}`,
    key: columns.map(({ parameter }) => parameter),
  };
}

function writing(verb: string | undefined, body: string, { plain }: Rows): string {
  switch (verb) {
    case "INSERT":
      return inserted(body, plain);
    case "UPDATE":
      return joined(body, "FROM", plain);
    case "DELETE":
      return joined(body, "USING", plain);
    default:
      throw new Error(`No rule writes the rows of: ${body}`);
  }
}

/** `INSERT … VALUES (a, b) tail` as `INSERT … SELECT a, b FROM rows tail`. */
function inserted(text: string, rows: string, order = ""): string {
  const { into, values, tail } = partsOfInsert(text);
  return `${into} SELECT ${values} FROM ${rows}${order}${tail}`;
}

/** The columns of an INSERT that take a parameter as it is, and which (from 0). */
function plainColumns(text: string): { readonly name: string; readonly parameter: number }[] {
  const { into, values } = partsOfInsert(text);
  const columns = into.slice(into.indexOf("(") + 1, into.lastIndexOf(")")).split(",");
  return values.split(",").flatMap((value, i) => {
    const [, number] = /^\s*\$(\d+)\s*$/.exec(value) ?? [];
    return number === undefined
      ? []
      : [{ name: (columns[i] as string).trim(), parameter: Number(number) - 1 }];
  });
}

function partsOfInsert(text: string): {
  readonly into: string;
  readonly values: string;
  readonly tail: string;
} {
  const [into, rest] = splitAtTop(text, " VALUES ");
  if (rest === undefined) throw new Error(`An INSERT without VALUES: ${text}`);
  const begin = rest.indexOf("(");
  const end = closing(rest, begin);
  return { into, values: rest.slice(begin + 1, end), tail: rest.slice(end + 1) };
}

/** An UPDATE or DELETE with the rows between its beginning and its WHERE. */
function joined(text: string, word: "FROM" | "USING", rows: string): string {
  const [before, where] = splitAtTop(text, " WHERE ");
  if (where === undefined) throw new Error(`A statement without WHERE: ${text}`);
  return `${before} ${word} ${rows} WHERE ${where}`;
}

/** Splits at the first place that is in no parentheses. */
function splitAtTop(text: string, separator: string): [string, string?] {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") i = closing(text, i);
    else if (text.startsWith(separator, i)) return [text.slice(0, i), text.slice(i + separator.length)];
  }
  return [text];
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i;
  }
  throw new Error(`A parenthesis is not closed: ${text}`);
}
