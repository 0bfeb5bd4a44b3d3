import { randomBytes, randomFillSync } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { migrate } from "./migrate.ts";
import { Checkpoints } from "./sqlite-checkpoints.ts";
import { makeDurable } from "./sqlite-durability.ts";
import { SqliteFile } from "./sqlite-file.ts";
import type { Reply, Request, WorkerStart } from "./sqlite-port.ts";
import { SqliteWriter } from "./sqlite-writer.ts";
import { uuidv7 } from "./uuid.ts";

/** The thread that owns the only connection that writes. */
const port = parentPort;
if (!port) throw new Error("sqlite-worker.ts runs as a worker of sqlite.ts");

const { path, unsafeDurability, now } = workerData as WorkerStart;
const newId = uuidv7(randomFillSync);
const reply = (message: Reply) => port.postMessage(message);

function open(): SqliteFile | undefined {
  try {
    const file = new SqliteFile(path);
    makeDurable(file, unsafeDurability);
    const epoch = file.transaction(migrate({ now, newId, epoch: randomBytes(16).toString("hex") }));
    reply({ kind: "open", epoch });
    return file;
  } catch (error) {
    reply({ kind: "refused", message: error instanceof Error ? error.message : String(error) });
    port?.close();
    return undefined;
  }
}

const file = open();
if (file) serve(file);

function serve(file: SqliteFile): void {
  const writer = new SqliteWriter(file, newId);
  const fatal = (error: unknown) => reply({ kind: "fatal", message: String(error) });
  const checkpoints = new Checkpoints(file, fatal);
  let dead = false;

  const perform = (request: Request) => {
    switch (request.kind) {
      case "commit":
        reply({
          kind: "committed",
          committed: JSON.stringify(writer.commit(JSON.parse(request.commands), request.now)),
        });
        checkpoints.written();
        return;
      case "sign_in":
        reply({ kind: "signed_in", answers: writer.signIn(request.requests) });
        checkpoints.written();
        return;
      case "close":
        checkpoints.stop();
        file.close();
        reply({ kind: "closed" });
        port?.close();
        return;
    }
  };

  port?.on("message", (request: Request) => {
    if (dead) return;
    try {
      perform(request);
    } catch (error) {
      dead = true;
      fatal(error);
    }
  });
}
