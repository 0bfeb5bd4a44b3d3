import { resolve } from "node:path";
import { type ExportFormat, exportFrom, UsageError } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, JSON_OUTPUT, readArguments } from "./arguments.ts";
import { progressBar } from "./progress-bar.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { many, warnIfEmpty } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  {
    flag: "--format",
    takes: "FORMAT",
    description: "ndjson: everything, for import. json: public rooms.",
  },
  { flag: "--force", description: "Replace an export in FOLDER. Other files in it are kept." },
  JSON_OUTPUT,
];

export const exportSubcommand: Subcommand = {
  name: "export",
  usage: "FOLDER [options]",
  summary: "Writes the store into a folder of text files. The server may be running.",
  help: () =>
    helpOf(
      "export FOLDER [options]",
      "Writes a consistent snapshot of the store into FOLDER, one JSON object on each line. A running server keeps\n" +
        "serving. FOLDER appears only when the export is complete. It holds all messages, those of private rooms\n" +
        "too, and the sign-in data of guests: its files are readable for their owner only.\n\n" +
        "With --format json: rooms.json and messages.json as small chat servers store them, with the public rooms\n" +
        "and the current text of their messages.",
      options,
    ),
  async run(args, context) {
    const parsed = readArguments("export", args, options, ["FOLDER"]);
    const [folder = ""] = parsed.words;
    const from = resolve(dataDir(parsed, context));
    const made = exportFrom({
      dataDir: from,
      folder,
      format: formatOf(parsed.options.get("--format") ?? "ndjson"),
      force: parsed.options.has("--force"),
      now: context.now(),
      progress: progressBar("Exporting", context),
    });
    context.show("");
    warnIfEmpty(from, { messages: made.counts.messages ?? 0, users: (made.counts.users ?? 1) - 1 }, context);
    if (parsed.options.has("--json")) {
      context.say(JSON.stringify({ dataDir: from, ...made }));
      return 0;
    }
    const { rooms = 0, messages = 0, events, users } = made.counts;
    const more = events === undefined ? "" : `, ${many(users ?? 0, "user")}, ${many(events, "event")}`;
    const bytes = made.bytes.toLocaleString("en-US");
    context.say(
      `Exported ${many(rooms, "room")}, ${many(messages, "message")}${more} (${bytes} bytes) of ${from} to ${made.folder}.`,
    );
    return 0;
  },
};

function formatOf(format: string): ExportFormat {
  if (format === "ndjson" || format === "json") return format;
  throw new UsageError(`--format takes ndjson or json, not ${format}.`);
}
