import { type Examination, examine, redactTokens } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, JSON_OUTPUT, readArguments } from "./arguments.ts";
import { progressBar } from "./progress-bar.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { many, warnIfEmpty } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  { flag: "--deep", description: "Check the search index for all messages, not only for a sample." },
  {
    flag: "--redact-tokens",
    description:
      "First delete the text of messages that hold an access token, and revoke these tokens. Stop the server first.",
  },
  JSON_OUTPUT,
];

export const doctorSubcommand: Subcommand = {
  name: "doctor",
  usage: "[options]",
  summary: "Checks the store for damage and inconsistencies.",
  help: () =>
    helpOf(
      "doctor [options]",
      "Checks a consistent snapshot of the store: the file, the log of every room and user, and every table that\n" +
        "is computed from the logs, which is computed again and compared. The server may be running. Without\n" +
        "--redact-tokens nothing is changed. Exit code 0: no differences. 1: differences were found.",
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
      progress: progressBar("Examining", context),
    });
    context.show("");
    const { messages, users } = found.looked;
    warnIfEmpty(found.dataDir, { messages, users: users - 1 }, context);
    for (const line of json ? [JSON.stringify({ ...found, ...(redacted && { redacted }) })] : report(found))
      context.say(line);
    return found.drift === 0 ? 0 : 1;
  },
};

/** The report as text. */
function report({ dataDir: folder, looked, drift, counts, findings }: Examination): string[] {
  const { feeds, events, messages, users, nonces, searched } = looked;
  const lines = [
    `${folder}: ${many(feeds, "feed")}, ${many(events, "event")}, ${many(messages, "message")}, ${many(users, "user")}, ` +
      `${many(nonces, "nonce")}; search index checked for ${many(searched, "message")}.`,
  ];
  if (drift === 0)
    return [...lines, "Healthy: the file is not damaged, and all tables match the logs. Drift is 0."];
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
      "All tables match the logs, but some messages hold access tokens: users who can read them can act as the owners. " +
      "Stop the server and run `parley doctor --redact-tokens`, which deletes these texts and revokes the tokens."
    );
  if (counts.file || counts.events || counts.feeds || counts.nonces)
    return (
      "The log itself is damaged: messages may be lost. Stop the server, keep a copy of the data folder, check the " +
      "system's log for disk errors, and restore the newest backup that the doctor reports as healthy."
    );
  return (
    "The log is not damaged: no message is lost, but clients may be shown wrong data. Keep a copy of the data folder " +
    "and report these lines as a bug. You can restore a backup that the doctor reports as healthy."
  );
}
