import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "./log.ts";

/** Why the server refuses writes for want of space. The names are on `/readyz`. */
export type SpaceProblem = keyof typeof SENTENCES;

const MEANWHILE = "writes are refused, reads go on, clients keep what they send.";
/** The log's line when it begins. */
const SENTENCES = {
  disk_full: `the disk of DATA_DIR is full: ${MEANWHILE} Make space; no restart is needed.`,
  disk_quota: `the disk quota of the server's user is used up on the disk of DATA_DIR: ${MEANWHILE} Raise it or make space; no restart is needed.`,
  disk_reserve: `less than DISK_RESERVE is free on the disk of DATA_DIR: ${MEANWHILE} Make space; no restart is needed.`,
} as const;

/** Between two readings of the free space, while there is a reserve. Milliseconds. */
const READ_EVERY = 2_000;
/** Without a reserve: between two checks whether there is space again. Milliseconds. */
const CHECK_EVERY = 5_000;
/** Between two pairs of lines in the log. Milliseconds. */
const LINES_EVERY = 60_000;
/** The part of the reserve that must be free above it before writes are accepted again, so that the state does not flap. */
const HYSTERESIS = 0.1;

export type StoreSpaceParts = {
  readonly log: Pick<Log, "warn">;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  /** Bytes that must stay free; 0 reads nothing. */
  readonly reserve: number;
  /** Bytes that are free on the disk of the store. */
  readonly free: () => Promise<number>;
  /** Why the folder of the store takes no write; null when it takes one. */
  readonly probe: () => Promise<SpaceProblem | null>;
  /** Runs something after so many milliseconds; the returned function cancels that. */
  readonly later: (run: () => void, milliseconds: number) => () => void;
};

/** The time from the first refused write until writes are accepted. It keeps its first cause, except that a probe names a quota. */
type Episode = { problem: SpaceProblem; line: "due" | "written" | "left out"; ended: boolean };

/**
 * Whether the store has space to write: the one place that knows whether the disk is full, the quota used up, or the reserve
 * reached. All that refuses writes for want of space reports it here; `/readyz`, the metrics and the log read it here.
 *
 * The state ends with the next write that succeeds, or when a check finds space, because a load balancer may send no writes
 * meanwhile. While the reserve is reached, only the free space ends it: writes that were on their way may still succeed.
 */
export class StoreSpace {
  readonly #parts: StoreSpaceParts;
  #episode: Episode | null = null;
  #low = false;
  #lastLine = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(parts: StoreSpaceParts) {
    this.#parts = parts;
  }

  /** Null while there is space. */
  get problem(): SpaceProblem | null {
    return this.#episode?.problem ?? null;
  }

  /** Whether less than the reserve is free, so that writes are refused before they reach the disk. */
  get isLow(): boolean {
    return this.#low;
  }

  /** A write was refused for want of space. */
  refused(): void {
    if (this.#episode) return;
    void this.#nameCause(this.#begin("disk_full"));
    this.#lookLater();
  }

  /** A write succeeded. */
  written(): void {
    if (!this.#low) this.#end();
  }

  /** Reads the free space and, after a refused write, tries whether there is space again. Repeats itself until `close`. */
  async look(): Promise<void> {
    this.#cancel = null;
    const { reserve, free, probe } = this.#parts;
    // Where the free space cannot be read nothing changes: the next write reports what is wrong.
    const bytes = reserve > 0 ? await free().catch(() => null) : null;
    if (bytes !== null) this.#low = bytes < reserve * (this.#low ? 1 + HYSTERESIS : 1);
    if (this.#low && !this.#episode) this.#announce(this.#begin("disk_reserve"));
    else if (!this.#low && this.#episode && (await probe()) === null && !this.#low) this.#end();
    this.#lookLater();
  }

  /** Ends the checks. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  #begin(problem: SpaceProblem): Episode {
    this.#episode = { problem, line: "due", ended: false };
    return this.#episode;
  }

  /** The engine answers a full disk and a used-up quota alike; a file of our own tells them apart. */
  async #nameCause(episode: Episode): Promise<void> {
    if ((await this.#parts.probe()) === "disk_quota") episode.problem = "disk_quota";
    this.#announce(episode);
  }

  #announce(episode: Episode): void {
    const now = this.#parts.monotonicNow();
    episode.line = now - this.#lastLine >= LINES_EVERY ? "written" : "left out";
    if (episode.line === "left out") return;
    this.#lastLine = now;
    const { problem } = episode;
    // A warning: errors are defects of the server.
    this.#parts.log.warn({ problem }, SENTENCES[problem]);
    if (episode.ended) this.#announceEnd(episode);
  }

  #end(): void {
    const episode = this.#episode;
    if (!episode) return;
    this.#episode = null;
    episode.ended = true;
    if (episode.line === "written") this.#announceEnd(episode);
  }

  #announceEnd({ problem }: Episode): void {
    this.#parts.log.warn({ problem }, "the disk of DATA_DIR takes writes again");
  }

  /** A check that is due stays due: refusals in quick succession must not put it off. */
  #lookLater(): void {
    if (this.#closed || this.#cancel) return;
    const every = this.#parts.reserve > 0 ? READ_EVERY : this.#episode ? CHECK_EVERY : null;
    if (every !== null) this.#cancel = this.#parts.later(() => void this.look(), every);
  }
}

/** A batch of the store fits several times. */
const PROBE_BYTES = 1 << 20;

/**
 * Writes a file into the folder and removes it: quotas are seen, too, which free space does not show. Returns why it could not
 * be written, null when it could. Never rejects.
 */
export async function probeSpace(folder: string): Promise<SpaceProblem | null> {
  const path = join(folder, "space.probe");
  try {
    const file = await open(path, "w", 0o600);
    try {
      await file.writeFile(Buffer.alloc(PROBE_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    return null;
  } catch (error) {
    return (error as { code?: string }).code === "EDQUOT" ? "disk_quota" : "disk_full";
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}
