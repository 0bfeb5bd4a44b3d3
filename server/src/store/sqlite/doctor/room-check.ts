import { createHash } from "node:crypto";
import type { Row } from "../../base/steps.ts";
import { type DerivedRoom, reactionKey } from "../../doctor/derived-room.ts";
import type { Check, Findings } from "../../doctor/findings.ts";
import type { SqliteFile } from "../engine/file.ts";

/** The fields of a room's feed that this check needs. */
type RoomFeed = { readonly no: number; readonly feed: string; readonly lastMessage: number };

const ROOM = "SELECT kind, name, topic, state, owners, members FROM rooms WHERE room_no = $1";
const READ_POSITION = "SELECT read_seq FROM members WHERE room_no = $1 AND user_id = $2";
const MEMBERS = "SELECT user_id, role FROM members WHERE room_no = $1";
const AMENDMENTS =
  "SELECT seq, text, mentions, mentions_room, edited_at, deleted, rev FROM amendments WHERE room_no = $1";
const EDITS = "SELECT message_seq, seq FROM edits WHERE room_no = $1";
const REACTIONS = "SELECT seq, emoji, user_id, added FROM reactions WHERE room_no = $1";
const REACTION_REVS = "SELECT seq, rev FROM reaction_revs WHERE room_no = $1";
const MENTIONS = "SELECT seq, user_id, author FROM mentions WHERE room_no = $1";
const PURGE = "SELECT upto FROM purges WHERE feed_no = $1";

/** Compares the current-state tables of a room with the state derived from its log. */
export function compareRoom(file: SqliteFile, findings: Findings, row: RoomFeed, derived: DerivedRoom): void {
  const comparison = new Comparison(file, findings, row);
  if (derived.state === "deleted") comparison.gone();
  else comparison.all(derived);
}

class Comparison {
  readonly #file: SqliteFile;
  readonly #findings: Findings;
  readonly #row: RoomFeed;

  constructor(file: SqliteFile, findings: Findings, row: RoomFeed) {
    this.#file = file;
    this.#findings = findings;
    this.#row = row;
  }

  all(derived: DerivedRoom): void {
    const { feed, lastMessage } = this.#row;
    this.#findings.same("feeds", feed, "last_message", lastMessage, derived.lastMessage);
    this.#room(derived);
    this.#messages(derived);
    this.#edits(derived);
    this.#reactions(derived);
    this.#mentions(derived);
  }

  /** A deleted room keeps its row and its last event. The rest is removed, or waits to be removed. */
  gone(): void {
    const { no, feed } = this.#row;
    const state = this.#file.get(ROOM, [no])?.[3];
    this.#findings.same("rooms", feed, "its state", state ?? "missing", "deleted");
    if (this.#file.get(PURGE, [no]) !== undefined) return;
    const left: readonly (readonly [Check, string])[] = [
      ["members", MEMBERS],
      ["messages", AMENDMENTS],
      ["edits", EDITS],
      ["reactions", REACTIONS],
      ["reactions", REACTION_REVS],
      ["mentions", MENTIONS],
    ];
    for (const [check, sql] of left) {
      const rows = this.#file.all(sql, [no]).length;
      if (rows > 0) this.#findings.add(check, feed, `${rows} rows are left of a deleted room`);
    }
  }

  #room(derived: DerivedRoom): void {
    const { no, feed } = this.#row;
    const row = this.#file.get(ROOM, [no]);
    if (!row) {
      this.#findings.add("rooms", feed, "has a log and no row");
      return;
    }
    const { kind, name, topic, state, owners, roles } = derived;
    const wanted = { kind, name, topic, state, owners, members: roles.size };
    for (const [index, [what, value]] of Object.entries(wanted).entries()) {
      this.#findings.same("rooms", feed, what, row[index], value);
    }
    this.#rows(
      "members",
      MEMBERS,
      ([user, role]) => [`member ${user}`, String(role)],
      prefixed("member ", roles),
    );
    for (const [user, seq] of derived.lastSent) {
      const read = Number(this.#file.get(READ_POSITION, [no, user])?.[0] ?? seq);
      if (read < seq)
        this.#findings.add("reading", feed, `${user} sent #${seq} and has read only up to #${read}`);
    }
  }

  #messages({ amended, redacted, edits }: DerivedRoom): void {
    const { feed } = this.#row;
    const wanted = new Map<string, string>();
    for (const [seq, { text, mentions, mentionsRoom, editedAt, deleted, rev }] of amended) {
      const marks = [JSON.stringify(mentions), mentionsRoom ? 1 : 0, editedAt, deleted ? 1 : 0, rev];
      wanted.set(`message #${seq}`, [printOf(text), ...marks].join(" "));
      if (deleted && !redacted.has(seq))
        this.#findings.add("messages", feed, `#${seq} is deleted and still in the log`);
    }
    for (const seq of redacted) {
      const message = edits.find(([, edit]) => edit === seq)?.[0] ?? seq;
      if (!amended.get(message)?.deleted)
        this.#findings.add("messages", feed, `#${seq} lost its text, and message #${message} is not deleted`);
    }
    for (const [message, edit] of edits) {
      if (amended.get(message)?.deleted && !redacted.has(edit))
        this.#findings.add(
          "messages",
          feed,
          `#${edit} still has a text of message #${message}, which is deleted`,
        );
    }
    const found = ([seq, text, ...marks]: Row): [string, string] => [
      `message #${seq}`,
      [printOf(String(text)), ...marks].join(" "),
    ];
    this.#rows("messages", AMENDMENTS, found, wanted);
  }

  #edits({ edits }: DerivedRoom): void {
    const key = (message: unknown, seq: unknown) => `edit #${seq} of #${message}`;
    const wanted = new Map(edits.map(([message, seq]) => [key(message, seq), ""]));
    this.#rows("edits", EDITS, ([message, seq]) => [key(message, seq), ""], wanted);
  }

  #reactions({ reactions, reactionRevs }: DerivedRoom): void {
    const added = ([seq, emoji, user, at]: Row): [string, number] => [
      `reaction ${reactionKey(seq as number, String(emoji), String(user))}`,
      at as number,
    ];
    this.#rows("reactions", REACTIONS, added, prefixed("reaction ", reactions));
    const revs = ([seq, rev]: Row): [string, number] => [`revision of #${seq}`, rev as number];
    this.#rows("reactions", REACTION_REVS, revs, prefixed("revision of #", reactionRevs));
  }

  #mentions({ mentions }: DerivedRoom): void {
    const key = (seq: unknown, user: unknown) => `mention of ${user === "" ? "the room" : user} in #${seq}`;
    const wanted = new Map<string, string>();
    for (const [seq, { author, users }] of mentions)
      for (const user of users) wanted.set(key(seq, user), author);
    this.#rows("mentions", MENTIONS, ([seq, user, author]) => [key(seq, user), String(author)], wanted);
  }

  #rows(
    check: Check,
    sql: string,
    keyed: (row: Row) => [string, string | number],
    wanted: ReadonlyMap<string, string | number>,
  ): void {
    const { no, feed } = this.#row;
    this.#findings.sameRows(check, feed, new Map(this.#file.all(sql, [no]).map(keyed)), wanted);
  }
}

function prefixed<V>(prefix: string, rows: ReadonlyMap<string | number, V>): Map<string, V> {
  return new Map([...rows].map(([key, value]) => [`${prefix}${key}`, value]));
}

/** A digest in place of the text: message text never goes into a report. */
function printOf(text: string): string {
  return text === ""
    ? "-"
    : `${text.length}:${createHash("sha256").update(text).digest("base64url").slice(0, 10)}`;
}
