import { find, type Steps, write } from "../base/steps.ts";

/** The key in `meta` that marks a copy: when it was made, milliseconds UTC. */
export const COPIED_AT = "copied_at";

const READ_MARK = "SELECT value FROM meta WHERE key = $1";
const UNMARK = "DELETE FROM meta WHERE key = $1";
const NEW_EPOCH = "UPDATE meta SET value = $1 WHERE key = 'epoch'";

/** Gives the store another lineage. Returns its epoch. */
export function* newLineage(epoch: string): Steps<string> {
  yield write(NEW_EPOCH, [[epoch]]);
  return epoch;
}

/**
 * A copy has a lineage of its own once it is served, because the original may have gone on with other events under the same
 * numbers. A store that is marked as a copy gets this epoch when it is opened, and every client with the old one reloads.
 */
export function* ownLineage(epoch: string): Steps<void> {
  const [mark] = yield find(READ_MARK, [[COPIED_AT]]);
  if (!mark) return;
  yield write(NEW_EPOCH, [[epoch]]);
  yield write(UNMARK, [[COPIED_AT]]);
}

/** Notes that public rooms with names that look alike exist: they were named before skeletons were compared. */
export const NAMES_BEFORE =
  "INSERT INTO meta (key, value) SELECT 'names_before', '5' WHERE " +
  "(SELECT COUNT(*) FROM rooms WHERE kind = 'public' AND state <> 'deleted') > " +
  "(SELECT COUNT(*) FROM claims WHERE space = 'room_skeleton') ON CONFLICT DO NOTHING";
