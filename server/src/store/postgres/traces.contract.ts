import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findPostgres } from "../../testing/throwaway-postgres.ts";
import { readAddress } from "./wire/address.ts";

/** For tests: every column of every table of a schema that contains a word, and the terms of the index. */
export function tracesIn(url: string, word: string): string[] {
  const { host, port, user, database, schema } = readAddress(url);
  const literal = `'${word.replaceAll("'", "''")}'`;
  const sql =
    "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND " +
    `table_schema = '${schema}' AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I.%I t ` +
    `WHERE strpos(t::text, %L) > 0', table_schema, table_name, ${literal}), false, true, '')))[1]::text <> '0'`;
  const address = ["-h", host, "-p", String(port), "-U", user, "-d", database];
  const done = spawnSync(join(findPostgres() ?? "", "psql"), [...address, "-XAtc", sql], {
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return done.stdout.split("\n").filter(Boolean);
}
