import { OperatorError } from "@parley/server/offline.ts";

/** An option of a verb, as its help shows it. */
export type Option = {
  readonly flag: `--${string}`;
  /** What its value is called; without, it is on when it is said. */
  readonly takes?: string;
  readonly description: string;
};

/** Where a verb's words go, and what it is told by its surroundings. */
export type CliContext = {
  /** A line for whoever asked. */
  readonly say: (line: string) => void;
  /** A line that replaces the one before it, while something takes long. Nothing when nobody looks. */
  readonly show: (line: string) => void;
  /** A line for whoever reads along, where nobody looks at a terminal: null where somebody does. */
  readonly note: ((line: string) => void) | null;
  /** A line that is seen beside the result, also where the result is read by a program. */
  readonly warn: (line: string) => void;
  readonly env: { readonly [name: string]: string | undefined };
  /** Milliseconds UTC. */
  readonly now: () => number;
};

/** What a person can type after `parley`. */
export type Subcommand = {
  readonly name: string;
  /** What follows the name, such as `FILE [options]`. */
  readonly usage: string;
  /** One line, for the list of verbs. */
  readonly summary: string;
  /** What its own help says beside the options. */
  readonly help: () => string;
  /** Does it. Resolves with the exit code, or with nothing for a process that goes on. Throws a sentence. */
  readonly run: (args: readonly string[], context: CliContext) => Promise<number | undefined>;
};

/** The command line is not valid; the message says what to type instead. Exit code 2. */
export class UsageError extends OperatorError {
  override name = "UsageError";
}
