import { join } from "node:path";
import pino from "pino";
import type { Config } from "../config/read.ts";
import { type Log, openLog, STDERR } from "./log.ts";
import { LogFile } from "./log-file.ts";
import { RelayedFile } from "./relayed-file.ts";
import { TrafficLog } from "./traffic-log.ts";

export type LogsParts = Pick<Config, "logLevel" | "logDir" | "logMaxSize" | "logFiles" | "logText"> & {
  /** Milliseconds UTC. */
  readonly now: () => number;
  readonly terminal?: pino.DestinationStream;
  /** One of several processes: its name, and what hands its lines to the process that writes the files of all. */
  readonly worker?: { readonly name: string; readonly sink?: LogSink } | undefined;
};

/** Writes lines into one of the files in LOG_DIR; `name` is its name there. */
export type LogSink = (name: string, lines: string) => void;

/** All logs of the server. */
export type Logs = {
  readonly log: Log;
  /** Requests and sockets; null when they are logged nowhere. */
  readonly traffic: TrafficLog | null;
  /** Opens the files now. A file that cannot be opened is reported on the terminal, and the server continues without it. */
  open(): void;
  /** Writes lines of another process into the file of this name. */
  readonly sink: LogSink;
  /** Writes all buffers before it returns. */
  flush(): void;
  close(): Promise<void>;
};

/** The files in LOG_DIR. */
export const LOG_NAMES = { access: "access.log", error: "error.log", sockets: "websocket.log" } as const;

/** Creates the logs: three files in a folder, and the terminal with a level of its own. */
export function openLogs({
  logLevel,
  logDir,
  logMaxSize,
  logFiles,
  logText,
  now,
  terminal = STDERR,
  worker,
}: LogsParts): Logs {
  let reported = false;
  const onError = (error: unknown) => {
    if (reported || logLevel === "silent") return;
    reported = true;
    const line = { level: 40, time: new Date(now()).toISOString(), dir: logDir, why: String(error) };
    // Directly to the terminal: the log itself may be the one that cannot be written.
    terminal.write(
      `${JSON.stringify({ ...line, msg: "the log files cannot be written; the server continues without them" })}\n`,
    );
  };
  const file = (name: string, eager = false) =>
    logDir === null
      ? null
      : worker?.sink
        ? new RelayedFile((lines) => worker.sink?.(name, lines), eager)
        : new LogFile({
            path: join(logDir, name),
            maxBytes: logMaxSize * 1_048_576,
            files: logFiles,
            eager,
            onError,
          });
  const access = file(LOG_NAMES.access);
  const errors = file(LOG_NAMES.error, true);
  const sockets = file(LOG_NAMES.sockets);
  const named = [
    [LOG_NAMES.access, access],
    [LOG_NAMES.error, errors],
    [LOG_NAMES.sockets, sockets],
  ] as const;
  const files = [access, errors, sockets].filter((each) => each !== null);
  const quiet = logLevel === "error" || logLevel === "silent";
  const log = openLog(
    quiet && errors ? "warn" : logLevel,
    pino.multistream([
      ...(logLevel === "silent" ? [] : [{ level: logLevel, stream: terminal }]),
      ...(errors ? [{ level: "warn" as const, stream: errors }] : []),
    ]),
    now,
    worker?.name,
  );
  const shows = logLevel === "debug";
  const traffic =
    files.length > 0 || shows
      ? new TrafficLog({
          access,
          sockets,
          terminal: shows ? log : null,
          text: logText,
          now,
          worker: worker?.name ?? null,
        })
      : null;
  return {
    log,
    traffic,
    open: () => {
      for (const each of files) each.open();
    },
    sink: (name, lines) => {
      for (const [known, each] of named) if (known === name) each?.write(lines);
    },
    flush: () => {
      for (const each of files) each.flushSync();
    },
    close: async () => {
      await Promise.all(files.map((each) => each.close()));
    },
  };
}
