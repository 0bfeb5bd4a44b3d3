import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./server-process.ts";

export type CliResult = { readonly code: number | null; readonly out: string; readonly err: string };

const CLI = join(root, "cli/src/main.ts");

/** Types `parley …` as an operator would, and waits for its end. */
export function parley(...args: readonly string[]): Promise<CliResult> {
  return type([CLI, ...args]);
}

/** The same in an environment. */
export function parleyIn(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CliResult> {
  return type([CLI, ...args], { env });
}

/** What `npm start -- …` runs once the page is built. Only for starts that fail: a server that starts is not stopped. */
export function start(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return type([join(root, "server/src/main.ts"), ...args], options);
}

export type CliOptions = { readonly uid?: number; readonly env?: Readonly<Record<string, string>> };

function type(args: readonly string[], { uid, env }: CliOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, ["--no-orphans", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid }),
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}
