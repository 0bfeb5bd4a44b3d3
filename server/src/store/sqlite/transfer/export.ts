import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bytesToId } from "../../base/compact-id.ts";
import { KIND, ofEachKind } from "../../base/events.ts";
import { readNonceResult, readTime } from "../../base/nonce-result.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Row } from "../../base/steps.ts";
import { MIGRATIONS } from "../../migrations/list.ts";
import {
  DUMP_FILES,
  DUMP_FORMAT,
  DUMP_VERSION,
  type DumpFile,
  type DumpMeta,
  type FeedLine,
  fileOf,
  META,
  type MemberLine,
  type NonceLine,
  type RoomLine,
  type UserLine,
} from "../../transfer/dump.ts";
import { DumpWriter, fillFolder } from "../../transfer/dump-folder.ts";
import { sync } from "../../transfer/sync-path.ts";
import type { Progress } from "../copies/copy.ts";
import { withReadOnlyStore } from "../copies/read-only-store.ts";
import type { SqliteFile } from "../engine/file.ts";
import { tryLock } from "../engine/lock.ts";
import { exportLegacy } from "./export-legacy.ts";

/** `ndjson` is everything; `json` are the files of a legacy chat server: public rooms and their messages. */
export type ExportFormat = "ndjson" | "json";

export type ExportOptions = {
  /** The folder of the store. A server may be running on it. */
  readonly dataDir: string;
  readonly folder: string;
  readonly format: ExportFormat;
  /** Whether an existing export may be replaced. */
  readonly force: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
  /** The version of the server. */
  readonly version: string;
  readonly progress?: Progress;
};

export type Exported = {
  readonly folder: string;
  readonly format: ExportFormat;
  readonly counts: { readonly [what: string]: number };
  readonly bytes: number;
};

type Source = { readonly sql: string; readonly count: string; readonly line: (row: Row) => string };

/** What each file of a dump is made from. Exported for a test of how SQLite carries the queries out. */
export const SOURCES: { readonly [file in DumpFile]: Source } = {
  users: {
    count: "SELECT COUNT(*) FROM users",
    sql: "SELECT id, name, name_key, token_hash, created_at, rev FROM users ORDER BY id",
    line(row) {
      const [id, name, name_key, token_hash, created_at, rev] = row as [
        string,
        string,
        string,
        string,
        number,
        number,
      ];
      return text<UserLine>({ id, name, name_key, token_hash, created_at, rev });
    },
  },
  feeds: {
    count: "SELECT COUNT(*) FROM feeds",
    // Each kind of events has an index.
    sql:
      "SELECT f.feed, f.last, COALESCE(" +
      ofEachKind((kind) => `(SELECT id FROM events WHERE feed_no = f.no AND seq = f.last AND ${kind})`).join(
        ", ",
      ) +
      "), f.floor, f.last_at, f.last_message, f.stamped FROM feeds f ORDER BY f.no",
    line(row) {
      const [feed, last, id, floor, last_at, last_message, stamped] = row as [
        string,
        number,
        Uint8Array | null,
        number,
        number,
        number,
        number,
      ];
      const last_id = id === null ? null : bytesToId(id);
      return text<FeedLine>({ feed, last, last_id, floor, last_at, last_message, stamped });
    },
  },
  rooms: {
    count: "SELECT COUNT(*) FROM rooms",
    sql: "SELECT f.feed, r.kind, r.name, r.topic, r.state FROM rooms r JOIN feeds f ON f.no = r.room_no ORDER BY r.room_no",
    line(row) {
      const [room, kind, name, topic, state] = row as [string, string, string | null, string, string];
      const gone = state === "deleted";
      return text<RoomLine>({ room, kind, name: gone ? null : name, topic: gone ? "" : topic, state });
    },
  },
  events: {
    count: "SELECT COUNT(*) FROM events e JOIN feeds f ON f.no = e.feed_no WHERE e.seq > f.floor",
    // The order of the rows, not of the feeds: CROSS JOIN lets SQLite change nothing about it.
    sql:
      `SELECT f.feed, e.seq, e.id, ${KIND}, e.actor, e.name, e.at, e.nonce, e.body FROM events e ` +
      "CROSS JOIN feeds f ON f.no = e.feed_no WHERE e.seq > f.floor ORDER BY e.row",
    line(row) {
      const [feed, seq, id, kind, actor, name, at, nonce, body] = row as [
        ...[string, number, Uint8Array, string, string, string, number, Uint8Array, string],
      ];
      const head = { feed, seq, id: bytesToId(id), kind, actor, name, at, nonce: bytesToId(nonce) };
      // The body is JSON already.
      return `${text(head).slice(0, -2)},"body":${body}}\n`;
    },
  },
  members: {
    count: "SELECT COUNT(*) FROM members m JOIN rooms r ON r.room_no = m.room_no WHERE r.state <> 'deleted'",
    sql:
      "SELECT f.feed, m.user_id, m.role, m.read_seq FROM members m JOIN rooms r ON r.room_no = m.room_no " +
      "JOIN feeds f ON f.no = m.room_no WHERE r.state <> 'deleted' ORDER BY m.room_no, m.user_id",
    line(row) {
      const [room, user, role, read_seq] = row as [string, string, string, number];
      return text<MemberLine>({ room, user, role, read_seq });
    },
  },
  nonces: {
    count: "SELECT COUNT(*) FROM nonces",
    sql:
      "SELECT n.nonce, a.author, n.digest, n.at, n.answer FROM nonces n CROSS JOIN authors a ON a.no = n.author " +
      "ORDER BY n.nonce, n.author",
    line: () => "",
  },
};
const FEED_OF = "SELECT feed FROM feeds WHERE no = $1";

/**
 * Writes a snapshot of a store into a folder of text. Memory stays small however large the store is.
 *
 * @throws OperatorError.
 */
export function exportSqlite(options: ExportOptions): Exported {
  const { dataDir, folder, format, force, progress = () => {} } = options;
  return withReadOnlyStore(dataDir, (file) => {
    const version = Number(file.get("SELECT value FROM meta WHERE key = 'version'", [])?.[0]);
    refuseOther(version);
    const besideServer = isServed(dataDir);
    return fillFolder(folder, force, (into) => {
      const made = file.snapshot(() =>
        format === "json"
          ? exportLegacy(file, into, progress)
          : exportAll(file, into, version, options, besideServer),
      );
      return { folder: resolve(folder), format, ...made };
    });
  });
}

/** Whether a server runs on the store, or may run: assumed where this user cannot write to the folder. */
function isServed(dataDir: string): boolean {
  try {
    const lock = tryLock(join(dataDir, "lock.db"));
    lock?.release();
    return lock === null;
  } catch {
    return true;
  }
}

function refuseOther(version: number): void {
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  if (version === newest) return;
  throw new OperatorError(
    version > newest
      ? `This store was written by a newer Parley (its format is ${version}, this one knows up to ${newest}). Use that version.`
      : `This store is of an older format (${version}, this is ${newest}). Start the server once: it brings the store up to date.`,
  );
}

type Made = Pick<Exported, "counts" | "bytes">;

function exportAll(
  file: SqliteFile,
  into: string,
  store_version: number,
  { dataDir, now, version, progress = () => {} }: ExportOptions,
  besideServer: boolean,
): Made {
  const count = (sql: string) => Number(file.get(sql, [])?.[0]);
  const meta = (key: string) => file.get("SELECT value FROM meta WHERE key = $1", [key])?.[0];
  const counts = {
    ...(Object.fromEntries(DUMP_FILES.map((kind) => [kind, count(SOURCES[kind].count)])) as Record<
      DumpFile,
      number
    >),
    messages: count(
      "SELECT COUNT(*) FROM events e JOIN feeds f ON f.no = e.feed_no WHERE e.message = 1 AND e.seq > f.floor",
    ),
  };
  const total = DUMP_FILES.reduce((sum, kind) => sum + counts[kind], 0);
  const files: Record<string, { readonly bytes: number; readonly sha256: string }> = {};
  let done = 0;
  let bytes = 0;
  for (const kind of DUMP_FILES) {
    const { sql, line } = SOURCES[kind];
    const write = kind === "nonces" ? nonceLines(file) : line;
    const writer = new DumpWriter(join(into, fileOf(kind)));
    let lines = 0;
    for (const row of file.each(sql, [])) {
      writer.write(write(row));
      lines++;
      if (++done % 1_000 === 0) progress(done, total);
    }
    if (lines !== counts[kind])
      throw new Error(`${lines} ${kind} were written where the store has ${counts[kind]}.`);
    files[fileOf(kind)] = writer.close();
    bytes += files[fileOf(kind)]?.bytes ?? 0;
  }
  progress(total, total);
  const readBefore = meta("read_before");
  const about: DumpMeta = {
    format: DUMP_FORMAT,
    format_version: DUMP_VERSION,
    made_at: new Date(now).toISOString(),
    version,
    store_version,
    epoch: String(meta("epoch")),
    beside_server: besideServer || isServed(dataDir),
    ...(readBefore === undefined ? {} : { read_before: String(readBefore) }),
    counts,
    files,
  };
  const path = join(into, META);
  writeFileSync(path, `${JSON.stringify(about, null, 2)}\n`, { mode: 0o600 });
  sync(path);
  return { counts, bytes };
}

/** Answers name feeds by the store's own numbers. */
function nonceLines(file: SqliteFile): (row: Row) => string {
  const feedOf = (no: number) => String(file.get(FEED_OF, [no])?.[0]);
  return (row) => {
    const [nonce, author, digest, at, answer] = row as [
      Uint8Array,
      Uint8Array,
      number,
      number | null,
      Uint8Array,
    ];
    const placed = readNonceResult(answer).map(({ no, seq, id }) => ({ feed: feedOf(no), seq, id }));
    return text<NonceLine>({
      nonce: bytesToId(nonce),
      author: bytesToId(author),
      digest,
      at: readTime(at, placed),
      placed,
    });
  };
}

function text<Line extends object>(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}
