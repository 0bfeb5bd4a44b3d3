import { addressKey } from "./admission.ts";

/** HTTP connections that one address may keep open between requests. Browsers open six to a server. */
export const KEPT_PER_ADDRESS = 256;
/** Addresses in memory. The one that was not seen for longest is dropped first. */
const ADDRESSES = 10_000;

/**
 * The HTTP connections that addresses keep open between requests. The runtime tells of no connection that opens or closes, so
 * a connection is known by the port of its peer from its first request on, until it was idle for as long as the server keeps
 * one. A connection above the number is closed with its answer, which refuses nothing. One that never sends a request
 * is not counted; the runtime ends it after `idle`.
 */
export class KeptConnections {
  readonly #most: number;
  readonly #idle: number;
  readonly #now: () => number;
  /** By address: when each port was last seen, the oldest first. */
  readonly #byAddress = new Map<string, Map<number, number>>();

  /** `idle`: milliseconds that the server keeps a connection without a request. `now`: milliseconds of a clock that never jumps. */
  constructor(parts: { readonly most?: number; readonly idle: number; readonly now: () => number }) {
    this.#most = parts.most ?? KEPT_PER_ADDRESS;
    this.#idle = parts.idle;
    this.#now = parts.now;
  }

  /** A request came over this connection. Whether the connection may stay open after the answer. */
  mayKeep(address: string, port: number): boolean {
    const key = addressKey(address);
    const now = this.#now();
    const ports = this.#byAddress.get(key) ?? new Map<number, number>();
    this.#byAddress.delete(key);
    this.#byAddress.set(key, ports);
    this.#bound();
    for (const [oldest, seen] of ports) {
      if (now - seen <= this.#idle) break;
      ports.delete(oldest);
    }
    const known = ports.delete(port);
    if (!known && ports.size >= this.#most) return false;
    ports.set(port, now);
    return true;
  }

  #bound(): void {
    if (this.#byAddress.size <= ADDRESSES) return;
    const [oldest] = this.#byAddress.keys();
    if (oldest !== undefined) this.#byAddress.delete(oldest);
  }
}
