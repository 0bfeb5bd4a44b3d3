import { availableParallelism } from "node:os";
import type { Config } from "../config/read.ts";
import { OperatorError } from "../store/base/operator-error.ts";

/** What a process started by the supervisor is. */
export type Role =
  | {
      readonly kind: "store";
      /** The name in logs and metrics. */
      readonly name: string;
      readonly socket: string;
    }
  | {
      readonly kind: "gateway";
      readonly name: string;
      /** Gateways of this server, this one included. */
      readonly of: number;
      /** The socket of the store process; null where each gateway opens the store itself. */
      readonly socket: string | null;
      /** The port that all share; 0 before the first one has chosen. */
      readonly port: number;
    };

/** The variable in which the supervisor tells a process its role. */
export const ROLE = "PARLEY_WORKER";

/** The role of this process; null when no supervisor started it. */
export function roleOf(env: { readonly [name: string]: string | undefined }): Role | null {
  const text = env[ROLE];
  return text === undefined ? null : (JSON.parse(text) as Role);
}

/**
 * Whether gateways open the store themselves and hear of each other's events through Redis, as nodes on several machines do.
 * Otherwise one store process opens it.
 */
export function opensStoreItself({
  databaseUrl,
  redisUrl,
}: Pick<Config, "databaseUrl" | "redisUrl">): boolean {
  return databaseUrl !== null && redisUrl !== null;
}

/**
 * How many processes take connections.
 *
 * @throws OperatorError for more than one where the system cannot share a port.
 */
export function workersOf(
  { workers }: Pick<Config, "workers">,
  system: { readonly platform: string; readonly cores: number } = {
    platform: process.platform,
    cores: availableParallelism(),
  },
): number {
  const count = workers === "auto" ? Math.max(1, system.cores - 1) : workers;
  if (count === 1 || system.platform === "linux") return count;
  if (workers === "auto") return 1;
  throw new OperatorError(
    `WORKERS (--workers) is ${count}, but several processes can share a port on Linux only (SO_REUSEPORT), and this is ` +
      `${system.platform}. Set WORKERS=1.`,
  );
}
