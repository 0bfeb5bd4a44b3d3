import { randomBytes, randomFillSync } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { OperatorError } from "../../base/operator-error.ts";
import { uuidv7 } from "../../base/uuid.ts";
import { unpackCommands } from "../../commit/command-packing.ts";
import { pack } from "../../commit/packing.ts";
import { migrate } from "../../migrations/migrate.ts";
import { newLineage } from "../../transfer/lineage.ts";
import { commitsLost } from "../log-damage.ts";
import { Checkpoints } from "./checkpoints.ts";
import { makeDurable } from "./durability.ts";
import { SqliteFile } from "./file.ts";
import type { Reply, Request, WorkerStart } from "./port.ts";
import { Purges } from "./purges.ts";
import { SqliteWriter } from "./writer.ts";

/** The thread that owns the only connection that writes. */
const port = parentPort;
if (!port) throw new Error("write-worker.ts runs as a worker of sqlite.ts");

const { path, unsafeDurability, now } = workerData as WorkerStart;
const newId = uuidv7(randomFillSync);
const reply = (message: Reply) => port.postMessage(message);

function open(): { file: SqliteFile; writer: SqliteWriter } | undefined {
  let file: SqliteFile | undefined;
  try {
    file = new SqliteFile(path);
    makeDurable(file, unsafeDurability);
    const damaged = commitsLost(file, path, now);
    const progress = (version: number, done: number) => reply({ kind: "migrating", version, done });
    let epoch = file.transaction(migrate({ now, newId, epoch: randomBytes(16).toString("hex"), progress }));
    // What is lost was published under these numbers: every client has to load anew.
    if (damaged) epoch = file.transaction(newLineage(randomBytes(16).toString("hex")));
    const writer = new SqliteWriter(file, newId);
    reply({ kind: "open", epoch });
    return { file, writer };
  } catch (error) {
    file?.close();
    reply({
      kind: "refused",
      message: error instanceof Error ? error.message : String(error),
      forOperator: error instanceof OperatorError,
      errcode: Number((error as { errcode?: number }).errcode ?? 0),
    });
    port?.close();
    return undefined;
  }
}

const EPOCH = "SELECT value FROM meta WHERE key = 'epoch'";

const opened = open();
if (opened) serve(opened.file, opened.writer);

function serve(file: SqliteFile, writer: SqliteWriter): void {
  let dead = false;
  const fatal = (error: unknown) => {
    dead = true;
    purges.stop();
    reply({ kind: "fatal", message: String(error) });
  };
  const checkpoints = new Checkpoints(file, fatal);
  const purges: Purges = new Purges(file, fatal, () => checkpoints.written());

  const perform = (request: Request) => {
    switch (request.kind) {
      case "commit": {
        const committed = writer.commit(unpackCommands(request.commands), request.now);
        reply({ kind: "committed", committed: pack(committed) });
        checkpoints.written();
        purges.committed(committed);
        return;
      }
      case "sign_in":
        reply({ kind: "signed_in", answers: writer.signIn(request.requests) });
        checkpoints.written();
        return;
      case "ping":
        reply({ kind: "alive", epoch: String(file.get(EPOCH, [])?.[0]) });
        return;
      case "close":
        purges.stop();
        if (!dead) checkpoints.stop();
        file.close();
        reply({ kind: "closed" });
        port?.close();
        return;
    }
  };

  port?.on("message", (request: Request) => {
    // After a fatal error no request is answered: any answer could be untrue.
    if (dead && request.kind !== "close") return;
    try {
      perform(request);
    } catch (error) {
      fatal(error);
    }
  });
}
