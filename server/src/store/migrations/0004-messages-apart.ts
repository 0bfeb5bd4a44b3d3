import type { Migration } from "./migration.ts";

/**
 * One index for messages by seq and one for all other events, in place of one for both. Each event is still in one index, so
 * that writing costs the same; but unread messages and a page of history are found without passing the joins and leaves in
 * between, which are most of the events in a lobby.
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
