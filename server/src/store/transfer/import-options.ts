export type ImportOptions = {
  /** The folder with the export. */
  readonly folder: string;
  /** The folder of the store. No server may be running on it. */
  readonly dataDir: string;
  /** Look at everything, change nothing. */
  readonly dryRun: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
  readonly progress?: (done: number, total: number) => void;
  /** Told of each entry that does not come in. */
  readonly problem?: (problem: Problem) => void;
};

/** An entry that did not come in: where it stands, and why. */
export type Problem = { readonly where: string; readonly why: string };
