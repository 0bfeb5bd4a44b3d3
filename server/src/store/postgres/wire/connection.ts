import pg from "pg";
import type { Row } from "../../base/steps.ts";
import type { Address } from "./address.ts";
import { lost } from "./errors.ts";
import { types } from "./values.ts";

/** A statement with its parameters as text. Without `unnamed` it is prepared once a connection. */
export type Query = {
  readonly text: string;
  readonly values?: readonly (string | null)[];
  readonly unnamed?: true;
};
/** What a statement answered: its rows, and its tag, such as `COMMIT` or `UPDATE`. */
export type Answer = { readonly rows: readonly Row[]; readonly tag: string };

export type ConnectOptions = {
  /** Statements that set the session's parameters. */
  readonly session: readonly string[];
  /** Milliseconds without an answer after which a connection counts as lost; 0 waits for ever. */
  readonly answerTimeout: number;
  /** Milliseconds for the connection. */
  readonly connectTimeout: number;
};

/** The names under which statements are prepared, the same on every connection. */
const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (!name) {
    name = `s${names.size}`;
    names.set(text, name);
  }
  return name;
}

/** One connection. It has an error handler at all times: the library would end the process without one. */
export class Connection {
  readonly #client: pg.Client;
  readonly #answerTimeout: number;
  #ended: Error | null = null;
  /** Pipelines that were sent, for tests that count them. */
  trips = 0;

  private constructor(client: pg.Client, answerTimeout: number) {
    this.#client = client;
    this.#answerTimeout = answerTimeout;
    client.on("error", (error) => this.#end(error));
    client.on("end", () => this.#end(new Error("the connection was closed")));
  }

  static async open(address: Address, options: ConnectOptions): Promise<Connection> {
    const client = new pg.Client({
      host: address.host,
      port: address.port,
      user: address.user,
      password: address.password ?? "",
      database: address.database,
      ssl: address.tls === "off" ? false : { rejectUnauthorized: address.tls === "verified" },
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
      connectionTimeoutMillis: options.connectTimeout,
      application_name: "parley",
      pipeline: true,
      types,
    } as pg.ClientConfig);
    const connection = new Connection(client, options.answerTimeout);
    try {
      await client.connect();
      for (const text of options.session) await connection.ask({ text, unnamed: true });
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  get isLost(): boolean {
    return this.#ended !== null;
  }

  /** One statement on its own. */
  async ask(query: Query): Promise<Answer> {
    const [answer] = await this.pipeline([query]);
    return answer as Answer;
  }

  /**
   * Sends all statements at once. Resolves when all have answered; rejects with the first error. Each statement is followed
   * by a Sync: after an error those behind it are carried out nevertheless, and in a transaction they all fail.
   */
  pipeline(queries: readonly Query[]): Promise<readonly Answer[]> {
    if (this.#ended) return Promise.reject(lost("The connection to PostgreSQL was lost", this.#ended));
    this.trips++;
    return new Promise((resolve, reject) => {
      const answers: Answer[] = new Array(queries.length);
      let left = queries.length;
      let failed: unknown;
      const late = () => {
        this.#end(new Error(`PostgreSQL did not answer within ${this.#answerTimeout} ms`));
        this.destroy();
        reject(lost("PostgreSQL did not answer", this.#ended));
      };
      const timer = this.#answerTimeout > 0 ? setTimeout(late, this.#answerTimeout) : undefined;
      const settle = () => {
        clearTimeout(timer);
        if (failed === undefined) resolve(answers);
        else reject(this.#ended ? lost("The connection to PostgreSQL was lost", failed) : failed);
      };
      const stream = (this.#client as unknown as { connection: { stream: Corkable } }).connection.stream;
      const client = this.#client as unknown as CallbackClient;
      // One write for all of it.
      stream.cork();
      for (const [i, { text, values, unnamed }] of queries.entries()) {
        const config = {
          text,
          values: (values ?? []) as unknown[],
          rowMode: "array",
          ...(unnamed ? {} : { name: nameOf(text) }),
        };
        client.query(config, undefined, (error, result) => {
          if (error) failed ??= error;
          else answers[i] = { rows: result.rows, tag: result.command };
          if (--left === 0) settle();
        });
      }
      stream.uncork();
    });
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    if (this.#ended) return this.destroy();
    await this.#client.end().catch(() => {});
  }

  /** Ends it without waiting. */
  destroy(): void {
    this.#end(new Error("the connection was closed"));
    const { connection } = this.#client as unknown as { connection: { stream: Corkable } };
    connection.stream.destroy();
  }

  #end(error: Error): void {
    this.#ended ??= error;
  }
}

/** The form with a callback, which makes no promise for each statement. */
type CallbackClient = {
  query(
    config: object,
    values: undefined,
    callback: (error: Error | null, result: { readonly rows: Row[]; readonly command: string }) => void,
  ): void;
};
type Corkable = { cork(): void; uncork(): void; destroy(): void };
