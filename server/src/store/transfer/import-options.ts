export type ImportOptions = {
  /** The folder with the export. */
  readonly folder: string;
  /** The folder of the store. No server may be running on it. */
  readonly dataDir: string;
  /** Check everything, change nothing. */
  readonly dryRun: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
  readonly progress?: (done: number, total: number) => void;
  /** Receives each entry that is not imported. */
  readonly problem?: (problem: Problem) => void;
};

/** An entry that was not imported: its position, and the reason. */
export type Problem = { readonly where: string; readonly why: string };
