import { readFileSync, statfsSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { totalmem } from "node:os";
import { dirname, join } from "node:path";

/** What the system reports of this process and its disk, in bytes and descriptors; null where it does not. */
export type Machine = {
  readonly resident: number;
  readonly heap: number;
  readonly mostMemory: number;
  readonly descriptors: number | null;
  readonly mostDescriptors: number | null;
  readonly database: number;
  readonly log: number;
  readonly free: number | null;
  readonly size: number | null;
};

export async function readMachine(dataDir: string): Promise<Machine> {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    resident: rss,
    heap: heapUsed,
    mostMemory: MOST_MEMORY,
    descriptors: await descriptors(),
    mostDescriptors: MOST_DESCRIPTORS,
    database: sizeOf(join(dataDir, "parley.db")),
    log: sizeOf(join(dataDir, "parley.db-wal")),
    ...disk(dataDir),
  };
}

const DESCRIPTORS = "/proc/self/fd";

/** From Linux 6.2 on, the size of the folder is the number of its entries. Before, they are counted, asynchronously. */
async function descriptors(): Promise<number | null> {
  return sizeOf(DESCRIPTORS) || (await readdir(DESCRIPTORS).catch(() => null))?.length || null;
}

/** The limit of descriptors of this process at its start; null where there is none or it is not known. */
export const MOST_DESCRIPTORS = mostDescriptors();

function mostDescriptors(): number | null {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return found ? Number(found[1]) : null;
  } catch {
    return null;
  }
}

const CONTROL_GROUPS = "/sys/fs/cgroup";

const MOST_MEMORY = mostMemory();

/** The lowest memory limit of this process: of its control group, of those above it, and of the machine. Bytes. */
function mostMemory(): number {
  const limits = [totalmem(), process.constrainedMemory()];
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1] ?? "/";
    for (let group = own; ; group = dirname(group)) {
      limits.push(Number(textOf(join(CONTROL_GROUPS, group, "memory.max"))));
      if (group === "/") break;
    }
  } catch {
    // No control groups: the machine's memory is the limit.
  }
  return Math.min(...limits.filter((limit) => limit > 0));
}

/** Empty when the file cannot be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

/** File systems whose content is lost when the machine restarts: their type numbers (statfs(2)). */
const IN_MEMORY = new Set([0x01021994, 0x858458f6]);

/** Whether a folder is on a file system in memory: tmpfs or ramfs. False where that is not known. */
export function isInMemory(folder: string): boolean {
  try {
    return IN_MEMORY.has(statfsSync(folder).type);
  } catch {
    return false;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function disk(path: string): Pick<Machine, "free" | "size"> {
  try {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { free: bavail * bsize, size: blocks * bsize };
  } catch {
    return { free: null, size: null };
  }
}
