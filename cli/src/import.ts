import { closeSync, openSync, writeSync } from "node:fs";
import { type Imported, importInto, type Problem } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import { progressBar } from "./progress-bar.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { many } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  { flag: "--dry-run", description: "Look at everything and say what would come in. Changes nothing." },
  {
    flag: "--report",
    takes: "FILE",
    description: "Write what did not come in, and why, into FILE: all of it, a line each.",
  },
  { flag: "--json", description: "Say what was done as JSON." },
];

/** Of what did not come in so much is said; all of it goes into the report. */
const SHOWN_PROBLEMS = 20;

export const importSubcommand: Subcommand = {
  name: "import",
  usage: "FOLDER [options]",
  summary: "Takes an export into a data folder. The server must be stopped.",
  help: () =>
    helpOf(
      "import FOLDER [options]",
      "Takes what `parley export` wrote. A whole export goes into a data folder without a store and becomes the\n" +
        "same store: clients carry on where they were. rooms.json and messages.json, of a small chat server or of\n" +
        "--format json, go into any store: rooms of the same name are joined, messages keep their order and, where\n" +
        "they can, their times. Doing it again changes nothing; what was interrupted goes on where it was.\n" +
        "Exit code 0: all came in. 1: something did not.",
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
      ? [JSON.stringify({ ...done, problems: problems.said, refused: problems.count })]
      : [...report(done), ...problems.lines()];
    for (const line of lines) context.say(line);
    return problems.count === 0 ? 0 : 1;
  },
};

class Problems {
  readonly said: Problem[] = [];
  count = 0;
  readonly #descriptor: number | null;

  constructor(path: string | undefined) {
    this.#descriptor = path === undefined ? null : openSync(path, "w", 0o600);
  }

  add(problem: Problem): void {
    this.count++;
    if (this.said.length < SHOWN_PROBLEMS) this.said.push(problem);
    if (this.#descriptor !== null) writeSync(this.#descriptor, `${JSON.stringify(problem)}\n`);
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }

  lines(): string[] {
    if (this.count === 0) return [];
    const rest = this.count - this.said.length;
    return [
      `${many(this.count, "entry").replace(/entrys$/, "entries")} did not come in:`,
      ...this.said.map(({ where, why }) => `  ${where}: ${why}`),
      ...(rest > 0
        ? [`  and ${rest.toLocaleString("en-US")} more; --report FILE writes all of them down`]
        : []),
    ];
  }
}

/** What a person reads. */
function report(done: Imported): string[] {
  const { dataDir: folder, dryRun } = done;
  const said = dryRun ? "Nothing was changed. It would be:" : "";
  const lines = done.format === "ndjson" ? dumpReport(done, folder) : legacyReport(done, folder);
  return said === "" ? lines : [said, ...lines.map((line) => `  ${line}`)];
}

type DumpImported = Extract<Imported, { format: "ndjson" }>;
type LegacyImported = Extract<Imported, { format: "json" }>;

function dumpReport(
  { counts, unchanged, resumed, ownEpoch, dryRun }: DumpImported,
  folder: string,
): string[] {
  const { rooms = 0, messages = 0, users = 0, events = 0 } = counts;
  const all = `${many(rooms, "room")}, ${many(messages, "message")}, ${many(users, "user")}, ${many(events, "event")}`;
  if (unchanged) return [`All of it (${all}) is in ${folder} already.`];
  return [
    `${resumed ? "Carried on, and imported" : "Imported"} ${all} into ${folder}.`,
    ownEpoch
      ? "The export was made beside a running server, which may have gone on: the store has a new epoch, and clients reload."
      : "The epoch is that of the export: clients carry on where they were.",
    ...(dryRun ? [] : ["Now start the server."]),
  ];
}

function legacyReport({ rooms, messages, dryRun }: LegacyImported, folder: string): string[] {
  const { later, added } = messages;
  return [
    `Into ${folder}:`,
    `rooms: ${rooms.made} made, ${rooms.joined} joined by their name, ${rooms.there} there already, ${rooms.skipped} left out`,
    `messages: ${added} added, ${messages.there} there already, ${messages.skipped} left out`,
    ...(later > 0
      ? [
          `${many(later, "message")} of them stand under a later time than in the file: in a room times never decrease.`,
        ]
      : []),
    ...(dryRun ? [] : ["Now start the server."]),
  ];
}
