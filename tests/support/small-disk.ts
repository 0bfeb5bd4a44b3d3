import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of memory that is soon full. Only root may mount one. */
export class SmallDisk {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Why none can be had here; null if one can. */
  static obstacle(): string | null {
    if (process.platform !== "linux" || process.getuid?.() !== 0)
      return "only root on Linux may mount a small disk";
    try {
      SmallDisk.mount(1).unmount();
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  static mount(megabytes: number): SmallDisk {
    const path = mkdtempSync(join(tmpdir(), "parley-disk-"));
    const { status, stderr } = spawnSync(
      "mount",
      ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path],
      {
        encoding: "utf8",
      },
    );
    if (status === 0) return new SmallDisk(path);
    rmdirSync(path);
    throw new Error(`mounting is not allowed here: ${stderr?.trim()}`);
  }

  /** Takes all the space that is left. */
  fill(): void {
    const { bavail, bsize } = statfsSync(this.path);
    let size = bavail * bsize;
    for (let file = 0; size >= 4_096; file++) {
      try {
        writeFileSync(join(this.path, `filler-${file}`), Buffer.alloc(size));
      } catch {
        // Another process took some of it meanwhile.
      }
      size = Math.floor(size / 2);
    }
  }

  clear(): void {
    for (let file = 0; file < 64; file++) rmSync(join(this.path, `filler-${file}`), { force: true });
  }

  unmount(): void {
    spawnSync("umount", ["-l", this.path]);
    rmdirSync(this.path);
  }
}
