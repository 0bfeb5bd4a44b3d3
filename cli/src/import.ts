import { closeSync, openSync, writeSync } from "node:fs";
import { type Imported, importInto, type Problem } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, JSON_OUTPUT, readArguments } from "./arguments.ts";
import { progressBar } from "./progress-bar.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { many } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  { flag: "--dry-run", description: "Check everything and report what would be imported. Changes nothing." },
  {
    flag: "--report",
    takes: "FILE",
    description: "Write every entry that was not imported, and why, into FILE, one per line.",
  },
  JSON_OUTPUT,
];

/** Entries that were not imported and are printed; the report has all of them. */
const SHOWN_PROBLEMS = 20;

export const importSubcommand: Subcommand = {
  name: "import",
  usage: "FOLDER [options]",
  summary: "Imports an export into a data folder. The server must be stopped.",
  help: () =>
    helpOf(
      "import FOLDER [options]",
      "Imports what `parley export` wrote. A full export (ndjson) needs a data folder without a store and recreates\n" +
        "the same store: clients carry on where they were. rooms.json and messages.json, of a small chat server or of\n" +
        "--format json, can be imported into any store: rooms of the same name are merged, messages keep their order\n" +
        "and, where possible, their times. Importing again changes nothing; an interrupted import is resumed.\n" +
        "Exit code 0: everything was imported. 1: some entries were not.",
      options,
    ),
  async run(args, context) {
    const parsed = readArguments("import", args, options, ["FOLDER"]);
    const [folder = ""] = parsed.words;
    const problems = new Problems(parsed.options.get("--report"));
    let done: Imported;
    try {
      done = importInto({
        folder,
        dataDir: dataDir(parsed, context),
        dryRun: parsed.options.has("--dry-run"),
        now: context.now(),
        progress: progressBar("Importing", context),
        problem: (problem) => problems.add(problem),
      });
    } finally {
      problems.close();
    }
    context.show("");
    const lines = parsed.options.has("--json")
      ? [JSON.stringify({ ...done, problems: problems.shown, refused: problems.count })]
      : [...report(done), ...problems.lines()];
    for (const line of lines) context.say(line);
    return problems.count === 0 ? 0 : 1;
  },
};

class Problems {
  readonly shown: Problem[] = [];
  count = 0;
  readonly #descriptor: number | null;

  constructor(path: string | undefined) {
    this.#descriptor = path === undefined ? null : openSync(path, "w", 0o600);
  }

  add(problem: Problem): void {
    this.count++;
    if (this.shown.length < SHOWN_PROBLEMS) this.shown.push(problem);
    if (this.#descriptor !== null) writeSync(this.#descriptor, `${JSON.stringify(problem)}\n`);
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }

  lines(): string[] {
    if (this.count === 0) return [];
    const rest = this.count - this.shown.length;
    return [
      `${many(this.count, "entry").replace(/entrys$/, "entries")} were not imported:`,
      ...this.shown.map(({ where, why }) => `  ${where}: ${why}`),
      ...(rest > 0 ? [`  and ${rest.toLocaleString("en-US")} more; --report FILE lists all of them`] : []),
    ];
  }
}

/** The result as text. */
function report(done: Imported): string[] {
  const { dataDir: folder, dryRun } = done;
  const heading = dryRun ? "Dry run. Nothing was changed. The result would be:" : "";
  const lines = done.format === "ndjson" ? dumpReport(done, folder) : legacyReport(done, folder);
  return heading === "" ? lines : [heading, ...lines.map((line) => `  ${line}`)];
}

type DumpImported = Extract<Imported, { format: "ndjson" }>;
type LegacyImported = Extract<Imported, { format: "json" }>;

function dumpReport(
  { counts, unchanged, resumed, ownEpoch, dryRun }: DumpImported,
  folder: string,
): string[] {
  const { rooms = 0, messages = 0, users = 0, events = 0 } = counts;
  const all = `${many(rooms, "room")}, ${many(messages, "message")}, ${many(users, "user")}, ${many(events, "event")}`;
  if (unchanged) return [`Everything (${all}) is in ${folder} already.`];
  return [
    `${resumed ? "Carried on, and imported" : "Imported"} ${all} into ${folder}.`,
    ownEpoch
      ? "A server was running during the export and may have stored more since: the store has a new epoch, and clients reload."
      : "The store keeps the epoch of the export: clients carry on where they were.",
    ...(dryRun ? [] : ["Now start the server."]),
  ];
}

function legacyReport({ rooms, messages, dryRun }: LegacyImported, folder: string): string[] {
  const { later, added } = messages;
  return [
    `Into ${folder}:`,
    `rooms: ${rooms.made} created, ${rooms.joined} merged by name, ${rooms.there} present already, ${rooms.skipped} skipped`,
    `messages: ${added} added, ${messages.there} present already, ${messages.skipped} skipped`,
    ...(later > 0
      ? [
          `${many(later, "message")} of them got a later time than in the file, because times in a room never decrease.`,
        ]
      : []),
    ...(dryRun ? [] : ["Now start the server."]),
  ];
}
