import { Worker } from "node:worker_threads";
import type { Fault } from "@parley/protocol";
import type { Command } from "../../../core/command.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { packCommands } from "../../commit/command-packing.ts";
import { unpack } from "../../commit/packing.ts";
import type { Committed, SignIn, User } from "../../store.ts";
import type { Reply, Request, WorkerStart } from "./port.ts";
import { WorkerClient } from "./worker-client.ts";

/** The worker, as the thread of the sockets sees it: requests go in, and come back answered in order. */
export class WriterThread {
  /** The epoch, once it is open. */
  readonly opened: Promise<string>;
  readonly #client: WorkerClient<Request, Reply>;
  #closed: Promise<void> | undefined;

  constructor(
    start: WorkerStart,
    onFatal: (error: Error) => void,
    migrating: (version: number, done: number) => void,
  ) {
    const worker = new Worker(new URL("./write-worker.ts", import.meta.url), { workerData: start });
    this.#client = new WorkerClient(worker, {
      intercept: (said) => {
        if (said.kind === "migrating") {
          migrating(said.version, said.done);
          return true;
        }
        if (said.kind !== "fatal") return false;
        this.#client.abandon();
        onFatal(new Error(said.message));
        return true;
      },
      // What was on its way is never answered.
      ended: (error) => {
        this.#closed = Promise.resolve();
        onFatal(error);
      },
    });
    this.opened = this.#client.started.then((said) => {
      if (said.kind === "open") return said.epoch;
      if (said.kind !== "refused") throw new Error(`The store said ${said.kind}`);
      if (said.forOperator) throw new OperatorError(said.message);
      // An error loses its properties on the way between threads; the code says what the operator can do.
      throw Object.assign(new Error(said.message), said.errcode === 0 ? {} : { errcode: said.errcode });
    });
  }

  async commit(commands: readonly Command[], now: number): Promise<Committed> {
    const reply = await this.#ask({ kind: "commit", commands: packCommands(commands), now });
    if (reply.kind !== "committed") throw new Error(`The store answered ${reply.kind} to a commit`);
    return unpack(reply.committed);
  }

  async signIn(requests: readonly SignIn[]): Promise<readonly (User | Fault)[]> {
    const reply = await this.#ask({ kind: "sign_in", requests });
    if (reply.kind !== "signed_in") throw new Error(`The store answered ${reply.kind} to a sign-in`);
    return reply.answers;
  }

  async ping(): Promise<string> {
    const reply = await this.#ask({ kind: "ping" });
    if (reply.kind !== "alive") throw new Error(`The store answered ${reply.kind} to a ping`);
    return reply.epoch;
  }

  /** Closes it when `body` fails, so that no thread is left behind. */
  async closeIfThrown<T>(body: () => T | Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Waits for what was begun. */
  close(): Promise<void> {
    this.#closed ??= this.#ask({ kind: "close" }).then(() => undefined);
    return this.#closed;
  }

  #ask(request: Request): Promise<Reply> {
    if (this.#closed) return Promise.reject(new Error("The store is closed"));
    return this.#client.ask(request);
  }
}
