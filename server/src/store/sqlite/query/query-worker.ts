import { parentPort, workerData } from "node:worker_threads";
import { BUSY_MS, SqliteFile } from "../engine/file.ts";
import { SqliteReader } from "../engine/reader.ts";
import { SqliteLists } from "./lists.ts";
import type { Query, QueryReply, QueryRequest, QueryStart } from "./port.ts";
import { SqliteSearch } from "./search.ts";

/** The thread of slow reads: it only reads, and commits never wait for it. */
const port = parentPort;
if (!port) throw new Error("query-worker.ts runs as a worker of sqlite.ts");

/** KiB of pages in its cache. A search reads rows from all over the table. */
const CACHE_KIB = 65_536;

const { path, epoch } = workerData as QueryStart;
const reply = (message: QueryReply) => port.postMessage(message);

const file = new SqliteFile(path, { readOnly: true });
file.pragma(`busy_timeout = ${BUSY_MS}`);
file.pragma(`cache_size = -${CACHE_KIB}`);
const search = new SqliteSearch(file, () => performance.now());
const lists = new SqliteLists(file);
const reader = new SqliteReader(file, epoch);

function answer(query: Query): unknown {
  switch (query.kind) {
    case "search":
      return search.search(query.query, query.reader);
    case "directory":
      return lists.directory(query.query, query.user);
    case "users":
      return lists.users(query.query);
    case "user":
      return lists.user(query.id);
    case "public_rooms":
      return lists.publicRooms();
    case "members":
      return reader.members(query.room, query.reader);
    case "page":
      return reader.page(query.room, query.where, query.reader);
    case "message":
      return reader.message(query.room, query.id, query.reader);
    case "history":
      return reader.history(query.room, query.id, query.reader);
  }
}

port.on("message", (request: QueryRequest) => {
  if (request.kind === "close") {
    file.close();
    reply({ kind: "closed" });
    port.close();
    return;
  }
  try {
    const began = performance.now();
    const text = JSON.stringify(answer(request));
    reply({ kind: "answer", answer: text, ms: performance.now() - began });
  } catch (error) {
    reply({
      kind: "failed",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
});
reply({ kind: "open" });
