import { randomBytes, randomFillSync } from "node:crypto";
import { isFault } from "@parley/protocol";
import { tokenInFrame } from "@parley/protocol/schemas";
import type { Command } from "../../../core/command.ts";
import { bytesToId } from "../../base/compact-id.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { type Steps, write } from "../../base/steps.ts";
import { SYSTEM_USER } from "../../base/system.ts";
import { uuidv7 } from "../../base/uuid.ts";
import { MIGRATIONS } from "../../migrations/list.ts";
import { storePath } from "../copies/read-only-store.ts";
import { refuseDamagedLog } from "../log-damage.ts";
import { makeDurable } from "./durability.ts";
import { SqliteFile } from "./file.ts";
import { lockStore } from "./lock.ts";
import { SqliteWriter } from "./writer.ts";

export type RedactTokensOptions = {
  /** The folder of the store. No server may be running on it. */
  readonly dataDir: string;
  /** Milliseconds UTC. */
  readonly now: number;
  /** The digest of a token, as the store keeps it. */
  readonly tokenHash: (token: string) => string;
};

export type RedactedTokens = {
  /** Messages whose text was deleted. */
  readonly messages: number;
  /** Tokens that were valid and are revoked now. */
  readonly tokens: number;
};

const VERSION = "SELECT value FROM meta WHERE key = 'version'";
/** Texts that may be such a frame, of messages and of their edits, in rooms that are not deleted. */
const TEXTS =
  "SELECT f.feed, m.id, json_extract(e.body, '$.text') FROM events e JOIN feeds f ON f.no = e.feed_no " +
  "JOIN rooms r ON r.room_no = e.feed_no AND r.state <> 'deleted' " +
  "JOIN events m ON m.feed_no = e.feed_no AND m.message = 1 AND m.redacted = 0 " +
  "AND m.seq = CASE e.message WHEN 1 THEN e.seq ELSE json_extract(e.body, '$.message.seq') END " +
  "WHERE (e.message = 1 OR e.kind = 'message_edited') AND e.body LIKE '%token%' ORDER BY e.row";
const USER_OF = "SELECT id FROM users WHERE token_hash = $1";
/** Sets a random digest that belongs to no token: the guest keeps the name and its messages, and cannot sign in. */
const REVOKE = "UPDATE users SET token_hash = $2 WHERE id = $1";
/** Messages that one transaction deletes. */
const SLICE = 100;

/**
 * Deletes, as a deletion does, every message whose text is a frame of the native protocol with a token in it, and revokes
 * these tokens: every reader of the room could have copied them. Tokens are revoked first, so that an interrupted run leaves
 * no token that is still valid and no longer found. Running it again changes nothing.
 *
 * @throws OperatorError when there is no store, a server runs on it, or it is of another version.
 */
export function redactTokensSqlite({ dataDir, now, tokenHash }: RedactTokensOptions): RedactedTokens {
  const path = storePath(dataDir);
  const lock = lockStore(`${dataDir}/lock.db`);
  try {
    const file = new SqliteFile(path);
    try {
      refuseDamagedLog(file, path, now);
      if (Number(file.get(VERSION, [])?.[0]) !== (MIGRATIONS.at(-1)?.version ?? 0))
        throw new OperatorError(
          "This store is of another version. Start the server once: it brings the store up to date.",
        );
      makeDurable(file, false);
      // ON, not FAST: the deleted text is a secret.
      file.pragma("secure_delete = ON");
      const hashes = new Set<string>();
      const rooms = new Map<string, string>();
      for (const [feed, message, text] of file.each(TEXTS, [])) {
        const token = tokenInFrame(String(text));
        if (token === null) continue;
        hashes.add(tokenHash(token));
        rooms.set(bytesToId(message as Uint8Array), String(feed));
      }
      const tokens = revoke(file, hashes);
      const messages = redact(file, now, rooms);
      // The log must not keep the text, either.
      file.pragma("wal_checkpoint(TRUNCATE)");
      return { messages, tokens };
    } finally {
      file.close();
    }
  } finally {
    lock.release();
  }
}

function revoke(file: SqliteFile, hashes: ReadonlySet<string>): number {
  const users = [...hashes].flatMap((hash) => file.get(USER_OF, [hash])?.[0] ?? []);
  if (users.length === 0) return 0;
  file.transaction(
    (function* (): Steps<void> {
      yield write(
        REVOKE,
        users.map((user) => [user, randomBytes(32).toString("base64url")]),
      );
    })(),
  );
  return users.length;
}

/** `rooms` by the id of the message. */
function redact(file: SqliteFile, now: number, rooms: ReadonlyMap<string, string>): number {
  const newId = uuidv7(randomFillSync);
  const writer = new SqliteWriter(file, newId);
  const commands = [...rooms].map(
    ([message, room]): Command => ({
      actor: { ...SYSTEM_USER, walk_in: false },
      nonce: newId(now),
      at: now,
      body: { kind: "redact_message", room, message },
    }),
  );
  let deleted = 0;
  for (let from = 0; from < commands.length; from += SLICE) {
    const { verdicts } = writer.commit(commands.slice(from, from + SLICE), now);
    for (const verdict of verdicts) {
      if (isFault(verdict)) throw new Error(`A message could not be deleted: ${verdict.fault}.`);
      deleted += verdict.placed.length;
    }
  }
  return deleted;
}
