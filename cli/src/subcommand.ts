/** An option of a subcommand, as its help shows it. */
export type Option = {
  readonly flag: `--${string}`;
  /** The name of its value in the help. Without it the option takes no value. */
  readonly takes?: string;
  readonly description: string;
};

/** The output, the environment and the clock of a subcommand. */
export type CliContext = {
  /** Prints a line of the result, to standard output. */
  readonly say: (line: string) => void;
  /** Shows a line that replaces the previous one, for progress. Does nothing when standard error is no terminal. */
  readonly show: (line: string) => void;
  /** Prints a line of progress where standard error is no terminal; null where it is one. */
  readonly note: ((line: string) => void) | null;
  /** Prints a warning to standard error, also where a program reads the result. */
  readonly warn: (line: string) => void;
  readonly env: { readonly [name: string]: string | undefined };
  /** Milliseconds UTC. */
  readonly now: () => number;
};

/** A subcommand of `parley`. */
export type Subcommand = {
  readonly name: string;
  /** What follows the name, such as `FILE [options]`. */
  readonly usage: string;
  /** One line, for the list of subcommands. */
  readonly summary: string;
  /** The text of `--help`. */
  readonly help: () => string;
  /** Resolves with the exit code, or with nothing when the process keeps running. @throws OperatorError. */
  readonly run: (args: readonly string[], context: CliContext) => Promise<number | undefined>;
};
