import { type FoundRows, find, write } from "../base/steps.ts";
import type { Migration } from "./migration.ts";

/** Feeds of one statement. */
const SLICE = 1_000;

const LAST_NO = "SELECT COALESCE(MAX(no), 0) FROM feeds";
const FILL =
  "UPDATE feeds SET facts = COALESCE((SELECT e.seq FROM events e WHERE e.feed_no = feeds.no AND e.message = 0 " +
  "AND e.kind NOT IN ('message_edited', 'message_deleted', 'reaction_added', 'reaction_removed') " +
  "ORDER BY e.seq DESC LIMIT 1), floor) " +
  "WHERE no > $1 AND no <= $2";

/**
 * `feeds.facts`: the seq of the last event that is not about a message or a reaction, which is the version of the facts that
 * a writer keeps of a feed. In a room that several processes write to, `last` is never the same twice, and members would be
 * read again for each batch.
 *
 * The last such event is found from the end of the index of events that are no messages: a feed costs the edits and
 * reactions since its last one.
 */
export const versionsOfFacts: Migration = {
  version: 8,
  sqlite: ["ALTER TABLE feeds ADD COLUMN facts INTEGER NOT NULL DEFAULT 0"],
  *fill({ progress = () => {} }) {
    const [row] = (yield find(LAST_NO, [[]])) as FoundRows;
    const last = Number(row?.[0]);
    for (let from = 0; from < last; from += SLICE) {
      yield write(FILL, [[from, from + SLICE]]);
      progress(8, Math.min((from + SLICE) / last, 1));
    }
  },
};
