import { USERS } from "../../read/lists.ts";

/** Reads whose text is not the same here. SQLite is told by a second table to search the names in their index alone. */
export const READS_BY_HAND: ReadonlyMap<string, string> = new Map([
  [
    USERS,
    "SELECT u.id, u.name, u.name_key FROM users u WHERE u.name_key >= $1 AND strpos(u.name_key, $2) > 0 AND u.id <> $3 ORDER BY u.name_key",
  ],
]);
