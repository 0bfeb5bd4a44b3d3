import { setTimeout as wait } from "node:timers/promises";
import { OperatorError } from "../../base/operator-error.ts";
import type { Address } from "../wire/address.ts";
import type { Connection } from "../wire/connection.ts";
import { openSession } from "./session.ts";

/** What the advisory locks of a schema are for. */
export type LockKind = "migration" | "presence" | "purge" | "guests";

const NUMBERS: Readonly<Record<LockKind, number>> = { migration: 1, presence: 2, purge: 3, guests: 4 };
/** Milliseconds in which a server that was killed may still hold its lock, and between two tries. */
const PATIENCE = 8_000;
const RETRY = 250;

/** The two keys of an advisory lock: of the schema, which locks of other programs in the database hardly meet, and the kind. */
export function lockKeys({ schema }: Address, kind: LockKind): string {
  return `hashtext('parley.${schema}'), ${NUMBERS[kind]}`;
}

/** How nodes share a store. `sole`: one process alone. `shared`: several, joined by a bus. */
export type Sharing = "sole" | "shared";

/**
 * Holds, for as long as the process lives, the lock that keeps a second process without a bus away: its users would not
 * hear those of the first. When the connection is lost, the lock is taken again; `onLost` is called when another process
 * has it by then.
 */
export class PresenceLock {
  readonly #address: Address;
  readonly #sharing: Sharing;
  readonly #onLost: (error: Error) => void;
  #connection: Connection;
  #timer: ReturnType<typeof setInterval> | undefined;
  #busy = false;

  private constructor(
    address: Address,
    sharing: Sharing,
    connection: Connection,
    onLost: (error: Error) => void,
  ) {
    this.#address = address;
    this.#sharing = sharing;
    this.#connection = connection;
    this.#onLost = onLost;
    this.#timer = setInterval(() => void this.#look(), 1_000);
    this.#timer.unref?.();
  }

  /** Takes over the connection. @throws OperatorError when another process has the lock. */
  static async take(
    address: Address,
    sharing: Sharing,
    connection: Connection,
    onLost: (error: Error) => void,
  ): Promise<PresenceLock> {
    const end = performance.now() + PATIENCE;
    while (!(await tryLock(address, sharing, connection))) {
      if (performance.now() > end) throw new OperatorError(heldMessage(address, sharing));
      await wait(RETRY);
    }
    return new PresenceLock(address, sharing, connection, onLost);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#connection.close();
  }

  async #look(): Promise<void> {
    if (!this.#connection.isLost || this.#busy) return;
    this.#busy = true;
    try {
      const connection = await openSession(this.#address, "owner");
      if (this.#timer === undefined) return await connection.close();
      this.#connection = connection;
      if (!(await tryLock(this.#address, this.#sharing, connection)))
        this.#onLost(new OperatorError(heldMessage(this.#address, this.#sharing)));
    } catch {
      // The database is away: looked at again in a second.
    } finally {
      this.#busy = false;
    }
  }
}

async function tryLock(address: Address, sharing: Sharing, connection: Connection): Promise<boolean> {
  const call = sharing === "sole" ? "pg_try_advisory_lock" : "pg_try_advisory_lock_shared";
  const { rows } = await connection.ask({
    text: `SELECT ${call}(${lockKeys(address, "presence")})`,
    unnamed: true,
  });
  return rows[0]?.[0] === 1;
}

function heldMessage({ shown }: Address, sharing: Sharing): string {
  return sharing === "sole"
    ? `Another Parley runs on ${shown}. Several share a store only with REDIS_URL, which tells each of them what the others' users do: set it for all of them, or stop the other one.`
    : `A Parley without REDIS_URL runs on ${shown}. Its users would not hear those of this one: stop it, and start it with REDIS_URL.`;
}
