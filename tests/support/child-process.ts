import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

/** The Bun that runs this file runs the children too. */
export const bun = process.execPath;

export type ChildOptions = {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
};

/** One process of ours. Its standard error goes where ours goes only if `VERBOSE` is set; the last lines are kept. */
export class Child {
  readonly #process: ChildProcess;
  readonly #listeners = new Set<(line: string) => void>();
  readonly #last: string[] = [];
  /** Settles when the process is gone, with its code, or null when a signal ended it. */
  readonly gone: Promise<number | null>;
  /** Whether it is gone. */
  ended = false;
  /** Settles when the rest of its output was read, too. */
  readonly #silent: Promise<void>;

  constructor({ command, env, onLine }: ChildOptions) {
    const [program = bun, ...args] = command;
    this.#process = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    running.add(this);
    // A child that was killed breaks the pipe; its exit is reported elsewhere.
    this.#process.stdin?.on("error", () => {});
    this.gone = new Promise((resolve) => {
      const end = (code: number | null) => {
        this.ended = true;
        running.delete(this);
        resolve(code);
      };
      this.#process.on("exit", end);
      this.#process.on("error", (error) => {
        this.#keep(String(error));
        end(-1);
      });
    });
    this.#silent = new Promise((resolve) => this.#process.on("close", () => resolve()));
    if (onLine) this.#listeners.add(onLine);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.#keep(line.slice(0, 500));
        if (process.env.VERBOSE) process.stderr.write(`[${this.pid}] ${line}\n`);
        for (const listener of [...this.#listeners]) listener(line);
      });
    }
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The last lines of its output, for the message of a failure. */
  get lastLines(): string {
    return this.#last.join("\n");
  }

  #keep(line: string): void {
    this.#last.push(line);
    if (this.#last.length > 30) this.#last.shift();
  }

  /** Waits for a line that `find` makes something of. Throws after `ms`, or when the process ends before. */
  async line<T>(what: string, ms: number, find: (line: string) => T | undefined): Promise<T> {
    let listener: ((line: string) => void) | undefined;
    const found = new Promise<T>((resolve) => {
      listener = (line) => {
        const value = find(line);
        if (value !== undefined) resolve(value);
      };
      this.#listeners.add(listener);
    });
    const ended = this.gone.then(async (code) => {
      await Promise.race([this.#silent, pause(500)]);
      throw new Error(`the process ended (${code}) before it printed ${what}:\n${this.lastLines}`);
    });
    try {
      return await within(ms, () => `waiting for ${what}:\n${this.lastLines}`, Promise.race([found, ended]));
    } finally {
      if (listener) this.#listeners.delete(listener);
      ended.catch(() => {});
    }
  }

  write(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  signal(signal: "SIGKILL" | "SIGTERM"): void {
    this.#process.kill(signal);
  }

  /** Asks it to end, and ends it after `ms`. True if it ended by itself. */
  async stop(ms: number): Promise<boolean> {
    if (this.ended) return true;
    let forced = false;
    this.signal("SIGTERM");
    const timer = setTimeout(() => {
      forced = true;
      this.signal("SIGKILL");
    }, ms);
    await this.gone;
    clearTimeout(timer);
    return !forced;
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    if (!this.ended) this.signal("SIGKILL");
    await this.gone;
  }
}

/** Every process that was started here and still runs: whatever happens, none outlives us. */
const running = new Set<Child>();
process.on("exit", () => {
  for (const child of running) child.signal("SIGKILL");
});

/** The value of `promise`, or an error after `ms` that names what was awaited. */
export async function within<T>(ms: number, what: string | (() => string), promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not within ${ms} ms: ${typeof what === "string" ? what : what()}`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until `condition` gives something. Throws after `ms`. For what announces itself nowhere, such as a file. */
export async function until<T>(
  ms: number,
  what: string,
  condition: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const value = await condition();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(20);
  }
}

/** A pause that is part of a script, never a way to wait for something. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A port of the loopback interface that no process listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
