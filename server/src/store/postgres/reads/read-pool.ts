import type { Reads } from "../../read/asks.ts";
import type { Patience } from "../engine/patience.ts";
import type { Connection } from "../wire/connection.ts";
import { failure } from "../wire/errors.ts";
import { drive } from "./read-driver.ts";

export type ReadPoolParts = {
  readonly size: number;
  readonly open: () => Promise<Connection>;
  readonly patience: Patience;
};

/** The connections of reads. A read waits for a free one; one that was lost is replaced with the next read. */
export class ReadPool {
  readonly #parts: ReadPoolParts;
  readonly #free: (Connection | null)[];
  readonly #waiting: ((connection: Connection | null) => void)[] = [];
  #closed = false;

  constructor(parts: ReadPoolParts) {
    this.#parts = parts;
    this.#free = new Array(parts.size).fill(null);
  }

  /** How many reads wait for a connection. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs a read on one snapshot. `make` is called again when the connection was lost. */
  read<T>(make: () => Reads<T>): Promise<T> {
    return this.use((connection) => drive(connection, make(), true));
  }

  /** The same for a read of one statement. */
  readOne<T>(make: () => Reads<T>): Promise<T> {
    return this.use((connection) => drive(connection, make(), false));
  }

  async use<T>(body: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#parts.patience.run(
      async () => {
        if (this.#closed) throw new Error("The store is closed");
        let connection = await this.#take();
        try {
          if (connection === null || connection.isLost) {
            connection = null;
            connection = await this.#parts.open();
          }
          return await body(connection);
        } finally {
          this.#give(connection);
        }
      },
      (error) => failure(error) === "lost" || failure(error) === "again",
    );
  }

  /** Waits for reads that are running. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = await Promise.all(Array.from({ length: this.#parts.size }, () => this.#take()));
    await Promise.all(all.map((connection) => connection?.close()));
  }

  #take(): Promise<Connection | null> {
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #give(connection: Connection | null): void {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#free.push(connection);
  }
}
