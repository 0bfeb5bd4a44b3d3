import { UsageError, type Verb } from "./subcommand.ts";

/** Makes the verb that explains the others. */
export function helpVerb(verbs: () => readonly Verb[]): Verb {
  const list = () =>
    [
      "Usage: parley VERB [options]",
      "",
      ...verbs().map(({ name, says }) => `  ${name.padEnd(10)} ${says}`),
      "",
      "`parley VERB --help` says more. In a checkout type `npm run parley -- VERB [options]`.",
      "The single executable serves when no verb is typed.",
    ].join("\n");
  return {
    name: "help",
    usage: "[VERB]",
    says: "This list, or the help of one verb.",
    help: list,
    async run([name], { say }) {
      const verb = name === undefined ? undefined : verbs().find((each) => each.name === name);
      if (name !== undefined && !verb) throw new UsageError(unknownVerb(name, verbs()));
      say(verb ? verb.help() : list());
      return 0;
    },
  };
}

export function unknownVerb(name: string, verbs: readonly Verb[]): string {
  return `There is no verb ${name}. Type one of: ${verbs.map((verb) => verb.name).join(", ")}.`;
}
