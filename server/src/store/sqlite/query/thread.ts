import { Worker } from "node:worker_threads";
import { fault } from "@parley/protocol";
import type { ReadMeter } from "../../store.ts";
import { WorkerClient } from "../engine/worker-client.ts";
import type { AnswerTo, QueryKind, QueryOf, QueryReply, QueryRequest, QueryStart } from "./port.ts";

/** Requests that may wait for their turn. */
export const MAX_WAITING = 200;
/** Milliseconds after which a rejected request may be sent again. */
const RETRY_AFTER = 1_000;

/**
 * The client of the thread of slow reads, on the thread of the sockets. An error there becomes a fault and never ends the
 * process; a thread that died is replaced with the next request.
 */
export class QueryThread {
  readonly #start: QueryStart;
  readonly #onError: (error: Error) => void;
  #thread: WorkerClient<QueryRequest, QueryReply> | null;
  #closed: Promise<void> | undefined;

  constructor(start: QueryStart, onError: (error: Error) => void) {
    this.#start = start;
    this.#onError = onError;
    this.#thread = this.#begin();
  }

  /** Adds the time of the thread to `meter`. */
  async ask<K extends QueryKind>(query: QueryOf<K>, meter?: ReadMeter): Promise<AnswerTo<K>> {
    if (this.#closed) throw new Error("The store is closed");
    this.#thread ??= this.#begin();
    // A page takes well under a millisecond, and the limits of sockets and of requests in flight bound their number.
    const bounded = query.kind !== "page";
    if (bounded && this.#thread.waiting >= MAX_WAITING) return fault("rate_limited", undefined, RETRY_AFTER);
    try {
      const reply = await this.#thread.ask(query);
      if (reply.kind === "answer") {
        if (meter) meter.ms += reply.ms;
        return JSON.parse(reply.answer);
      }
      throw new Error(
        reply.kind === "failed" ? reply.message : `The thread of slow reads sent ${reply.kind}`,
      );
    } catch (error) {
      this.#onError(error as Error);
      return fault("internal");
    }
  }

  /** Waits for the requests that were sent. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    try {
      await this.#thread?.ask({ kind: "close" });
    } catch {
      // The thread has ended already.
    }
  }

  #begin(): WorkerClient<QueryRequest, QueryReply> {
    const worker = new Worker(new URL("./query-worker.ts", import.meta.url), {
      workerData: this.#start,
    });
    const thread: WorkerClient<QueryRequest, QueryReply> = new WorkerClient(worker, {
      ended: (error) => {
        this.#thread = null;
        thread.reject(error);
      },
    });
    // The requests that are rejected with it report the error.
    thread.started.catch(() => {});
    return thread;
  }
}
