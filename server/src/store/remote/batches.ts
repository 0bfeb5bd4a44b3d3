import type { Command } from "../../core/command.ts";
import { unpackCommands } from "../commit/command-packing.ts";
import { packEvents, packVerdicts } from "../commit/packing.ts";
import type { Committed, Store } from "../store.ts";

/** A batch of one gateway: what it sent, and how it is answered. */
export type RemoteBatch<Origin> = {
  readonly origin: Origin;
  /** Packed by command-packing.ts. */
  readonly packed: string;
  /** `verdicts` is the first line of the packed answer, without the events. */
  readonly answer: (verdicts: string, events: Buffer) => void;
  readonly reject: (error: unknown) => void;
};

export type BatchesParts<Origin> = {
  readonly store: Pick<Store, "commit">;
  /**
   * Called once for each commit, before the answers, with its packed events: for the gateways that have no part in it. A
   * gateway that ends between commit and answer so loses nothing for the others.
   */
  readonly onEvents: (header: string, events: Buffer, origins: ReadonlySet<Origin>) => void;
};

/** Commands and characters of one commit, at most. */
const MOST_COMMANDS = 4_096;
const MOST_CHARACTERS = 16_777_216;

/**
 * The batches of all gateways on their way into the store. What waits while a commit runs goes with the next one, with one
 * fsync for all: as many gateways as there are, the disk is asked no more often than by one process. The batches of one
 * gateway keep their order.
 */
export class Batches<Origin> {
  readonly #parts: BatchesParts<Origin>;
  #waiting: RemoteBatch<Origin>[] = [];
  #state: "idle" | "deferred" | "committing" = "idle";

  constructor(parts: BatchesParts<Origin>) {
    this.#parts = parts;
  }

  add(batch: RemoteBatch<Origin>): void {
    this.#waiting.push(batch);
    if (this.#state !== "idle") return;
    // What the other sockets have in this turn goes with it.
    this.#state = "deferred";
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    this.#state = "committing";
    while (this.#waiting.length > 0) await this.#commit(this.#next());
    this.#state = "idle";
  }

  /** One batch of each gateway at most: what a fault holds back is decided within a gateway's own batch. */
  #next(): Parsed<Origin>[] {
    const next: Parsed<Origin>[] = [];
    const later: RemoteBatch<Origin>[] = [];
    const passed = new Set<Origin>();
    let size = 0;
    let characters = 0;
    for (const batch of this.#waiting) {
      const fits = size === 0 || characters + batch.packed.length <= MOST_CHARACTERS;
      const commands = fits && !passed.has(batch.origin) ? unpacked(batch) : null;
      passed.add(batch.origin);
      if (commands === "unreadable") continue;
      if (commands === null || (size > 0 && size + commands.length > MOST_COMMANDS)) {
        later.push(batch);
        continue;
      }
      next.push({ batch, commands });
      size += commands.length;
      characters += batch.packed.length;
    }
    this.#waiting = later;
    return next;
  }

  async #commit(parsed: readonly Parsed<Origin>[]): Promise<void> {
    if (parsed.length === 0) return;
    let committed: Committed;
    try {
      committed = await this.#parts.store.commit(parsed.flatMap(({ commands }) => commands));
    } catch (error) {
      for (const { batch } of parsed) batch.reject(error);
      return;
    }
    const { feeds, verdicts } = committed;
    const events = Buffer.from(packEvents(feeds));
    if (feeds.length > 0) {
      const origins = new Set(parsed.map(({ batch }) => batch.origin));
      this.#parts.onEvents(packVerdicts({ verdicts: [], feeds }), events, origins);
    }
    let from = 0;
    for (const { batch, commands } of parsed) {
      const own = verdicts.slice(from, from + commands.length);
      from += commands.length;
      batch.answer(packVerdicts({ verdicts: own, feeds }), events);
    }
  }
}

function unpacked<Origin>(batch: RemoteBatch<Origin>): Command[] | "unreadable" {
  try {
    return unpackCommands(batch.packed);
  } catch (error) {
    batch.reject(error);
    return "unreadable";
  }
}

type Parsed<Origin> = {
  readonly batch: RemoteBatch<Origin>;
  readonly commands: readonly Command[];
};
