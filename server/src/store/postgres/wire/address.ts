import { OperatorError } from "../../base/operator-error.ts";

/** Where a store is, from DATABASE_URL. */
export type Address = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** All tables are in this schema. */
  readonly schema: string;
  readonly tls: "off" | "unverified" | "verified";
  /** The same without the password, for logs and messages. */
  readonly shown: string;
};

const DEFAULT_PORT = 5_432;
const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;
const TLS: Readonly<Record<string, Address["tls"]>> = {
  disable: "off",
  require: "unverified",
  "no-verify": "unverified",
  "verify-ca": "verified",
  "verify-full": "verified",
};
const EXAMPLE = "postgresql://parley:<password>@db.example.org:5432/parley";

/**
 * Reads DATABASE_URL. `?schema=` names the schema (public), `?sslmode=` is disable (default), require, verify-ca or verify-full.
 *
 * @throws OperatorError that never repeats the password.
 */
export function readAddress(url: string): Address {
  if (!/^postgres(ql)?:\/\//i.test(url) || !URL.canParse(url))
    throw new OperatorError(`DATABASE_URL is not an address of PostgreSQL. It looks like ${EXAMPLE}`);
  const parsed = new URL(url);
  const text = (part: string, what: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw new OperatorError(
        `DATABASE_URL: the ${what} has a % that begins no code. Write a percent sign as %25.`,
      );
    }
  };
  for (const name of parsed.searchParams.keys()) {
    if (name !== "schema" && name !== "sslmode")
      throw new OperatorError(`DATABASE_URL: ${name} is not a parameter. There are schema and sslmode.`);
  }
  const database = text(parsed.pathname.slice(1), "name of the database");
  if (parsed.hostname === "" || database === "" || parsed.username === "")
    throw new OperatorError(`DATABASE_URL names no user, host or database. It looks like ${EXAMPLE}`);
  const schema = parsed.searchParams.get("schema") ?? "public";
  if (!SCHEMA.test(schema))
    throw new OperatorError("DATABASE_URL: schema takes small letters, digits and underscores, 63 at most.");
  const mode = parsed.searchParams.get("sslmode") ?? "disable";
  const tls = TLS[mode];
  if (tls === undefined)
    throw new OperatorError(`DATABASE_URL: sslmode takes ${Object.keys(TLS).join(", ")}, not "${mode}".`);
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  const port = parsed.port === "" ? DEFAULT_PORT : Number(parsed.port);
  const user = text(parsed.username, "name of the user");
  return {
    host,
    port,
    user,
    password: parsed.password === "" ? undefined : text(parsed.password, "password"),
    database,
    schema,
    tls,
    shown: `postgresql://${parsed.username}@${parsed.hostname}:${port}/${parsed.pathname.slice(1)}${schema === "public" ? "" : `?schema=${schema}`}`,
  };
}
