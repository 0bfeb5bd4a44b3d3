import { type Examination, examine, redactTokens } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { many, progress, warnIfEmpty } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  { flag: "--deep", description: "Compare all words of the search index, not only those of some messages." },
  {
    flag: "--redact-tokens",
    description:
      "First delete the text of stored frames that hold a token, and revoke these tokens. Stop the server before.",
  },
  { flag: "--json", description: "Say what was found as JSON." },
];

export const doctorSubcommand: Subcommand = {
  name: "doctor",
  usage: "[options]",
  summary: "Examines the store and says whether all of it agrees.",
  help: () =>
    helpOf(
      "doctor [options]",
      "Looks at the store as it is at one moment, also while the server runs: the file, the log of every room\n" +
        "and person, and all that was worked out from the logs, which is worked out once more and compared.\n" +
        "Without --redact-tokens it changes nothing. Exit code 0: all agrees. 1: something differs.",
      options,
    ),
  async run(args, context) {
    const parsed = readArguments("doctor", args, options);
    const folder = dataDir(parsed, context);
    const json = parsed.options.has("--json");
    const redacted = parsed.options.has("--redact-tokens")
      ? redactTokens({ dataDir: folder, now: context.now() })
      : null;
    if (redacted && !json)
      context.say(
        `Deleted the text of ${many(redacted.messages, "message")}, revoked ${many(redacted.tokens, "token")}.`,
      );
    const found = examine({
      dataDir: folder,
      deep: parsed.options.has("--deep"),
      now: context.now,
      progress: progress("Examining", context),
    });
    context.show("");
    const { messages, users } = found.looked;
    warnIfEmpty(found.dataDir, { messages, users: users - 1 }, context);
    for (const line of json ? [JSON.stringify({ ...found, ...(redacted && { redacted }) })] : report(found))
      context.say(line);
    return found.drift === 0 ? 0 : 1;
  },
};

/** What a person reads. */
function report({ dataDir: folder, looked, drift, counts, findings }: Examination): string[] {
  const { feeds, events, messages, users, nonces, searched } = looked;
  const lines = [
    `${folder}: ${many(feeds, "feed")}, ${many(events, "event")}, ${many(messages, "message")}, ${many(users, "user")}, ` +
      `${many(nonces, "nonce")}; the words of ${many(searched, "message")} compared.`,
  ];
  if (drift === 0)
    return [...lines, "Healthy: the file is whole, and everything agrees with the logs. Drift is 0."];
  for (const [check, count] of Object.entries(counts)) {
    const shown = findings.filter((finding) => finding.check === check);
    lines.push("", `${check}: ${many(count, "difference")}`);
    for (const { where, text } of shown) lines.push(`  ${where}: ${text}`);
    if (count > shown.length) lines.push(`  and ${(count - shown.length).toLocaleString("en-US")} more`);
  }
  return [...lines, "", `Drift is ${drift.toLocaleString("en-US")}. ${advice(counts)}`];
}

function advice(counts: Examination["counts"]): string {
  if (Object.keys(counts).every((check) => check === "tokens"))
    return (
      "Everything agrees with the logs, but messages hold tokens: who can read them can act as their owners. Stop the " +
      "server and run `parley doctor --redact-tokens`, which deletes these texts and revokes the tokens."
    );
  if (counts.file || counts.events || counts.feeds || counts.nonces)
    return (
      "The log itself is affected: what was said. Stop the server, keep a copy of the data folder, look at the " +
      "system's log for errors of the disk, and restore the newest backup that the doctor calls healthy."
    );
  return (
    "The log is whole: nothing that was said is lost, but what is shown of it may be wrong. Keep a copy of the data " +
    "folder, and report these lines; a backup that the doctor calls healthy can be restored."
  );
}
