import { parentPort, workerData } from "node:worker_threads";
import type { Reads } from "../../read/asks.ts";
import * as lists from "../../read/lists.ts";
import { history, message, page } from "../../read/messages.ts";
import { members } from "../../read/rooms.ts";
import { search } from "../../read/search.ts";
import { BUSY_MS, SqliteFile } from "../engine/file.ts";
import { ftsIndex } from "./fts-index.ts";
import type { Query, QueryReply, QueryRequest, QueryStart } from "./port.ts";

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
const clock = () => performance.now();

function readsOf(query: Query): Reads<unknown> {
  switch (query.kind) {
    case "search":
      return search(ftsIndex, clock, query.query, query.reader);
    case "directory":
      return lists.directory(query.query, query.user);
    case "users":
      return lists.users(query.query);
    case "user":
      return lists.user(query.id);
    case "public_rooms":
      return lists.publicRooms();
    case "members":
      return members(query.room, query.reader);
    case "page":
      return page(query.room, query.where, query.reader, epoch);
    case "message":
      return message(query.room, query.id, query.reader);
    case "history":
      return history(query.room, query.id, query.reader);
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
    const text = JSON.stringify(file.read(readsOf(request)));
    reply({ kind: "answer", answer: text, ms: performance.now() - began });
  } catch (error) {
    reply({
      kind: "failed",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
});
reply({ kind: "open" });
