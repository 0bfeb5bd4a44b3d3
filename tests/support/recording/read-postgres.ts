import pg from "pg";
import type { StoreDump } from "../checker/store-dump.ts";
import { dumpOf, HEADS, type Heads, headsOf, TABLES } from "./store-tables.ts";

/** A connection of the tests to the PostgreSQL under test. `?schema=` of the address is its schema. */
export async function withPostgres<T>(address: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = new URL(address);
  const schema = url.searchParams.get("schema") ?? "public";
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    database: url.pathname.slice(1),
    // Integers beyond 2^53 do not occur.
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
  });
  // A server that ends meanwhile is reported by the statement.
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(`SET search_path = ${pg.escapeIdentifier(schema)}`);
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

const INT8 = 20;

function read<T extends object>(address: string, statements: T): Promise<{ [name in keyof T]: unknown[] }> {
  return withPostgres(address, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const rows: [string, unknown[]][] = [];
    for (const [name, sql] of Object.entries(statements)) rows.push([name, (await client.query(sql)).rows]);
    return Object.fromEntries(rows) as { [name in keyof T]: unknown[] };
  });
}

/** What `readStore` reads of a folder, of a schema in PostgreSQL. */
export async function readPostgres(address: string): Promise<StoreDump> {
  return dumpOf(await read(address, TABLES));
}

export async function readPostgresHeads(address: string): Promise<Heads> {
  const { heads, members } = await read(address, HEADS);
  return headsOf(heads as never, members as never);
}
