import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../../base/operator-error.ts";
import { type Steps, write } from "../../base/steps.ts";
import { migrate } from "../../migrations/migrate.ts";
import type { MigrationContext } from "../../migrations/migration.ts";
import {
  DUMP_FILES,
  type DumpFile,
  type EventLine,
  type FeedLine,
  fileOf,
  type MemberLine,
  type NonceLine,
  type RoomLine,
  type UserLine,
} from "../../transfer/dump.ts";
import { bytesOf, type CheckedDump, checkDump, linesOf } from "../../transfer/dump-lines.ts";
import type { ImportOptions } from "../../transfer/import-options.ts";
import {
  clear,
  endFeeds,
  loadEvents,
  loadFeeds,
  loadNonces,
  loadReads,
  loadRooms,
  loadUsers,
  settle,
  toEvent,
} from "../../transfer/load.ts";
import { sync } from "../../transfer/sync-path.ts";
import { finishCopy, type Progress } from "../copies/copy.ts";
import { SqliteFile } from "../engine/file.ts";
import { alreadyImported } from "./already-imported.ts";

export type DumpReport = {
  readonly format: "ndjson";
  /** Whether the store had all of it already. */
  readonly unchanged: boolean;
  /** Whether an interrupted import was continued. */
  readonly resumed: boolean;
  /** Whether the store has another epoch than the export, because a server may have accepted commands after the export. */
  readonly ownEpoch: boolean;
  readonly counts: { readonly [what: string]: number };
};

/** Lines of one transaction. */
const SLICE = 2_000;
const SET_PROGRESS =
  "INSERT INTO meta (key, value) VALUES ('import', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const CLEAR_PROGRESS = "DELETE FROM meta WHERE key = 'import'";

const IMPORTED_FROM =
  "INSERT INTO meta (key, value) VALUES ('imported_from', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/** Whether the original may have newer events than the export, so that the import needs a lineage of its own. */
function goesOn({ meta }: CheckedDump): boolean {
  return meta.beside_server ?? true;
}

/** How far an import is: the dump, the file, the offset after the last line, and the number of lines. */
type ImportProgress = {
  readonly print: string;
  readonly file: DumpFile;
  readonly at: number;
  readonly lines: number;
};

/** `making` is the context of a new store. @throws OperatorError. */
export function importDump(options: ImportOptions, making: MigrationContext): DumpReport {
  return new DumpImport(options, making).run();
}

class DumpImport {
  readonly #options: ImportOptions;
  readonly #making: MigrationContext;
  readonly #progress: Progress;
  readonly #fresh: string;
  #done = 0;
  #total = 0;

  constructor(options: ImportOptions, making: MigrationContext) {
    this.#options = options;
    this.#making = making;
    this.#progress = options.progress ?? (() => {});
    this.#fresh = join(options.dataDir, "parley.db.importing");
  }

  run(): DumpReport {
    const { folder, dataDir, dryRun } = this.#options;
    let read = 0;
    const dump = checkDump(folder, (bytes) => {
      read += bytes;
      this.#progress(read, Math.max(read, this.#total));
    });
    const { counts } = dump.meta;
    const ownEpoch = goesOn(dump);
    this.#total = bytesOf(dump.meta);
    const report = { format: "ndjson", unchanged: false, resumed: false, ownEpoch, counts } as const;
    if (alreadyImported(dataDir, dump, this.#options.now)) return { ...report, unchanged: true };
    if (dryRun) {
      this.#check(dump);
      return report;
    }
    return { ...report, resumed: this.#load(dump) };
  }

  /** Reads every line as the import would. */
  #check(dump: CheckedDump): void {
    const heads = new Map<string, number>();
    for (const kind of DUMP_FILES) {
      const name = fileOf(kind);
      let lines = 0;
      for (const { text, end } of linesOf(join(dump.folder, name))) {
        lines++;
        this.#step(end, kind, dump);
        const line = readLine(name, lines, text);
        if (kind === "feeds") heads.set((line as FeedLine).feed, (line as FeedLine).floor);
        if (kind !== "events") continue;
        const event = line as EventLine;
        at(name, lines, () => {
          toEvent(event);
          if (event.seq !== (heads.get(event.feed) ?? -1) + 1)
            throw new Error(`#${event.seq} does not follow`);
        });
        heads.set(event.feed, event.seq);
      }
      sameCount(name, lines, dump.meta.counts[kind]);
    }
  }

  /** Builds the store under another name and renames it when it is complete. Returns whether an import was continued. */
  #load(dump: CheckedDump): boolean {
    const { dataDir } = this.#options;
    const [mark, file] = this.#begin(dump);
    try {
      let { at: from, lines } = mark ?? { at: 0, lines: 0 };
      for (const kind of DUMP_FILES.slice(mark ? DUMP_FILES.indexOf(mark.file) : 0)) {
        this.#file(file, dump, kind, from, lines);
        from = 0;
        lines = 0;
      }
    } finally {
      file.close();
    }
    const { epoch: ownEpoch } = this.#making;
    finishCopy(this.#fresh, "quick", (store) =>
      store.transaction(
        (function* (): Steps<void> {
          const { epoch, read_before } = dump.meta;
          yield* settle(goesOn(dump) ? ownEpoch : epoch, read_before);
          if (goesOn(dump)) yield write(IMPORTED_FROM, [[epoch]]);
          yield write(CLEAR_PROGRESS, [[]]);
        })(),
      ),
    );
    for (const ending of ["-wal", "-shm", "-journal"])
      rmSync(join(dataDir, `parley.db${ending}`), { force: true });
    renameSync(this.#fresh, join(dataDir, "parley.db"));
    sync(dataDir);
    this.#progress(this.#total, this.#total);
    return mark !== null;
  }

  /** Opens the store of an interrupted import, or creates one. */
  #begin({ print }: CheckedDump): [ImportProgress | null, SqliteFile] {
    if (existsSync(this.#fresh)) {
      const file = new SqliteFile(this.#fresh);
      const mark = progressOf(file);
      if (mark?.print === print) {
        safely(file);
        return [mark, file];
      }
      file.close();
    }
    for (const ending of ["", "-wal", "-shm", "-journal"]) rmSync(this.#fresh + ending, { force: true });
    const file = new SqliteFile(this.#fresh);
    safely(file);
    file.transaction(migrate(this.#making));
    const mark: ImportProgress = { print, file: "users", at: 0, lines: 0 };
    file.transaction(
      (function* (): Steps<void> {
        yield* clear();
        yield write(SET_PROGRESS, [[JSON.stringify(mark)]]);
      })(),
    );
    return [null, file];
  }

  /** Loads one file, from a byte on. */
  #file(file: SqliteFile, dump: CheckedDump, kind: DumpFile, from: number, before: number): void {
    const name = fileOf(kind);
    let lines = before;
    let batch: unknown[] = [];
    const flush = (end: number, next: DumpFile = kind) => {
      const mark: ImportProgress = {
        print: dump.print,
        file: next,
        at: next === kind ? end : 0,
        lines: next === kind ? lines : 0,
      };
      const loaded = batch;
      const first = lines - batch.length;
      batch = [];
      at(name, first + 1, () =>
        file.transaction(
          (function* (): Steps<void> {
            if (loaded.length > 0) yield* load(kind, loaded, first);
            yield write(SET_PROGRESS, [[JSON.stringify(mark)]]);
          })(),
        ),
      );
      this.#step(end, kind, dump);
    };
    let end = from;
    for (const line of linesOf(join(dump.folder, name), from)) {
      end = line.end;
      lines++;
      batch.push(readLine(name, lines, line.text));
      if (batch.length === SLICE) flush(end);
    }
    flush(end);
    sameCount(name, lines, dump.meta.counts[kind]);
    // Feeds are checked again now that their events are stored.
    if (kind === "events") this.#endFeeds(file, dump);
    const next = DUMP_FILES[DUMP_FILES.indexOf(kind) + 1];
    if (next) flush(end, next);
  }

  #endFeeds(file: SqliteFile, dump: CheckedDump): void {
    const name = fileOf("feeds");
    let batch: FeedLine[] = [];
    const flush = () => {
      const lines = batch;
      batch = [];
      if (lines.length > 0) at(name, 1, () => file.transaction(endFeeds(lines)));
    };
    for (const { text } of linesOf(join(dump.folder, name))) {
      batch.push(JSON.parse(text) as FeedLine);
      if (batch.length === SLICE) flush();
    }
    flush();
  }

  #step(end: number, kind: DumpFile, { meta }: CheckedDump): void {
    let before = 0;
    for (const each of DUMP_FILES) {
      if (each === kind) break;
      before += meta.files[fileOf(each)]?.bytes ?? 0;
    }
    if (before + end <= this.#done) return;
    this.#done = before + end;
    this.#progress(this.#done, this.#total);
  }
}

/** `first` is the number of earlier lines of the file. The rows of events are in the order of the lines. */
function load(kind: DumpFile, lines: unknown[], first: number): Steps<void> {
  switch (kind) {
    case "users":
      return loadUsers(lines as UserLine[]);
    case "feeds":
      return loadFeeds(lines as FeedLine[]);
    case "rooms":
      return loadRooms(lines as RoomLine[]);
    case "events":
      return loadEvents(lines as EventLine[], first + 1);
    case "members":
      return loadReads(lines as MemberLine[]);
    case "nonces":
      return loadNonces(lines as NonceLine[]);
  }
}

/** A crash of the machine may lose the last lines, and never damages the file: the rest is loaded again. */
function safely(file: SqliteFile): void {
  file.pragma("journal_mode = WAL");
  file.pragma("synchronous = NORMAL");
  file.pragma("foreign_keys = ON");
  file.pragma("cache_size = -65536");
}

function progressOf(file: SqliteFile): ImportProgress | null {
  try {
    const text = file.get("SELECT value FROM meta WHERE key = 'import'", [])?.[0];
    return text === undefined ? null : (JSON.parse(String(text)) as ImportProgress);
  } catch {
    return null;
  }
}

function readLine(name: string, number: number, text: string): unknown {
  return at(name, number, () => JSON.parse(text));
}

/** Adds the position to the message of an error. Errors of SQLite keep their code, which says what to do. */
function at<T>(name: string, line: number, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (typeof error === "object" && error !== null && "errcode" in error && Number(error.errcode) !== 19)
      throw error;
    throw new OperatorError(
      `${name}, at or behind line ${line}: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}

function sameCount(name: string, found: number, wanted: number): void {
  if (found !== wanted)
    throw new OperatorError(`${name} has ${found} lines where the export wrote ${wanted}.`);
}
