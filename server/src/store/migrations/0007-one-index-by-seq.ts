import type { Migration } from "./migration.ts";

/**
 * An index for deleted messages by seq, in place of the one for all messages: with `live_messages` and `others_by_seq` each
 * event is in one index by seq. A batch for many rooms touches a page of such an index for each room, which was a tenth of
 * the cost of a message (docs/adr/0026). Takes less than a second a million messages.
 */
export const oneIndexBySeq: Migration = {
  version: 7,
  sqlite: [
    "CREATE UNIQUE INDEX deleted_messages ON events (feed_no, seq) WHERE message = 1 AND redacted = 1",
    "DROP INDEX messages_by_seq",
  ],
  *fill() {},
};
