import type { ServerInfo } from "@parley/protocol";
import { ParleyError } from "./base/errors.ts";

/**
 * Why no connection is made, where neither a close code nor a fault explains it. `not_parley`: something else answers at this
 * address. `socket_blocked`: the server answers over HTTP, and its WebSocket cannot be opened.
 */
export type ConnectionCause = { readonly code: "not_parley" | "socket_blocked"; readonly text: string };

const NOT_PARLEY: ConnectionCause = {
  code: "not_parley",
  text: "Something answers at this address, but it is no Parley server.",
};
const SOCKET_BLOCKED: ConnectionCause = {
  code: "socket_blocked",
  text: "The server answers, but its WebSocket cannot be opened. A proxy in front of it may not pass WebSockets, or the server does not allow this page's origin.",
};

/** So many attempts fail before the server is asked. */
const AFTER = 2;

/** Asks the server over HTTP, once until the next good connection: for a person who reads why nothing happens. */
export class Diagnosis {
  readonly #ask: () => Promise<ServerInfo>;
  readonly #changed: () => void;
  #cause: ConnectionCause | null = null;
  #asked: object | null = null;

  constructor(ask: () => Promise<ServerInfo>, changed: () => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /** Null where nothing is known. */
  get cause(): ConnectionCause | null {
    return this.#cause;
  }

  /** The connection is good. */
  forget(): void {
    this.#cause = null;
    this.#asked = null;
  }

  /** So many attempts came to nothing. */
  failed(attempts: number): void {
    if (attempts < AFTER || this.#asked) return;
    const asked = {};
    this.#asked = asked;
    void diagnose(this.#ask).then((cause) => {
      if (this.#asked !== asked) return;
      this.#cause = cause;
      this.#changed();
    });
  }
}

/** Null where the answer explains nothing: the server cannot be reached, or is busy. */
async function diagnose(ask: () => Promise<ServerInfo>): Promise<ConnectionCause | null> {
  try {
    const info: Partial<ServerInfo> | null = await ask();
    return info?.name === "parley" ? SOCKET_BLOCKED : NOT_PARLEY;
  } catch (error) {
    return error instanceof ParleyError && error.code === "http" && isForeign(error.status)
      ? NOT_PARLEY
      : null;
  }
}

/** An answer that is no error of a proxy in front of a server that is away. */
function isForeign(status: number): boolean {
  return (status >= 200 && status < 300) || status === 404 || status === 405;
}
