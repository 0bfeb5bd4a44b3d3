import type { Worker } from "node:worker_threads";

type Waiting<Reply> = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void };

export type WorkerClientOptions<Reply> = {
  /** Whether this message is no reply to a request; then it is consumed here. */
  readonly intercept?: (reply: Reply) => boolean;
  /** A defect ended the thread. The owner rejects the waiting requests or leaves them without an answer. */
  readonly ended: (error: Error) => void;
};

/** A client of a worker thread that answers requests one after the other, in their order. */
export class WorkerClient<Request, Reply> {
  /** The first message of the thread. */
  readonly started: Promise<Reply>;
  readonly #worker: Worker;
  #waiting: Waiting<Reply>[] = [];

  constructor(worker: Worker, { intercept, ended }: WorkerClientOptions<Reply>) {
    this.#worker = worker;
    this.started = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    worker.on("message", (reply: Reply) => {
      if (!intercept?.(reply)) this.#waiting.shift()?.resolve(reply);
    });
    worker.on("error", (error) => ended(error as Error));
  }

  /** The number of requests without an answer. */
  get waiting(): number {
    return this.#waiting.length;
  }

  ask(request: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  reject(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** Drops the waiting requests: they are never answered. */
  abandon(): void {
    this.#waiting = [];
  }
}
