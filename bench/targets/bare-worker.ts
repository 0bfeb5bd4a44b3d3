import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parentPort } from "node:worker_threads";

const db = new DatabaseSync(join(process.argv[2] ?? ".", "bare.db"));
db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
db.exec(`
  CREATE TABLE events (
    row INTEGER PRIMARY KEY, feed TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
    actor TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, nonce TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (feed, seq), UNIQUE (nonce, actor)
  ) STRICT;
  CREATE VIRTUAL TABLE terms USING fts5(text, content = '', contentless_delete = 1);
`);
const insert = db.prepare("INSERT INTO events VALUES (?, ?, ?, ?, 'message_sent', ?, ?, ?, ?, ?)");
const index = db.prepare("INSERT INTO terms (rowid, text) VALUES (?, ?)");
const begin = db.prepare("BEGIN IMMEDIATE");
const commit = db.prepare("COMMIT");
const heads = new Map<string, number>();
const dialects = process.argv[3] === "dialects";
let row = 0;

/** A message as small chat servers put it: a frame of its own. */
function dialectFrame(room: string, id: string, name: string, text: string, at: number): string {
  const timestamp = new Date(at).toISOString();
  return JSON.stringify(
    room === "lobby"
      ? { type: "chat", id, sender: name, content: text, timestamp }
      : { type: "message", username: name, content: text, timestamp },
  );
}

/** Five fields a message in; a room and its frame, line by line, out. */
parentPort?.on("message", (batch: string) => {
  const fields = batch.split("\0");
  const at = Date.now();
  const frames = new Map<string, string>();
  const lines: string[] = [];
  begin.run();
  for (let i = 0; i < fields.length; i += 5) {
    const [room, actor, name, nonce, text] = fields.slice(i, i + 5) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const seq = (heads.get(room) ?? 0) + 1;
    heads.set(room, seq);
    const id = Bun.randomUUIDv7();
    const body = `"text":${JSON.stringify(text)},"mentions":[],"reply_to":null}`;
    insert.run(++row, room, seq, id, actor, name, at, nonce, `{${body}`);
    index.run(row, text);
    if (dialects) {
      lines.push(room, dialectFrame(room, id, name, text, at));
      continue;
    }
    const event = `{"seq":${seq},"id":"${id}","kind":"message_sent","actor":"${actor}","name":"${name}","at":${at},"nonce":"${nonce}",${body}`;
    const frame = frames.get(room);
    frames.set(
      room,
      frame === undefined ? `{"type":"events","feed":"${room}","events":[${event}` : `${frame},${event}`,
    );
  }
  commit.run();
  for (const [room, frame] of frames) lines.push(room, `${frame}]}`);
  parentPort?.postMessage(lines.join("\n"));
});
