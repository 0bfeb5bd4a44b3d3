import { type Subcommand, UsageError } from "./subcommand.ts";

/** Makes the verb that explains the others. */
export function helpSubcommand(subcommands: () => readonly Subcommand[]): Subcommand {
  const list = () =>
    [
      "Usage: parley VERB [options]",
      "",
      ...subcommands().map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`),
      "",
      "`parley VERB --help` says more. In a checkout type `npm run parley -- VERB [options]`.",
      "The single executable serves when no verb is typed.",
    ].join("\n");
  return {
    name: "help",
    usage: "[VERB]",
    summary: "This list, or the help of one verb.",
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
  return `There is no verb ${name}. Type one of: ${subcommands.map((subcommand) => subcommand.name).join(", ")}.`;
}
