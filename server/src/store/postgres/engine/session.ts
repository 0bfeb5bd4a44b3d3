import type { Address } from "../wire/address.ts";
import { Connection, type ConnectOptions } from "../wire/connection.ts";

/**
 * Milliseconds. A node that is stopped between two round trips holds the rows of hot rooms: the server ends its transaction.
 * Together they stay below the 10 s after which clients send again.
 */
const LOCK_TIMEOUT = 3_000;
const STATEMENT_TIMEOUT = 8_000;
const IDLE_TIMEOUT = 2_000;
const PEER_TIMEOUT = 5_000;
/** Longer than a statement may take: then the connection is dead. */
const ANSWER_TIMEOUT = 10_000;
const CONNECT_TIMEOUT = 5_000;

const COMMON = ["SET client_min_messages = error", "SET jit = off", `SET tcp_user_timeout = ${PEER_TIMEOUT}`];

/**
 * A batch reads and writes by keys alone. A plan that was made when a table was small scans it, and a plan for each call costs
 * more than the statement: so scans are refused and one plan serves all calls.
 */
const WRITER = [
  "SET plan_cache_mode = force_generic_plan",
  "SET enable_seqscan = off",
  "SET enable_hashjoin = off",
  "SET enable_mergejoin = off",
  `SET lock_timeout = ${LOCK_TIMEOUT}`,
  `SET statement_timeout = ${STATEMENT_TIMEOUT}`,
  `SET idle_in_transaction_session_timeout = ${IDLE_TIMEOUT}`,
];
const READER = [
  `SET statement_timeout = ${STATEMENT_TIMEOUT}`,
  `SET idle_in_transaction_session_timeout = ${IDLE_TIMEOUT}`,
];

export type Role = "writer" | "reader" | "owner";

/** Opens a connection for a role: `owner` migrates, and holds locks for as long as it lives. */
export function openSession(address: Address, role: Role): Promise<Connection> {
  const own = role === "writer" ? WRITER : role === "reader" ? READER : [];
  const options: ConnectOptions = {
    session: [`SET search_path = ${address.schema}; ${[...COMMON, ...own].join("; ")}`],
    answerTimeout: role === "owner" ? 0 : ANSWER_TIMEOUT,
    connectTimeout: CONNECT_TIMEOUT,
  };
  return Connection.open(address, options);
}
