import type { Worker } from "node:worker_threads";

type Waiting<Reply> = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void };

export type WorkerClientOptions<Reply> = {
  /** Whether this was said unasked; then it answers nobody. */
  readonly intercept?: (said: Reply) => boolean;
  /** A defect ended the thread. Whoever waits is rejected or left without an answer by whoever owns it. */
  readonly ended: (error: Error) => void;
};

/** A thread that is asked and answers: one request after the other, in their order. */
export class WorkerClient<Request, Reply> {
  /** What it says when it has begun. */
  readonly started: Promise<Reply>;
  readonly #worker: Worker;
  #waiting: Waiting<Reply>[] = [];

  constructor(worker: Worker, { intercept, ended }: WorkerClientOptions<Reply>) {
    this.#worker = worker;
    this.started = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    worker.on("message", (said: Reply) => {
      if (!intercept?.(said)) this.#waiting.shift()?.resolve(said);
    });
    worker.on("error", (error) => ended(error as Error));
  }

  /** How many requests have no answer yet. */
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

  /** Whoever waits is never answered. */
  abandon(): void {
    this.#waiting = [];
  }
}
