import type { Child } from "./child.ts";
import type { FromWorker } from "./control.ts";
import { type ProcessMetrics, sumMetrics } from "./sum-metrics.ts";

/** What a scrape waits for a process that does not answer. Milliseconds. */
const ANSWERED_WITHIN = 2_000;

/** The state of a process, as the supervisor counts it. */
export type WorkerFigures = { readonly name: string; readonly isUp: boolean; readonly restarts: number };

/** Collects the metrics of all processes. */
export class WorkerMetrics {
  /** Prometheus' text format. */
  readonly contentType = "text/plain; version=0.0.4; charset=utf-8";
  readonly #children: () => readonly Child[];
  readonly #figures: () => readonly WorkerFigures[];
  readonly #waiting = new Map<number, (text: string) => void>();
  #nextId = 1;

  constructor(children: () => readonly Child[], figures: () => readonly WorkerFigures[]) {
    this.#children = children;
    this.#figures = figures;
  }

  answered({ id, text }: Extract<FromWorker, { kind: "metrics" }>): void {
    this.#waiting.get(id)?.(text);
    this.#waiting.delete(id);
  }

  readonly text = async (): Promise<string> => {
    const all = await Promise.all(this.#children().map((child) => this.#ask(child)));
    const own = this.#figures();
    const lines = (name: string, type: string, help: string, value: (figures: WorkerFigures) => number) =>
      `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${own
        .map((figures) => `${name}{worker="${figures.name}"} ${value(figures)}\n`)
        .join("")}\n`;
    return (
      sumMetrics(all.filter((each) => each !== null)) +
      lines("parley_worker_up", "gauge", "1 while the process serves.", ({ isUp }) => (isUp ? 1 : 0)) +
      lines(
        "parley_worker_restarts_total",
        "counter",
        "Times that the process ended by itself and was started again.",
        ({ restarts }) => restarts,
      )
    );
  };

  #ask(child: Child): Promise<ProcessMetrics | null> {
    return new Promise((resolve) => {
      const id = this.#nextId++;
      const end = (text: string | null) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        const { name, kind } = child.role;
        resolve(text === null ? null : { worker: name, isStore: kind === "store", text });
      };
      const timer = setTimeout(() => end(null), ANSWERED_WITHIN);
      this.#waiting.set(id, end);
      child.tell({ kind: "metrics", id });
    });
  }
}
