import type { Migration } from "./migration.ts";

/**
 * One index for messages by seq and one for all else, in place of one for both. Each event still stands in one index, so
 * that writing costs the same; but what is unread, and a page of history, is found without passing all who came and went
 * in between: in a lobby these are most of the events.
 */
export const messagesApart: Migration = {
  version: 4,
  sqlite: [
    "CREATE UNIQUE INDEX IF NOT EXISTS messages_by_seq ON events (feed_no, seq) WHERE message = 1",
    "CREATE UNIQUE INDEX IF NOT EXISTS others_by_seq ON events (feed_no, seq) WHERE message = 0",
    "DROP INDEX IF EXISTS events_by_seq",
  ],
  *fill() {},
};
