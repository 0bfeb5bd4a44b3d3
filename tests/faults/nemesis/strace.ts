import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Calls that write, sync, and send to a socket. */
const CALLS = "fsync,fdatasync,pwrite64,pwritev,write,writev,sendto,sendmsg,sendmmsg";

const program = process.env.STRACE ?? findOnPath("strace");

/** Why no system call can be traced here; null if it can. */
export function obstacleToTracing(): string | null {
  if (!program) return "strace is not installed (apt-get install strace)";
  const { status, stderr } = spawnSync(program, ["-f", "-o", "/dev/null", "true"], { encoding: "utf8" });
  return status === 0 ? null : `strace may not trace here: ${stderr.trim()}`;
}

/** The command that runs another one and writes its calls into a file; `inject` makes some of them fail. */
export function tracing(file: string, inject?: string): string[] {
  const faults = inject === undefined ? [] : ["-e", `inject=${inject}`];
  return [
    program ?? "",
    "-f",
    "-y",
    "-ttt",
    "-qq",
    "-s",
    "65536",
    "-o",
    file,
    "-e",
    `trace=${CALLS}`,
    ...faults,
  ];
}

function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((path) => join(path, name)).find((path) => existsSync(path));
}
