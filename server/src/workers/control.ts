/** What the supervisor and its processes say to each other, over the channel that the runtime opens between them. */

export type ToWorker =
  /** The whole server is about to end: `/readyz` answers 503, everything else works. */
  | { readonly kind: "leave" }
  /** End in order. */
  | { readonly kind: "stop" }
  /** Send your metrics. */
  | { readonly kind: "metrics"; readonly id: number }
  /** The metrics of all, as asked for. */
  | { readonly kind: "page"; readonly id: number; readonly text: string };

export type FromWorker =
  /** It serves. `port` is that of a gateway. */
  | { readonly kind: "ready"; readonly port: number }
  /** It could not start. `message` is for the operator. */
  | { readonly kind: "failed"; readonly message: string; readonly code: number }
  | { readonly kind: "metrics"; readonly id: number; readonly text: string }
  /** The metrics of all are asked for. */
  | { readonly kind: "page"; readonly id: number }
  /** Lines for one of the files in LOG_DIR. */
  | { readonly kind: "log"; readonly name: string; readonly lines: string };

/** The supervisor, as one of its processes sees it. */
export interface Supervisor {
  /** Resolves when the message was handed over. */
  tell(message: FromWorker): Promise<void>;
  onMessage(listener: (message: ToWorker) => void): void;
  /** The metrics of all processes of the server. */
  metricsText(): Promise<string>;
}

/** The channel of this process. The process ends when the supervisor has ended: its sockets must not outlive it. */
export function connectToSupervisor(): Supervisor {
  const listeners: ((message: ToWorker) => void)[] = [];
  const pages = new Map<number, (text: string) => void>();
  let nextId = 1;
  const tell = (message: FromWorker) =>
    new Promise<void>((resolve) => {
      // A channel that is closed is followed by `disconnect`.
      if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
      else resolve();
    });
  process.on("disconnect", () => process.exit(1));
  process.on("message", (message: ToWorker) => {
    if (message.kind === "page") {
      pages.get(message.id)?.(message.text);
      pages.delete(message.id);
    } else for (const listener of listeners) listener(message);
  });
  return {
    tell,
    onMessage: (listener) => void listeners.push(listener),
    metricsText: () =>
      new Promise((resolve) => {
        const id = nextId++;
        pages.set(id, resolve);
        void tell({ kind: "page", id });
      }),
  };
}
