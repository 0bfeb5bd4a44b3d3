import { setTimeout as wait } from "node:timers/promises";
import { OperatorError } from "../../base/operator-error.ts";
import type { Address } from "../wire/address.ts";
import type { Connection } from "../wire/connection.ts";
import { codeOf } from "../wire/errors.ts";
import { openSession } from "./session.ts";

/** Milliseconds between two tries to reach the database at the start. */
const RETRY = 500;
const OLDEST = 140_000;

/** Errors of a connection that no waiting mends, in words for the operator. */
const REFUSED: Readonly<Record<string, (address: Address) => string>> = {
  "28P01": ({ user }) => `the password of the user ${user} is wrong`,
  "28000": ({ user }) => `the server does not let the user ${user} in (pg_hba.conf)`,
  "3D000": ({ database }) => `there is no database ${database}: create it`,
  "42501": ({ user }) => `the user ${user} may not connect`,
};

export type WaitOptions = {
  /** Milliseconds after which the start gives up. */
  readonly patience: number;
  /** Receives why the start waits, once for each reason. */
  readonly onWait: (reason: string) => void;
};

/**
 * Connects as the owner of the schema; waits for a server that is still starting.
 *
 * @throws OperatorError when the server refuses, or cannot be reached in time. The password is in no message.
 */
export async function firstConnection(
  address: Address,
  { patience, onWait }: WaitOptions,
): Promise<Connection> {
  const end = performance.now() + patience;
  let told = "";
  while (true) {
    try {
      return await openSession(address, "owner");
    } catch (error) {
      const refused = REFUSED[codeOf(error)];
      const reason = refused?.(address) ?? reasonOf(error);
      if (refused || /SSL|certificate|self.signed|SASL|SCRAM/i.test(reason))
        throw new OperatorError(`PostgreSQL at ${address.shown}: ${reason}.`);
      if (performance.now() + RETRY > end)
        throw new OperatorError(
          `PostgreSQL at ${address.shown} cannot be reached: ${reason}. Check DATABASE_URL, and that the server runs and listens there.`,
        );
      if (reason !== told) onWait(reason);
      told = reason;
      await wait(RETRY);
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? codeOf(error) : error.message;
}

const SETTINGS =
  "SELECT current_setting('server_version_num')::bigint, current_setting('server_version'), current_setting('fsync'), " +
  "current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('server_encoding'), pg_is_in_recovery()";

/** @throws OperatorError when the server is too old, or cannot promise that what it committed stays (unless `unsafe`). */
export async function checkServer(connection: Connection, unsafe: boolean): Promise<void> {
  const { rows } = await connection.ask({ text: SETTINGS });
  const [number, version, fsync, pages, commit, encoding, standby] = rows[0] as unknown as [
    number,
    string,
    string,
    string,
    string,
    string,
    number,
  ];
  if (number < OLDEST) throw new OperatorError(`PostgreSQL ${version} is too old: Parley needs 14 or later.`);
  if (encoding !== "UTF8")
    throw new OperatorError(
      `The database is in ${encoding}. Create it with ENCODING 'UTF8': names and texts need it.`,
    );
  if (standby === 1)
    throw new OperatorError(
      "The PostgreSQL of DATABASE_URL is a standby, which only reads. Name the primary.",
    );
  if (unsafe) return;
  const weak = [
    ...(fsync === "on" ? [] : [`fsync is ${fsync}, needed is on`]),
    ...(pages === "on" ? [] : [`full_page_writes is ${pages}, needed is on`]),
    ...(commit === "off" ? ["synchronous_commit is off, needed is on"] : []),
  ];
  if (weak.length === 0) return;
  throw new OperatorError(
    `PostgreSQL cannot promise durability here: ${weak.join("; ")}. Set it in postgresql.conf, ` +
      "or start with --unsafe-durability if losing messages in a crash is acceptable.",
  );
}

/** Makes the schema that DATABASE_URL names, if there is none. */
export async function makeSchema(connection: Connection, { schema, user }: Address): Promise<void> {
  const { rows } = await connection.ask({
    text: "SELECT 1 FROM pg_namespace WHERE nspname = $1",
    values: [schema],
  });
  if (rows.length > 0) return;
  try {
    await connection.ask({ text: `CREATE SCHEMA IF NOT EXISTS ${schema}`, unnamed: true });
  } catch (error) {
    throw new OperatorError(
      `There is no schema ${schema}, and the user ${user} may not create it (${reasonOf(error)}). ` +
        `As an administrator: CREATE SCHEMA ${schema} AUTHORIZATION ${user};`,
    );
  }
}
