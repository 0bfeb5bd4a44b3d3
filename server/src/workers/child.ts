import { type ChildProcess, spawn } from "node:child_process";
import type { FromWorker, ToWorker } from "./control.ts";
import { ROLE, type Role } from "./role.ts";

/** How a process ended. */
export type Ending = { readonly code: number | null; readonly signal: string | null };

/** It could not start. `reported`: it said so itself, and the message is for the operator. */
export type StartFailure = { readonly message: string; readonly code: number; readonly reported: boolean };

export type ChildParts = {
  readonly role: Role;
  /** The runtime and the arguments of this program. */
  readonly command: readonly [string, ...string[]];
  readonly env: { readonly [name: string]: string | undefined };
  readonly onMessage: (message: FromWorker) => void;
};

/** Variables of systemd, which speaks to the supervisor alone. */
const NOT_FOR_CHILDREN = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/** A process that the supervisor started. */
export class Child {
  readonly role: Role;
  /** The port of a gateway, when it serves; else how the start failed. Never rejects. */
  readonly started: Promise<{ readonly port: number } | StartFailure>;
  readonly ended: Promise<Ending>;
  readonly startedAt: number;
  /** The supervisor asked it to end. */
  isStopping = false;
  readonly #process: ChildProcess;

  constructor({ role, command, env, onMessage }: ChildParts, now: number) {
    this.role = role;
    this.startedAt = now;
    const [program, ...args] = command;
    const own: { [name: string]: string | undefined } = { ...env, [ROLE]: JSON.stringify(role) };
    for (const name of NOT_FOR_CHILDREN) delete own[name];
    const child = spawn(program, args, { env: own, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#process = child;
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
      child.once("error", () => resolve({ code: 1, signal: null }));
    });
    this.started = new Promise((resolve) => {
      child.on("message", (message) => {
        const said = message as FromWorker;
        if (said.kind === "ready") resolve({ port: said.port });
        else if (said.kind === "failed") resolve({ message: said.message, code: said.code, reported: true });
        else onMessage(said);
      });
      void this.ended.then(({ code, signal }) =>
        resolve({
          message: `A process of the server ended with ${signal ?? code} while it started.`,
          code: code || 1,
          reported: false,
        }),
      );
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  tell(message: ToWorker): void {
    // One that has just ended is noticed by `ended`.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** Asks it to end, and kills it when it has not ended within this time. Milliseconds. */
  async stop(within: number): Promise<void> {
    this.isStopping = true;
    this.tell({ kind: "stop" });
    const timer = setTimeout(() => this.kill(), within);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.isStopping = true;
    this.#process.kill("SIGKILL");
  }
}
