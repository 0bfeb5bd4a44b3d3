import type { Connection } from "../wire/connection.ts";

/** The types of a statement's parameters, as the server infers them from the text for one row. One question a process and text. */
export class ParameterTypes {
  readonly #known = new Map<string, Promise<readonly string[]>>();

  of(sql: string, connection: Connection): Promise<readonly string[]> {
    let known = this.#known.get(sql);
    if (!known) {
      known = ask(sql, connection);
      this.#known.set(sql, known);
      known.catch(() => this.#known.delete(sql));
    }
    return known;
  }
}

async function ask(sql: string, connection: Connection): Promise<readonly string[]> {
  if (!/\$\d/.test(sql)) return [];
  const name = `types_of_${(Math.random() * 2 ** 48).toString(36).replace(".", "_")}`;
  const answers = await connection.pipeline([
    { text: `PREPARE ${name} AS ${sql}`, unnamed: true },
    {
      text: `SELECT array_to_string(parameter_types, ',') FROM pg_prepared_statements WHERE name = '${name}'`,
      unnamed: true,
    },
    { text: `DEALLOCATE ${name}`, unnamed: true },
  ]);
  const text = String(answers[1]?.rows[0]?.[0] ?? "");
  return text === "" ? [] : text.split(",");
}
