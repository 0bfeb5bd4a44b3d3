import { resolve } from "node:path";
import { nameKey, userFeed } from "@parley/protocol";
import { skeleton } from "@parley/protocol/name-policy";
import { bytesToId } from "../../base/compact-id.ts";
import { eventsWhere } from "../../base/events.ts";
import { answerIfWhole } from "../../base/nonce-result.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { type Finding, Findings } from "../../doctor/findings.ts";
import { MIGRATIONS } from "../../migrations/list.ts";
import type { Progress } from "../copies/copy.ts";
import { withReadOnlyStore } from "../copies/read-only-store.ts";
import { failure } from "../engine/errors.ts";
import type { SqliteFile } from "../engine/file.ts";
import { readDamage } from "../log-damage.ts";
import { checkFeed, FEEDS_AFTER, toFeed } from "./feed-check.ts";
import { checkSearch } from "./search-check.ts";

export type DoctorOptions = {
  /** The folder of the store. A server may be running on it. */
  readonly dataDir: string;
  /** Whether all terms of the search index are compared, not only those of some messages. */
  readonly deep: boolean;
  readonly progress?: Progress;
};

export type Examination = {
  readonly dataDir: string;
  readonly version: number;
  readonly epoch: string;
  /** What was looked at. */
  readonly looked: {
    readonly feeds: number;
    readonly events: number;
    readonly messages: number;
    readonly users: number;
    readonly nonces: number;
    /** Messages whose terms were compared. */
    readonly searched: number;
  };
  /** How many things differ. 0 is a healthy store. */
  readonly drift: number;
  readonly counts: { readonly [check: string]: number };
  /** The first findings of each check, as text. */
  readonly findings: readonly Finding[];
};

type Looked = { -readonly [what in keyof Examination["looked"]]: number };

/** Feeds that are listed at a time. */
const PAGE = 1_000;

const COUNT_FEEDS = "SELECT COUNT(*) FROM feeds";
const NONCES = "SELECT n.nonce, a.author, n.answer FROM nonces n JOIN authors a ON a.no = n.author";
const EVENT_AT = eventsWhere("id, actor, nonce", "seq = $2");
const FLOOR = "SELECT floor FROM feeds WHERE no = $1";
const USERS =
  "SELECT u.id, u.name, u.name_key, u.token_hash IS NULL, f.no, u.skeleton FROM users u LEFT JOIN feeds f ON f.feed = $1 || u.id";
/** Names of public rooms, and their claims. */
const NAMED =
  "SELECT f.feed, r.name FROM rooms r JOIN feeds f ON f.no = r.room_no WHERE r.kind = 'public' AND r.state <> 'deleted'";
const CLAIM = "SELECT feed FROM claims WHERE space = 'room_name' AND key = $1";
const SKELETON_CLAIM = "SELECT 1 FROM claims WHERE space = 'room_skeleton' AND key = $1";
/** Names of rooms may look alike if they are older than the comparison of skeletons; then not each room has a claim. */
const NAMES_BEFORE = "SELECT 1 FROM meta WHERE key = 'names_before'";
const CLAIMS =
  "SELECT c.key, c.feed, r.name, r.kind, r.state, c.space FROM claims c LEFT JOIN feeds f ON f.feed = c.feed LEFT JOIN rooms r ON r.room_no = f.no";
/** Rows without an owner, by table. */
const LOOSE: Readonly<Record<string, string>> = {
  events: "SELECT COUNT(*) FROM events WHERE feed_no NOT IN (SELECT no FROM feeds)",
  members: "SELECT COUNT(*) FROM members WHERE user_id NOT IN (SELECT id FROM users)",
  amendments: "SELECT COUNT(*) FROM amendments WHERE room_no NOT IN (SELECT room_no FROM rooms)",
  edits: "SELECT COUNT(*) FROM edits WHERE room_no NOT IN (SELECT room_no FROM rooms)",
  mentions: "SELECT COUNT(*) FROM mentions WHERE room_no NOT IN (SELECT room_no FROM rooms)",
  reactions: "SELECT COUNT(*) FROM reactions WHERE room_no NOT IN (SELECT room_no FROM rooms)",
  reaction_revs: "SELECT COUNT(*) FROM reaction_revs WHERE room_no NOT IN (SELECT room_no FROM rooms)",
  nonces: "SELECT COUNT(*) FROM nonces WHERE author NOT IN (SELECT no FROM authors)",
  purges: "SELECT COUNT(*) FROM purges WHERE feed_no NOT IN (SELECT no FROM feeds)",
};

/**
 * Examines a snapshot of a whole store: the file itself, the log of each feed, and all state that follows from the logs, which
 * is derived once more and compared. It only reads.
 *
 * @throws OperatorError when there is no store.
 */
export function examineSqlite({ dataDir, deep, progress = () => {} }: DoctorOptions): Examination {
  return withReadOnlyStore(dataDir, (file) => {
    // One snapshot, which ends with the connection: a damaged file may refuse to end it in order.
    file.exec("BEGIN");
    return new Doctor(file).examine(resolve(dataDir), deep, progress);
  });
}

class Doctor {
  readonly #file: SqliteFile;
  readonly #findings = new Findings();

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  examine(dataDir: string, deep: boolean, progress: Progress): Examination {
    const version = this.#version();
    const epoch = String(this.#file.get("SELECT value FROM meta WHERE key = 'epoch'", [])?.[0]);
    const looked = { feeds: 0, events: 0, messages: 0, users: 0, nonces: 0, searched: 0 };
    this.#logDamage(dataDir);
    this.#readable(() => this.#fileItself());
    this.#readable(() => this.#feeds(looked, progress));
    this.#readable(() => this.#users(looked));
    this.#readable(() => this.#names());
    this.#readable(() => this.#nonces(looked));
    this.#readable(() => {
      looked.searched = checkSearch(this.#file, this.#findings, deep);
    });
    return {
      dataDir,
      version,
      epoch,
      looked,
      drift: this.#findings.total,
      counts: Object.fromEntries(this.#findings.counts),
      findings: this.#findings.kept,
    };
  }

  #version(): number {
    const meta = this.#file.get("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'meta'", [])?.[0];
    if (meta !== 1) throw new OperatorError("This is a SQLite file, but not a store of Parley.");
    const version = Number(this.#file.get("SELECT value FROM meta WHERE key = 'version'", [])?.[0]);
    const newest = MIGRATIONS.at(-1)?.version ?? 0;
    if (version === newest) return version;
    throw new OperatorError(
      version > newest
        ? `This store was written by a newer Parley (its format is ${version}, this one knows up to ${newest}). Use that version's doctor.`
        : `This store is of an older format (${version}, this is ${newest}). Start the server once: it brings the store up to date.`,
    );
  }

  /** Continues with the next part where one reads a damaged page. */
  #readable(part: () => void): void {
    try {
      part();
    } catch (error) {
      if (failure(error) !== "fatal") throw error;
      this.#findings.add("file", "parley.db", `a part of it cannot be read: ${(error as Error).message}`);
    }
  }

  /** Damage that a start of the server found and that is not acknowledged. */
  #logDamage(dataDir: string): void {
    const damage = readDamage(dataDir);
    if (!damage) return;
    const { at, commits, kept } = damage;
    this.#findings.add(
      "file",
      "parley.db-wal",
      `was damaged at the start of ${new Date(at).toISOString()}: ${commits} commits were lost, and it is kept as ${kept}. ` +
        "Type `parley acknowledge` when you have seen to it",
    );
  }

  #fileItself(): void {
    for (const [line] of this.#file.all("PRAGMA integrity_check(20)", [])) {
      if (line !== "ok") this.#findings.add("file", "parley.db", String(line));
    }
    for (const [table, row, parent] of this.#file.all("PRAGMA foreign_key_check", []))
      this.#findings.add(
        "references",
        String(table),
        `row ${row} names a row of ${parent} that is not there`,
      );
    for (const [table, sql] of Object.entries(LOOSE)) {
      const count = Number(this.#file.get(sql, [])?.[0]);
      if (count > 0) this.#findings.add("references", table, `${count} rows belong to nothing`);
    }
  }

  #feeds(looked: Looked, progress: Progress): void {
    const total = Number(this.#file.get(COUNT_FEEDS, [])?.[0]);
    for (let from = 0; ; ) {
      const page = this.#file.all(FEEDS_AFTER, [from, PAGE]);
      for (const row of page) {
        const feed = toFeed(row);
        from = feed.no;
        const { events, messages } = checkFeed(this.#file, this.#findings, feed);
        looked.feeds++;
        looked.events += events;
        looked.messages += messages;
        progress(looked.feeds, total);
      }
      if (page.length < PAGE) return;
    }
  }

  #users(looked: Looked): void {
    for (const [id, name, key, isSystem, feed, shape] of this.#file.each(USERS, [userFeed("")])) {
      looked.users++;
      this.#findings.same("users", String(id), "the key of the name", key, nameKey(String(name)));
      this.#findings.same("users", String(id), "the skeleton of the name", shape, skeleton(String(name)));
      if (feed === null && isSystem === 0) this.#findings.add("users", String(id), "has no private feed");
    }
  }

  /** Each public room holds its name, and no name is held by anything else. */
  #names(): void {
    const upgraded = this.#file.get(NAMES_BEFORE, []) !== undefined;
    for (const [feed, name] of this.#file.all(NAMED, [])) {
      const holder = this.#file.get(CLAIM, [nameKey(String(name))])?.[0];
      this.#findings.same("names", String(feed), "who holds its name", holder ?? null, feed);
      if (!upgraded && this.#file.get(SKELETON_CLAIM, [skeleton(String(name))]) === undefined)
        this.#findings.add("names", String(feed), "has a name whose skeleton is not claimed");
    }
    for (const [key, feed, name, kind, state, space] of this.#file.all(CLAIMS, [])) {
      const own = space === "room_skeleton" ? skeleton(String(name)) : nameKey(String(name));
      if (kind === "public" && state !== "deleted" && own === key) continue;
      this.#findings.add("names", String(feed), `holds the name "${key}", which is not its own`);
    }
  }

  /** The events of an answer must exist, or a resend is acknowledged for something that is not stored. */
  #nonces(looked: Looked): void {
    const floors = new Map<number, number>();
    for (const row of this.#file.each(NONCES, [])) {
      const [nonceBytes, authorBytes, answer] = row as [Uint8Array, Uint8Array, Uint8Array];
      looked.nonces++;
      const nonce = bytesToId(nonceBytes);
      const author = bytesToId(authorBytes);
      const places = answerIfWhole(answer);
      if (places === null) this.#findings.add("nonces", nonce, "has an answer that cannot be read");
      for (const { no, seq, id } of places ?? []) {
        const floor = floors.get(no) ?? Number(this.#file.get(FLOOR, [no])?.[0] ?? -1);
        floors.set(no, floor);
        if (floor < 0)
          this.#findings.add("nonces", nonce, `answers with an event of feed ${no}, which is not there`);
        if (floor < 0 || seq <= floor) continue;
        const event = this.#file.get(EVENT_AT, [no, seq]);
        const [eventId, actor, of] = (event ?? []) as [Uint8Array?, string?, Uint8Array?];
        if (!eventId || !of || bytesToId(eventId) !== id || actor !== author || bytesToId(of) !== nonce)
          this.#findings.add(
            "nonces",
            nonce,
            `answers with #${seq} of feed ${no}, which is another or not there`,
          );
      }
    }
  }
}
