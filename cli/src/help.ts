import { UsageError } from "@parley/server/offline.ts";
import type { Subcommand } from "./subcommand.ts";

/** Creates the subcommand that shows the help of the others. */
export function helpSubcommand(subcommands: () => readonly Subcommand[]): Subcommand {
  const list = () =>
    [
      "Usage: parley COMMAND [options]",
      "",
      ...subcommands().map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`),
      "",
      "`parley COMMAND --help` shows the options. In a checkout run `npm run parley -- COMMAND [options]`.",
      "The single executable runs the server when no command is given.",
    ].join("\n");
  return {
    name: "help",
    usage: "[COMMAND]",
    summary: "Shows this list, or the help of one command.",
    help: list,
    async run([name], { say }) {
      const subcommand = name === undefined ? undefined : subcommands().find((each) => each.name === name);
      if (name !== undefined && !subcommand) throw new UsageError(unknownSubcommand(name, subcommands()));
      say(subcommand ? subcommand.help() : list());
      return 0;
    },
  };
}

export function unknownSubcommand(name: string, subcommands: readonly Subcommand[]): string {
  return `There is no command ${name}. The commands are: ${subcommands.map((subcommand) => subcommand.name).join(", ")}.`;
}
