import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { ClientName, Entry } from "../checker/history.ts";

/** Leaves out what the recorder adds itself, for each kind of line. */
export type Own<E> = E extends Entry ? Omit<E, "at" | "client"> : never;

/** How often lines go to the file, in milliseconds. What must not be lost goes at once. */
const FLUSH = 20;

/** Writes a process's record as JSON lines while it happens. */
export class Recorder {
  readonly #file: number;
  #lines: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  /** What one client does from now on. */
  of(client: ClientName): (entry: Own<Entry>) => void {
    return (entry) => this.#write({ client, ...entry });
  }

  /** An entry about all clients. */
  all(entry: Own<Entry>): void {
    this.#write({ client: "", ...entry });
    this.flush();
  }

  #write(entry: Own<Entry> & { client: ClientName }): void {
    this.#lines.push(JSON.stringify({ ...entry, at: clock() }));
    // An attempt that is not on record would look like an event that no client attempted.
    if (entry.t === "attempted" || entry.t === "sent") this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const text = `${this.#lines.join("\n")}\n`;
    this.#lines = [];
    writeSync(this.#file, text);
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}

/** Milliseconds since 1970 with fractions, never going back within a process, alike in all processes of a machine. */
export function clock(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;
}

/** The records of all processes, in the order of time; a line that a killed process left half written is dropped. */
export function readRecords(paths: readonly string[]): Entry[] {
  const entries = paths.flatMap((path) => {
    const lines = readFileSync(path, "utf8").split("\n");
    lines.pop();
    return lines.map((line) => JSON.parse(line) as Entry);
  });
  // Stable: lines of one process keep their order.
  return entries.sort((a, b) => a.at - b.at);
}
