import { join } from "node:path";
import { bytesToId } from "../../base/compact-id.ts";
import type { Row } from "../../base/steps.ts";
import { MESSAGES_JSON, ROOMS_JSON } from "../../transfer/dump.ts";
import { DumpWriter } from "../../transfer/dump-folder.ts";
import type { Progress } from "../copies/copy.ts";
import type { SqliteFile } from "../engine/file.ts";

const PUBLIC = "r.kind = 'public' AND r.state <> 'deleted'";
const ROOMS =
  "SELECT f.feed, r.name, e.at FROM rooms r JOIN feeds f ON f.no = r.room_no " +
  `JOIN events e ON e.feed_no = r.room_no AND e.seq = 1 WHERE ${PUBLIC} ORDER BY r.room_no`;
const COUNT_ROOMS = `SELECT COUNT(*) FROM rooms r WHERE ${PUBLIC}`;
const SHOWN = `FROM events e CROSS JOIN rooms r ON r.room_no = e.feed_no LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq `;
const WHERE = `WHERE e.message = 1 AND COALESCE(a.deleted, 0) = 0 AND ${PUBLIC}`;
const COUNT_MESSAGES = `SELECT COUNT(*) ${SHOWN} ${WHERE}`;
const MESSAGES =
  "SELECT e.id, (SELECT feed FROM feeds WHERE no = e.feed_no), e.name, COALESCE(a.text, json_extract(e.body, '$.text')), e.at " +
  `${SHOWN} ${WHERE} ORDER BY e.row`;

/**
 * Writes the files of a legacy chat server: `rooms.json` and `messages.json`, each a list with an entry a line, as its REST
 * interface returns them. Public rooms only, in the order of their creation; messages in the order of storing, with their
 * current texts, without deleted ones.
 */
export function exportLegacy(
  file: SqliteFile,
  into: string,
  progress: Progress,
): { readonly counts: { readonly [what: string]: number }; readonly bytes: number } {
  const count = (sql: string) => Number(file.get(sql, [])?.[0]);
  const counts = { rooms: count(COUNT_ROOMS), messages: count(COUNT_MESSAGES) };
  const total = counts.rooms + counts.messages;
  let done = 0;
  const list = (name: string, rows: Iterable<Row>, entry: (row: Row) => object) => {
    const writer = new DumpWriter(join(into, name));
    let before = "[\n";
    for (const row of rows) {
      writer.write(`${before}  ${JSON.stringify(entry(row))}`);
      before = ",\n";
      if (++done % 1_000 === 0) progress(done, total);
    }
    writer.write(before === "[\n" ? "[]\n" : "\n]\n");
    return writer.close().bytes;
  };
  let bytes = list(ROOMS_JSON, file.each(ROOMS, []), (row) => {
    const [id, name, at] = row as [string, string, number];
    return { id, name, created_at: timestamp(at) };
  });
  bytes += list(MESSAGES_JSON, file.each(MESSAGES, []), (row) => {
    const [id, room_id, username, content, at] = row as [Uint8Array, string, string, string, number];
    return { id: bytesToId(id), room_id, username, content, timestamp: timestamp(at) };
  });
  progress(total, total);
  return { counts, bytes };
}

function timestamp(at: number): string {
  return new Date(at).toISOString();
}
