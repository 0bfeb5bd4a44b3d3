import { Worker } from "node:worker_threads";
import { fault } from "@parley/protocol";
import type { ReadMeter } from "../../store.ts";
import { WorkerClient } from "../engine/worker-client.ts";
import type { AnswerTo, QueryKind, QueryOf, QueryReply, QueryRequest, QueryStart } from "./port.ts";

/** Requests that may wait for their turn. */
export const MAX_WAITING = 200;
/** Milliseconds after which one that was turned away may come again. */
const RETRY_AFTER = 1_000;

/**
 * The thread of slow reads, as the thread of the sockets sees it. What fails there is answered as a fault and never ends
 * the process; a thread that died is replaced when it is asked again.
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

  /** What the answer took is added to `meter`. */
  async ask<K extends QueryKind>(query: QueryOf<K>, meter?: ReadMeter): Promise<AnswerTo<K>> {
    if (this.#closed) throw new Error("The store is closed");
    this.#thread ??= this.#begin();
    // A page is read in well under a millisecond, and sockets and requests under way bound how many are asked for.
    const bounded = query.kind !== "page";
    if (bounded && this.#thread.waiting >= MAX_WAITING) return fault("rate_limited", undefined, RETRY_AFTER);
    try {
      const said = await this.#thread.ask(query);
      if (said.kind === "answer") {
        if (meter) meter.ms += said.ms;
        return JSON.parse(said.answer);
      }
      throw new Error(said.kind === "failed" ? said.message : `The thread of slow reads said ${said.kind}`);
    } catch (error) {
      this.#onError(error as Error);
      return fault("internal");
    }
  }

  /** Waits for what was asked. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    try {
      await this.#thread?.ask({ kind: "close" });
    } catch {
      // It is gone already.
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
    // Whoever is turned away with it says so.
    thread.started.catch(() => {});
    return thread;
  }
}
