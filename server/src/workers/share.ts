import type { Config } from "../config/read.ts";

/** Limits of the whole server and of addresses, whose connections the system shares out over the workers. */
const SHARED = [
  "maxConnections",
  "maxUnauthenticated",
  "connectionsPerAddress",
  "connectRate",
  "connectBurst",
  "guestRate",
  "guestBurst",
  "failedHelloRate",
  "failedHelloBurst",
  "requestsPerAddress",
  "maxInFlight",
  "writeQuotaPerAddress",
] as const satisfies readonly (keyof Config)[];

/** The least megabytes that a worker is limited to: an idle one uses about 70. */
const LEAST_MEMORY = 128;

/**
 * The settings of one of so many workers. Each counts for itself, so a limit of an address, or of the whole server, is
 * shared out: an equal part, and two standard deviations more, because connections are spread by chance. Limits of a user stay
 * whole, because a user has few connections: with sockets at several workers a user may do as many times as much.
 */
export function shareOf(config: Config, workers: number): Config {
  const shares: { [name: string]: number } = {};
  for (const name of SHARED) shares[name] = share(config[name], workers);
  const maxMemory =
    config.maxMemory === 0 ? 0 : Math.max(LEAST_MEMORY, Math.floor(config.maxMemory / workers));
  return { ...config, ...shares, maxMemory };
}

function share(limit: number, workers: number): number {
  const part = limit / workers;
  return Math.min(limit, Math.ceil(part + 2 * Math.sqrt(part)));
}
