import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Child } from "../support/child-process.ts";
import type { CliResult } from "../support/cli.ts";
import { root } from "../support/server-process.ts";

const NAME = process.platform === "win32" ? "parley.exe" : "parley";
const BUILD_WITHIN = 180_000;
let built = "";

/** The single executable, built as an operator does it; once for all tests of this process. */
export function executable(): string {
  if (built !== "") return built;
  const { status, stdout, stderr } = spawnSync("node", [join(root, "scripts/build-executable.mjs")], {
    encoding: "utf8",
    timeout: BUILD_WITHIN,
  });
  if (status !== 0) throw new Error(`The executable was not built (${status}):\n${stdout}${stderr}`);
  process.stdout.write(stdout);
  built = join(root, "dist", NAME);
  return built;
}

export type RunContext = {
  readonly file: string;
  /** Where it is started: nothing of the repository is in reach from there. */
  readonly folder: string;
  /** All of its environment beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it, where root starts the tests. */
  readonly uid?: number;
};

/** A command that runs the file as a machine would that knows nothing of this repository. */
function runBare({ file, folder, env = {}, uid }: RunContext, args: readonly string[]): string[] {
  const variables = Object.entries({ PATH: "/usr/bin:/bin", HOME: folder, ...env });
  return [
    ...(uid === undefined ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"]),
    "env",
    "-i",
    `--chdir=${folder}`,
    ...variables.map(([name, value]) => `${name}=${value}`),
    file,
    ...args,
  ];
}

/** Types something and waits for its end. */
export function outputOf(context: RunContext, ...args: readonly string[]): CliResult {
  const [program = "", ...rest] = runBare(context, args);
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: "utf8", timeout: 30_000 });
  return { code: status, out: stdout, err: stderr };
}

/** A server that runs from the executable. */
export type Served = { readonly child: Child; readonly url: string; readonly port: number };

const started = new Set<Child>();

/** Ends every server that was started here and still runs, also those of a test that failed half-way. */
export async function endAll(): Promise<void> {
  await Promise.all([...started].map((child) => child.kill()));
  started.clear();
}

/** Starts it and waits until it says that it is ready. */
export async function serving(context: RunContext, ...args: readonly string[]): Promise<Served> {
  const child = new Child({ command: runBare(context, args) });
  started.add(child);
  const url = await child.line("that it is ready", 30_000, (line) => {
    return /Parley is ready at (\S+) \(pid \d+\)/.exec(line)?.[1];
  });
  return { child, url, port: Number(new URL(url).port) };
}
