import { readConfig } from "@parley/server/config/read.ts";
import { UsageError } from "@parley/server/offline.ts";
import type { CliContext, Option } from "./subcommand.ts";

/** What was typed after a subcommand: its words in order, and its options by flag. */
export type ParsedArguments = {
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
};

/** The store's folder: an option of every subcommand that works on a store. */
export const DATA_DIR: Option = {
  flag: "--data-dir",
  takes: "FOLDER",
  description: "Folder of the store. Default: DATA_DIR of the environment, or ./data.",
};

/** Prints the result as JSON, for programs. */
export const JSON_OUTPUT: Option = { flag: "--json", description: "Print the result as JSON." };

/** Reads what was typed after `subcommand`. `words` names the required words. @throws UsageError. */
export function readArguments(
  subcommand: string,
  args: readonly string[],
  known: readonly Option[],
  words: readonly string[] = [],
): ParsedArguments {
  const found: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("--")) {
      found.push(arg);
      continue;
    }
    const [flag = "", inline] = arg.split(/=(.*)/s, 2);
    const option = known.find((each) => each.flag === flag);
    if (!option)
      throw new UsageError(
        `${subcommand} has no option ${flag}. \`parley ${subcommand} --help\` lists them.`,
      );
    if (option.takes === undefined) {
      if (inline !== undefined) throw new UsageError(`${flag} takes no value.`);
      options.set(flag, "on");
      continue;
    }
    const value = inline ?? args[++at];
    if (value === undefined || value === "" || (inline === undefined && value.startsWith("--")))
      throw new UsageError(`${flag} needs a value: ${flag} ${option.takes}.`);
    options.set(flag, value);
  }
  const missing = words[found.length];
  if (missing)
    throw new UsageError(`${subcommand} needs ${missing}: parley ${subcommand} ${words.join(" ")}.`);
  if (found.length > words.length)
    throw new UsageError(`${subcommand} does not take ${found.slice(words.length).join(" ")}.`);
  return { words: found, options };
}

/**
 * The folder that a subcommand works on.
 *
 * @throws UsageError when the environment names a database and no folder was typed: the wrong store would be copied or checked.
 */
export function dataDir({ options }: ParsedArguments, { env }: CliContext): string {
  const given = options.get(DATA_DIR.flag);
  if (given === undefined && env.DATABASE_URL)
    throw new UsageError(
      "This works on the embedded store, but DATABASE_URL is set: the store is in PostgreSQL. Use its own tools, such as pg_dump " +
        `(docs/operate/postgresql.md), or name the folder of an embedded store with ${DATA_DIR.flag}.`,
    );
  const args = given === undefined ? [] : [`${DATA_DIR.flag}=${given}`];
  return readConfig(args, { DATA_DIR: env.DATA_DIR }).dataDir;
}

/** The help of a subcommand: what it does, then its options. */
export function helpOf(usage: string, text: string, options: readonly Option[]): string {
  const rows = [...options, { flag: "--help", description: "Show this help." } as const].map((option) => {
    const takes = "takes" in option && option.takes !== undefined ? ` ${option.takes}` : "";
    return `  ${`${option.flag}${takes}`.padEnd(20)} ${option.description}`;
  });
  return [`Usage: parley ${usage}`, "", text, "", ...rows].join("\n");
}
