import { DatabaseSync } from "node:sqlite";
import { bytesToId } from "../../base/compact-id.ts";
import { readNonceResult, readTime } from "../../base/nonce-result.ts";

/** For tests: converts a closed store to format 6, 4 or 2, as older servers wrote it. */
export function toFormat(path: string, version: 2 | 4 | 6): void {
  const database = new DatabaseSync(path);
  if (version === 6) {
    database.exec(
      "DROP TABLE devices; ALTER TABLE feeds DROP COLUMN facts; DROP INDEX deleted_messages; " +
        "CREATE UNIQUE INDEX messages_by_seq ON events (feed_no, seq) WHERE message = 1; " +
        "UPDATE meta SET value = '6' WHERE key = 'version'",
    );
    database.close();
    return;
  }
  const text = (column: string) =>
    `lower(substr(hex(${column}), 1, 8) || '-' || substr(hex(${column}), 9, 4) || '-' || substr(hex(${column}), 13, 4) || '-' || substr(hex(${column}), 17, 4) || '-' || substr(hex(${column}), 21))`;
  database.exec(`
    BEGIN;
    CREATE TABLE old_events (row INTEGER PRIMARY KEY, feed_no INTEGER NOT NULL, seq INTEGER NOT NULL, message INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, nonce TEXT NOT NULL, body TEXT NOT NULL) STRICT;
    INSERT INTO old_events SELECT row, feed_no, seq, message, ${text("id")}, CASE message WHEN 1 THEN 'message_sent' ELSE kind END, actor, name, at, ${text("nonce")}, body FROM events;
    DROP TABLE events;
    ALTER TABLE old_events RENAME TO events;
    CREATE UNIQUE INDEX messages_by_id ON events (id) WHERE message = 1;
    CREATE UNIQUE INDEX messages_by_seq ON events (feed_no, seq) WHERE message = 1;
    CREATE UNIQUE INDEX others_by_seq ON events (feed_no, seq) WHERE message = 0;
    CREATE TABLE old_nonces (nonce TEXT NOT NULL, author TEXT NOT NULL, digest INTEGER NOT NULL, at INTEGER NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (nonce, author)) STRICT, WITHOUT ROWID;
  `);
  const nonces = database.prepare(
    "SELECT n.nonce, a.author, n.digest, n.at, n.answer FROM nonces n JOIN authors a ON a.no = n.author",
  );
  const insert = database.prepare("INSERT INTO old_nonces VALUES (?, ?, ?, ?, ?)");
  type Stored = {
    nonce: Uint8Array;
    author: Uint8Array;
    digest: number;
    at: number | null;
    answer: Uint8Array;
  };
  for (const { nonce, author, digest, at, answer } of nonces.iterate() as Iterable<Stored>) {
    const places = readNonceResult(answer);
    const answered = places.map(({ no, seq, id }) => `${no}:${seq}:${id}`).join(" ");
    insert.run(bytesToId(nonce), bytesToId(author), digest, readTime(at, places), answered);
  }
  database.exec(`
    DROP TABLE nonces;
    DROP TABLE authors;
    ALTER TABLE old_nonces RENAME TO nonces;
    DROP INDEX users_by_skeleton;
    ALTER TABLE users DROP COLUMN skeleton;
    DROP TABLE devices; ALTER TABLE feeds DROP COLUMN facts;
    DELETE FROM claims WHERE space = 'room_skeleton';
    UPDATE meta SET value = '${version}' WHERE key = 'version';
    COMMIT;
  `);
  database.close();
}
