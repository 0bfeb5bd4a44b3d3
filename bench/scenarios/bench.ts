import { setTimeout as wait } from "node:timers/promises";
import type { Target } from "../load/crowd.ts";
import { coreBusy } from "../report/cpu.ts";
import type { ScenarioResult } from "../report/table.ts";
import type { WindowCommand } from "../report/window.ts";
import {
  type Core,
  dataFolder,
  Program,
  removeFolder,
  Server,
  type ServerKind,
} from "../targets/programs.ts";

export type Settings = {
  /** How often each figure is measured. */
  readonly repeats: number;
  /** Milliseconds before a window counts, and that it counts. */
  readonly warm: number;
  readonly measure: number;
  /** Milliseconds to wait, at most, until other programs are quiet. */
  readonly quiet: number;
  /** Part of the members, connections and messages; 1 is what the goals are for. */
  readonly scale: number;
  readonly targets: readonly Target[];
  readonly dataDir: string | undefined;
};

/** One of the things that are measured. */
export type Scenario = {
  readonly key: string;
  readonly title: string;
  run(bench: Bench): Promise<ScenarioResult>;
};

/** Part of the two cores that counts as quiet; servers and loads that wait use a little. */
const QUIET = 0.1;

/** Where a work gets its programs from: servers with all their threads on one core, loads on another. */
export class Bench {
  readonly settings: Settings;
  readonly serverCore: Core;
  readonly loadCore: Core;

  constructor(settings: Settings, mayPin: boolean) {
    this.settings = settings;
    this.serverCore = mayPin ? 0 : null;
    this.loadCore = mayPin ? 1 : null;
  }

  /** Those of the sides that this run is about. */
  targets(...all: readonly Target[]): Target[] {
    return all.filter((target) => this.settings.targets.includes(target));
  }

  /** A count at this run's scale, at least `least`. */
  scaled(count: number, least = 1): number {
    return Math.max(least, Math.round(count * this.settings.scale));
  }

  /** One line on what is going on. */
  say(line: string): void {
    console.error(`  ${line}`);
  }

  async repeat(body: () => Promise<void>): Promise<void> {
    for (let i = 0; i < this.settings.repeats; i++) await body();
  }

  windowCommand({ pid }: Server): WindowCommand {
    const { warm, measure } = this.settings;
    return { pid, cores: CORES, warm, measure };
  }

  server(kind: ServerKind, folder: string): Promise<Server> {
    return Server.start(kind, this.serverCore, folder);
  }

  /** A load process of this file. */
  load(file: string, ...args: readonly string[]): Program {
    return Program.bun(this.loadCore, [`${import.meta.dirname}/../${file}`, ...args]);
  }

  /** A program of this file where servers run. */
  onServerCore(file: string, ...args: readonly string[]): Program {
    return Program.bun(this.serverCore, [`${import.meta.dirname}/../${file}`, ...args]);
  }

  /** An empty folder that is gone at the end of the block. */
  folder(): Disposable & { readonly path: string } {
    const path = dataFolder(this.settings.dataDir);
    return { path, [Symbol.dispose]: () => removeFolder(path) };
  }

  /** Waits until the two cores have little to do, at most as long as the settings say. */
  async untilQuiet(): Promise<void> {
    const until = performance.now() + this.settings.quiet;
    while (performance.now() < until) {
      const [busy, at] = [coresBusy(), performance.now()];
      await wait(500);
      if (coresBusy() - busy < QUIET * CORES.length * (performance.now() - at) * 1000) return;
    }
  }
}

const CORES = [0, 1];

function coresBusy(): number {
  return CORES.reduce((sum, each) => sum + coreBusy(each), 0);
}
