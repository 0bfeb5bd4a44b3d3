import { type FeedEvent, type FeedId, isUserFeed } from "@parley/protocol";
import { anyEvent, tokenInFrame } from "@parley/protocol/schemas";
import { bytesToId, idToBytes } from "../../base/compact-id.ts";
import { eventsWhere, KIND, ofMessages } from "../../base/events.ts";
import { answerIfWhole } from "../../base/nonce-result.ts";
import type { Row } from "../../base/steps.ts";
import { SYSTEM_USER } from "../../base/system.ts";
import { FIND_NONCE } from "../../commit/nonces.ts";
import { DerivedRoom } from "../../doctor/derived-room.ts";
import { DerivedUser } from "../../doctor/derived-user.ts";
import type { Check, Findings } from "../../doctor/findings.ts";
import type { SqliteFile } from "../engine/file.ts";
import { compareRoom } from "./room-check.ts";
import { compareUser } from "./user-check.ts";

/** A feed as its row says. */
export type FeedRow = {
  readonly no: number;
  readonly feed: FeedId;
  readonly last: number;
  readonly floor: number;
  readonly lastAt: number;
  readonly lastMessage: number;
  /** The version of the facts that writers keep of the feed. */
  readonly facts: number;
};

const COLUMNS = "SELECT no, feed, last, floor, last_at, last_message, facts FROM feeds";
export const FEEDS_AFTER = `${COLUMNS} WHERE no > $1 ORDER BY no LIMIT $2`;
export const FEED_BY_ID = `${COLUMNS} WHERE feed = $1`;

export function toFeed(row: Row): FeedRow {
  type Values = [number, string, number, number, number, number, number];
  const [no, feed, last, floor, lastAt, lastMessage, facts] = row as Values;
  return { no, feed, last, floor, lastAt, lastMessage, facts };
}

/** Events that are in memory at a time. */
const PAGE = 500;
const EVENTS = `${eventsWhere(`seq, message, id, ${KIND}, actor, name, at, nonce, body, redacted`, "seq > $2")} ORDER BY seq LIMIT $3`;
const BELOW = `SELECT COUNT(*) FROM (${eventsWhere("seq", "seq <= $2")}) AS below`;
const MESSAGE_AT = ofMessages((kind) => `SELECT id FROM events WHERE feed_no = $1 AND ${kind} AND seq = $2`);
const PURGE = "SELECT upto FROM purges WHERE feed_no = $1";

/** How much was examined. */
export type Looked = { events: number; messages: number };

/**
 * Checks a feed's log and the state that the store derived from it. The log is read page by page; memory holds only changes
 * of messages and the members.
 */
export function checkFeed(file: SqliteFile, findings: Findings, row: FeedRow): Looked {
  return new FeedCheck(file, findings, row).run();
}

class FeedCheck {
  readonly #file: SqliteFile;
  readonly #findings: Findings;
  readonly #row: FeedRow;
  readonly #looked: Looked = { events: 0, messages: 0 };
  #next: number;
  #at = 0;
  /** The last event that is not about a message or a reaction; 0: there is none above the floor. */
  #version = 0;

  constructor(file: SqliteFile, findings: Findings, row: FeedRow) {
    this.#file = file;
    this.#findings = findings;
    this.#row = row;
    this.#next = row.floor + 1;
  }

  run(): Looked {
    const { feed, floor, last, lastAt, facts } = this.#row;
    const derived = isUserFeed(feed) ? new DerivedUser(floor > 0) : new DerivedRoom();
    for (const event of this.#log()) {
      if ("text" in event && tokenInFrame(event.text) !== null)
        this.#report("tokens", `#${event.seq} is a frame of the native protocol with a token in it`);
      const wrong = derived.take(event);
      // Trimmed events are missing from the derived state.
      if (wrong !== null && floor === 0) this.#report("events", `#${event.seq} ${wrong}`);
      if ("message" in event) this.#refersTo(event.seq, event.message);
    }
    if (this.#next !== last + 1) this.#report("feeds", `ends at #${this.#next - 1}; its row says #${last}`);
    if (last > 0) this.#findings.same("feeds", feed, "last_at", lastAt, this.#at);
    // A writer that finds the same version does not read again who is a member.
    if (this.#version > 0 || facts > floor) this.#findings.same("feeds", feed, "facts", facts, this.#version);
    this.#belowFloor();
    if (derived instanceof DerivedUser) {
      compareUser(this.#file, this.#findings, feed, derived);
    } else if (derived.state === "deleted" || floor === 0) {
      compareRoom(this.#file, this.#findings, this.#row, derived);
    }
    return this.#looked;
  }

  /** The events above the floor that can be read, in order. */
  *#log(): Iterable<FeedEvent> {
    const { no, floor } = this.#row;
    for (let from = floor; ; ) {
      const page = this.#file.all(EVENTS, [no, from, PAGE]);
      for (const row of page) {
        from = row[0] as number;
        const event = this.#event(row);
        if (event) yield event;
      }
      if (page.length < PAGE) return;
    }
  }

  #event(row: Row): FeedEvent | null {
    const [seq, message, idBytes, kind, actor, name, at, nonceBytes, body, redacted] = row as [
      number,
      number,
      Uint8Array,
      string,
      string,
      string,
      number,
      Uint8Array,
      string,
      number,
    ];
    const id = bytesToId(idBytes);
    const nonce = bytesToId(nonceBytes);
    this.#looked.events++;
    if (seq !== this.#next) this.#report("events", `#${seq} comes where #${this.#next} should`);
    this.#next = seq + 1;
    if (at < this.#at) this.#report("events", `#${seq} is ${this.#at - at} ms older than the one before it`);
    this.#at = Math.max(this.#at, at);
    if (!/^(message|reaction)_/.test(kind)) this.#version = seq;
    if ((message === 1) !== (kind === "message_sent"))
      this.#report("events", `#${seq} is marked as the wrong kind`);
    if (message === 1) this.#looked.messages++;
    if (kind !== "room_read" && actor !== SYSTEM_USER.id) this.#hasNonce(seq, id, nonce, actor);
    let fields: unknown;
    try {
      fields = JSON.parse(body);
    } catch {
      this.#report("events", `#${seq} has a body that is not JSON`);
      return null;
    }
    const parsed = anyEvent.safeParse({ ...(fields as object), seq, id, kind, actor, name, at, nonce });
    if (parsed.success) {
      const lost = "redacted" in parsed.data && parsed.data.redacted === true;
      if (lost !== (redacted === 1)) this.#report("events", `#${seq} is marked wrongly as deleted or not`);
      return parsed.data;
    }
    const [issue] = parsed.error.issues;
    this.#report("events", `#${seq} (${kind}) cannot be read: ${issue?.path.join(".")} ${issue?.message}`);
    return null;
  }

  /** Without the nonce, a resend of the command would be carried out again (P3). */
  #hasNonce(seq: number, id: string, nonce: string, actor: string): void {
    const { no, feed } = this.#row;
    const answer = this.#file.get(FIND_NONCE, [idToBytes(nonce), idToBytes(actor)])?.[2];
    if (answer === undefined) {
      this.#findings.add(
        "nonces",
        feed,
        `#${seq} has no nonce: the same command sent again would be done again`,
      );
    } else if (
      !answerIfWhole(answer)?.some((place) => place.no === no && place.seq === seq && place.id === id)
    ) {
      this.#findings.add("nonces", feed, `#${seq} has a nonce whose answer does not name it`);
    }
  }

  #refersTo(seq: number, message: { readonly id: string; readonly seq: number }): void {
    if (message.seq <= this.#row.floor) return;
    const found = this.#file.get(MESSAGE_AT, [this.#row.no, message.seq]);
    if (!(found?.[0] instanceof Uint8Array) || bytesToId(found[0]) !== message.id)
      this.#report("events", `#${seq} is about message #${message.seq}, which is another`);
  }

  /** Rows below the floor are void: removed, or waiting to be removed. */
  #belowFloor(): void {
    const { no, floor } = this.#row;
    const below = Number(this.#file.get(BELOW, [no, floor])?.[0]);
    if (below > 0 && this.#file.get(PURGE, [no]) === undefined)
      this.#report("feeds", `holds ${below} events below its floor, and nothing waits to remove them`);
  }

  #report(check: Check, text: string): void {
    this.#findings.add(check, this.#row.feed, text);
  }
}
