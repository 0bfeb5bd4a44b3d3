import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, cpSync, existsSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { repositoryFiles } from "../../scripts/files.mjs";
import { root } from "../support/server-process.ts";
import type { ImageStage, Step } from "./dockerfile.ts";

/** The packages of one build, from a cold cache. Seconds. */
const RUN_WITHIN = 150;

/** Whether a path of the repository goes to the builder: of the lines that fit, the last one counts. */
export function isSent(path: string, ignored: string): boolean {
  let sent = true;
  for (const line of ignored.split("\n")) {
    const rule = line.trim();
    if (rule === "" || rule.startsWith("#")) continue;
    const turn = rule.startsWith("!");
    if (fits(path, turn ? rule.slice(1) : rule)) sent = turn;
  }
  return sent;
}

/** A rule fits a path, or a folder that it lies in. `*` stays in one name, `**` passes any number of folders. */
function fits(path: string, rule: string): boolean {
  const pattern = rule
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**/", "\0")
    .replaceAll("*", "[^/]*")
    .replaceAll("\0", "(?:.*/)?");
  return new RegExp(`^${pattern}(?:/.*)?$`).test(path);
}

/** Copies what would be sent to the builder: the repository as a clean clone has it, without what is ignored. */
export function sendContext(to: string, ignored: string): void {
  for (const path of repositoryFiles(root)) {
    if (!isSent(path, ignored)) continue;
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(join(root, path), join(to, path));
  }
}

export type Building = {
  readonly stages: readonly ImageStage[];
  /** What was sent. */
  readonly context: string;
  /** The folder that represents the builder: one folder below it for each stage, empty at first. */
  readonly folder: string;
};

/** Performs the steps of the Dockerfile; returns the folder that represents the last stage's root. */
export function buildImage({ stages, context, folder }: Building): string {
  const roots = new Map<string, string>();
  let last = "";
  for (const [at, stage] of stages.entries()) {
    last = join(folder, `stage-${at}`);
    roots.set(stage.name, last);
    mkdirSync(join(last, stage.folder), { recursive: true });
    for (const step of stage.steps) {
      if (step.kind === "run") run(step, last, folder);
      else copy(step, last, step.from === null ? context : (roots.get(step.from) ?? ""));
    }
  }
  return last;
}

function run({ command, folder }: Extract<Step, { kind: "run" }>, stage: string, home: string): void {
  // A folder represents the root of the image here: an absolute path would lead out of it.
  if (/(^|[\s=])\//.test(command)) throw new Error(`RUN ${command}: only paths below the working folder`);
  const path = `${dirname(spawnSync("which", ["node"], { encoding: "utf8" }).stdout.trim())}:/usr/bin:/bin`;
  const env = {
    PATH: path,
    HOME: home,
    // What this machine has of the lock's packages need not come again: the lock holds their hashes.
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), ".npm"),
    npm_config_prefer_offline: "true",
    // A request that the registry leaves without an answer is made again; npm by itself waits for five minutes.
    npm_config_fetch_timeout: "15000",
    npm_config_fetch_retries: "4",
    npm_config_fetch_retry_mintimeout: "1000",
  };
  // Not the option of spawnSync: that would end the shell and leave what it started.
  const { status, stdout, stderr } = spawnSync(
    "timeout",
    ["-k", "5", `${RUN_WITHIN}`, "/bin/sh", "-c", command],
    {
      cwd: join(stage, folder),
      env,
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`RUN ${command} (${status}):\n${stdout}${stderr}`);
}

function copy({ paths, to, owner }: Extract<Step, { kind: "copy" }>, stage: string, from: string): void {
  for (const path of paths) {
    const source = join(from, path);
    if (!existsSync(source)) throw new Error(`COPY ${path}: it is not there`);
    // Of a folder its content is copied.
    const isFolder = statSync(source).isDirectory();
    const target = join(stage, to, to.endsWith("/") && !isFolder ? basename(path) : "");
    mkdirSync(dirname(target), { recursive: true });
    cpSync(source, target, { recursive: true });
    chmodSync(target, statSync(source).mode);
    if (owner !== null && process.getuid?.() === 0) chownSync(target, owner, owner);
  }
}
