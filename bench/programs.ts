import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "./crowd.ts";
import type { Ready, WindowOrder, WindowResult } from "./window.ts";

/** Which core a program is pinned to; null where there is no taskset. */
export type Core = number | null;

/** Seconds: to start and set up, and for the longest window with all that follows it. */
const START_WITHIN = 60;
const WINDOW_WITHIN = 180;

const TMPFS = 0x01021994;

/** A folder for one server's data. Throws when it would be in memory: then fsync costs nothing and the figures are none. */
export function dataFolder(parent: string = tmpdir()): string {
  const { type } = statfsSync(parent);
  if (type === TMPFS) throw new Error(`${parent} is in memory. Name a folder on a disk with --data-dir.`);
  return mkdtempSync(join(parent, "parley-bench-"));
}

function pinned(core: Core, command: readonly string[]): string[] {
  return core === null ? [...command] : ["taskset", "-c", String(core), ...command];
}

/** A program of ours as a child, read line by line. */
class Program {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncGenerator<string>;
  readonly #name: string;

  constructor(core: Core, args: readonly string[]) {
    this.#child = Bun.spawn(pinned(core, [process.execPath, "--no-orphans", ...args]), {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      env: { ...process.env, RATE_LIMITS: "off", LOG_LEVEL: "warn" },
    });
    this.#lines = linesOf(this.#child.stdout);
    this.#name = args[0] ?? "";
  }

  /** Its next line. Throws when it ends, or says nothing for `seconds`. */
  async line(seconds: number): Promise<string> {
    const timer = setTimeout(() => this.#child.kill(), seconds * 1000);
    const { value, done } = await this.#lines.next();
    clearTimeout(timer);
    if (done) throw new Error(`${this.#name} ended, or said nothing for ${seconds} s.`);
    return value;
  }

  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
    this.#child.stdin.flush();
  }

  async end(): Promise<void> {
    this.#child.kill();
    await this.#child.exited;
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

/** What stands under load; a dummy is there to try the load itself. */
export type ServerKind =
  | Job["wire"]
  | { readonly perFrame: number; readonly members: number; readonly seconds: number };

function argumentsOf(kind: ServerKind, folder: string): string[] {
  const file = (path: string) => join(import.meta.dirname, path);
  if (kind === "bare") return [file("bare.ts"), folder];
  if (kind === "parley") return [file("../server/src/main.ts"), "--port", "0", "--data-dir", folder];
  const { perFrame, members, seconds } = kind;
  return [file("dummy.ts"), String(perFrame), String(members), String(seconds)];
}

/** A server under load, with a data folder of its own. */
export class Server {
  readonly #program: Program;
  readonly #folder: string;
  readonly port: number;
  readonly pid: number;

  private constructor(program: Program, folder: string, port: number, pid: number) {
    this.#program = program;
    this.#folder = folder;
    this.port = port;
    this.pid = pid;
  }

  static async start(kind: ServerKind, core: Core, dataParent?: string): Promise<Server> {
    const folder = dataFolder(dataParent);
    const args = argumentsOf(kind, folder);
    const program = new Program(core, args);
    for (;;) {
      // Whatever else it says before.
      const found = /ready at http:\/\/localhost:(\d+) \(pid (\d+)\)/.exec(await program.line(START_WITHIN));
      if (found) return new Server(program, folder, Number(found[1]), Number(found[2]));
    }
  }

  async stop(): Promise<void> {
    await this.#program.end();
    rmSync(this.#folder, { recursive: true, force: true });
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
    const program = new Program(core, [join(import.meta.dirname, "load.ts"), JSON.stringify(job)]);
    return new Load(program, JSON.parse(await program.line(START_WITHIN)) as Ready);
  }

  async window(order: WindowOrder): Promise<WindowResult> {
    this.#program.say(JSON.stringify(order));
    return JSON.parse(await this.#program.line(WINDOW_WITHIN)) as WindowResult;
  }

  stop(): Promise<void> {
    return this.#program.end();
  }
}
