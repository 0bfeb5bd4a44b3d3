import { readConfig } from "@parley/server/config.ts";
import { type Option, type Surroundings, UsageError } from "./subcommand.ts";

/** What was typed after a verb: its words in order, and its options by flag. */
export type Given = { readonly words: readonly string[]; readonly options: ReadonlyMap<string, string> };

/** The store's folder, which every verb that works on a store takes. */
export const DATA_DIR: Option = {
  flag: "--data-dir",
  takes: "FOLDER",
  says: "Folder of the store. Else DATA_DIR of the environment, else ./data.",
};

/** Reads what was typed after `verb`. `words` names what must come without a flag. Throws a UsageError. */
export function readArguments(
  verb: string,
  args: readonly string[],
  known: readonly Option[],
  words: readonly string[] = [],
): Given {
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
    if (!option) throw new UsageError(`${verb} has no option ${flag}. \`parley ${verb} --help\` lists them.`);
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
  if (missing) throw new UsageError(`${verb} needs ${missing}: parley ${verb} ${words.join(" ")}.`);
  if (found.length > words.length)
    throw new UsageError(`${verb} does not know what to do with ${found.slice(words.length).join(" ")}.`);
  return { words: found, options };
}

/** The folder that a verb works on. */
export function dataDir({ options }: Given, { env }: Surroundings): string {
  const given = options.get(DATA_DIR.flag);
  const args = given === undefined ? [] : [`${DATA_DIR.flag}=${given}`];
  return readConfig(args, { DATA_DIR: env.DATA_DIR }).dataDir;
}

/** The help of a verb: what it does, then its options. */
export function helpOf(usage: string, text: string, options: readonly Option[]): string {
  const rows = [...options, { flag: "--help", says: "This text." } as const].map((option) => {
    const takes = "takes" in option && option.takes !== undefined ? ` ${option.takes}` : "";
    return `  ${`${option.flag}${takes}`.padEnd(20)} ${option.says}`;
  });
  return [`Usage: parley ${usage}`, "", text, "", ...rows].join("\n");
}
