import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job, Target } from "../load/crowd.ts";
import { residentKiB } from "../report/cpu.ts";
import type { Ready, WindowCommand, WindowResult } from "../report/window.ts";

/** Which core a program is pinned to; null where there is no taskset. */
export type Core = number | null;

/** Seconds: to start and set up, for the longest window with all that follows it, and to end in order. */
const START_TIMEOUT = 60;
const WINDOW_TIMEOUT = 180;
const STOP_TIMEOUT = 10;

/** Memory that still goes up and down by this much has settled. */
const SETTLED_KIB = 512;

const TMPFS = 0x01021994;

/** Programs are named from the folder of the bench. */
const here = (path: string) => join(import.meta.dirname, "..", path);
const children = new Set<Bun.Subprocess>();
const folders = new Set<string>();

/** A folder for one server's data. Throws when it would be in memory: then fsync costs nothing and the figures are none. */
export function dataFolder(parent: string = tmpdir()): string {
  const { type } = statfsSync(parent);
  if (type === TMPFS) throw new Error(`${parent} is in memory. Name a folder on a disk with --data-dir.`);
  const folder = mkdtempSync(join(parent, "parley-bench-"));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Whatever still runs and lies about, when a run is broken off. */
export function cleanUp(): void {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) removeFolder(folder);
}

export const NO_FASTAPI =
  "there is no python3 that can import fastapi and uvicorn (Debian: python3-fastapi, python3-uvicorn)";

/** The Python that has what the peer needs: the first on the PATH, else the system's. */
export function pythonWithFastApi(): string | null {
  const needed = ["-c", "import fastapi, uvicorn, websockets"];
  const has = (python: string) => {
    try {
      return Bun.spawnSync([python, ...needed], { stderr: "ignore" }).success;
    } catch {
      return false;
    }
  };
  return ["python3", "/usr/bin/python3"].find(has) ?? null;
}

function pinned(core: Core, command: readonly string[]): string[] {
  return core === null ? [...command] : ["taskset", "-c", String(core), ...command];
}

/** A program of ours as a child, read line by line; it ends with the block that holds it by `await using`. */
export class Program {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncGenerator<string>;
  readonly #name: string;

  private constructor(name: string, command: readonly string[]) {
    this.#name = name;
    this.#child = Bun.spawn([...command], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      env: { ...process.env, RATE_LIMITS: "off", LOG_LEVEL: "warn" },
    });
    children.add(this.#child);
    this.#lines = linesOf(this.#child.stdout);
  }

  static bun(core: Core, args: readonly string[]): Program {
    const file = args.find((arg) => arg.endsWith(".ts")) ?? "";
    return new Program(file, pinned(core, [process.execPath, "--no-orphans", ...args]));
  }

  static node(core: Core, args: readonly string[]): Program {
    const node = Bun.which("node");
    if (node === null) throw new Error("There is no node on the PATH, and the peers run on it.");
    return new Program(args.at(-1) ?? "", pinned(core, [node, ...args]));
  }

  /** A program that uses FastAPI; throws where `pythonWithFastApi` finds none. */
  static python(core: Core, args: readonly string[]): Program {
    const python = pythonWithFastApi();
    if (python === null) throw new Error(NO_FASTAPI);
    return new Program(args.at(-1) ?? "", pinned(core, [python, ...args]));
  }

  /** Its next line. Throws when it ends, or says nothing for `seconds`. */
  async line(seconds: number): Promise<string> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), seconds * 1000);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (done) throw new Error(`${this.#name} ended, or said nothing for ${seconds} s.`);
    return value;
  }

  /** Gives an order and waits for its answer. */
  async ask<Answer>(order: object, seconds = WINDOW_TIMEOUT): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    this.#child.stdin.flush();
    return JSON.parse(await this.line(seconds)) as Answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT * 1000);
    this.#child.kill();
    await this.#child.exited;
    clearTimeout(timer);
    children.delete(this.#child);
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}

/** What stands under load: one of the sides, the bare pipeline in the words of a dialect, a dummy to try the load itself. */
export type ServerKind =
  | Target
  | "bare-dialects"
  | { readonly perFrame: number; readonly members: number; readonly seconds: number };

function startServer(kind: ServerKind, core: Core, folder: string): Program {
  // So that garbage can be collected where memory is measured; else it does nothing.
  const preload = here("targets/collect.mjs");
  switch (kind) {
    case "parley": {
      const flags = [
        "--port",
        "0",
        "--host",
        "127.0.0.1",
        "--data-dir",
        folder,
        "--log-dir",
        join(folder, "logs"),
      ];
      return Program.bun(core, ["--preload", preload, here("../server/src/main.ts"), ...flags]);
    }
    case "bare":
      return Program.bun(core, [here("targets/bare.ts"), folder]);
    case "bare-dialects":
      return Program.bun(core, [here("targets/bare.ts"), folder, "dialects"]);
    case "fastapi":
      return Program.python(core, [here("targets/peers/fastapi-lobby.py")]);
    case "socketio":
    case "ws":
      return Program.node(core, ["--expose-gc", "--import", preload, here(`targets/peers/${kind}.mjs`)]);
    default: {
      const { perFrame, members, seconds } = kind;
      return Program.bun(core, [
        here("targets/dummy.ts"),
        String(perFrame),
        String(members),
        String(seconds),
      ]);
    }
  }
}

/** A server under load. */
export class Server {
  readonly #program: Program;
  readonly port: number;
  readonly pid: number;

  private constructor(program: Program, port: number, pid: number) {
    this.#program = program;
    this.port = port;
    this.pid = pid;
  }

  /** `folder` is for what it keeps, and stays when it stops. */
  static async start(kind: ServerKind, core: Core, folder: string): Promise<Server> {
    const program = startServer(kind, core, folder);
    for (;;) {
      // Whatever else it says before.
      const found = /ready at http:\/\/localhost:(\d+) \(pid (\d+)\)/.exec(await program.line(START_TIMEOUT));
      if (found) return new Server(program, Number(found[1]), Number(found[2]));
    }
  }

  /** Resident memory in KiB when its garbage is collected and it gives nothing more back. */
  async settledKiB(): Promise<number> {
    let [before, now] = [Number.POSITIVE_INFINITY, residentKiB(this.pid)];
    // Twice at least: what is free goes back to the system a while later.
    for (let round = 0; round < 2 || (round < 6 && now < before - SETTLED_KIB); round++) {
      process.kill(this.pid, "SIGUSR2");
      await Bun.sleep(1_000);
      [before, now] = [now, residentKiB(this.pid)];
    }
    return now;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]();
  }
}

/** A load process whose crowd stands ready. */
export class Load {
  readonly #program: Program;
  readonly ready: Ready;

  private constructor(program: Program, ready: Ready) {
    this.#program = program;
    this.ready = ready;
  }

  static async start(job: Job, core: Core): Promise<Load> {
    const program = Program.bun(core, [here("load/load.ts"), JSON.stringify(job)]);
    return new Load(program, JSON.parse(await program.line(START_TIMEOUT)) as Ready);
  }

  window(command: WindowCommand): Promise<WindowResult> {
    return this.#program.ask(command);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]();
  }
}
