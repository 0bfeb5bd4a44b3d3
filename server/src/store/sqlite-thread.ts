import { Worker } from "node:worker_threads";
import type { Fault } from "@parley/protocol";
import type { Command } from "../core/command.ts";
import { unpack } from "./packing.ts";
import type { Reply, Request, WorkerStart } from "./sqlite-port.ts";
import type { Committed, SignIn, User } from "./store.ts";

/** The worker, as the thread of the sockets sees it: requests go in, and come back answered in order. */
export class WriterThread {
  /** The epoch, once it is open. */
  readonly opened: Promise<string>;
  readonly #worker: Worker;
  #waiting: ((reply: Reply) => void)[] = [];
  #closed: Promise<void> | undefined;

  constructor(start: WorkerStart, onFatal: (error: Error) => void) {
    this.#worker = new Worker(new URL("./sqlite-worker.ts", import.meta.url), { workerData: start });
    this.opened = new Promise((resolve, reject) => {
      this.#waiting.push((reply) => {
        if (reply.kind === "open") resolve(reply.epoch);
        else reject(new Error(reply.kind === "refused" ? reply.message : `The store said ${reply.kind}`));
      });
    });
    this.#worker.on("message", (reply: Reply) => {
      if (reply.kind !== "fatal") {
        this.#waiting.shift()?.(reply);
        return;
      }
      this.#waiting = [];
      onFatal(new Error(reply.message));
    });
    // A defect that ended the thread. What was on its way is never answered.
    this.#worker.on("error", (error) => {
      this.#closed = Promise.resolve();
      onFatal(error as Error);
    });
  }

  async commit(commands: readonly Command[], now: number): Promise<Committed> {
    const reply = await this.#ask({ kind: "commit", commands: JSON.stringify(commands), now });
    if (reply.kind !== "committed") throw new Error(`The store answered ${reply.kind} to a commit`);
    return unpack(reply.committed);
  }

  async signIn(requests: readonly SignIn[]): Promise<readonly (User | Fault)[]> {
    const reply = await this.#ask({ kind: "sign_in", requests });
    if (reply.kind !== "signed_in") throw new Error(`The store answered ${reply.kind} to a sign-in`);
    return reply.answers;
  }

  /** Closes it when `body` fails, so that no thread is left behind. */
  async closeIfThrown<T>(body: () => T): Promise<T> {
    try {
      return body();
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
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage(request);
    });
  }
}
