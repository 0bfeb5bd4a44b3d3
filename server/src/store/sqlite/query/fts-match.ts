import { roomTerm } from "../../base/terms.ts";
import type { Match } from "../../read/search-plan.ts";

/** The query in the language of FTS5. Terms hold no quotation marks, which are the only syntax inside of quotes. */
export function ftsMatch({ words, beginning, rooms }: Match): string {
  const all = words.map((word) => `"${word}"`);
  if (beginning !== "") all.push(`"${beginning}"*`);
  if (rooms !== null) all.push(anyOf(rooms));
  return all.join(" AND ");
}

function anyOf(rooms: readonly number[]): string {
  // Matches no room: there is no feed of that number.
  const numbers = rooms.length === 0 ? [0] : rooms;
  return `(${numbers.map((room) => `"${roomTerm(room)}"`).join(" OR ")})`;
}
