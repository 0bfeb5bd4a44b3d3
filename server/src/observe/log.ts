import pino from "pino";
import { RepeatedLines } from "./repeated-lines.ts";

/** The log of the server, one JSON object a line. It never contains tokens or message text. */
export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error" | "fatal">;

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Synchronous, so that the last line before a crash is not lost. Not stdout, which holds only the requested output. */
export const STDERR: pino.DestinationStream = pino.destination({ fd: 2, sync: true });

/** pino's numbers of these levels. */
const WARN = 40;
const FATAL = 60;

/** `worker` is in each line, where there are several. `now` in milliseconds: warnings and errors that repeat are limited (repeated-lines.ts). */
export function openLog(
  level: LogLevel,
  to: pino.DestinationStream = STDERR,
  now: () => number = Date.now,
  worker: string | null = null,
): Log {
  // Errors are written under `error` everywhere; without this they would be written as {}.
  const serializers = { error: pino.stdSerializers.err };
  const lines = new RepeatedLines(now);
  const hooks: pino.LoggerOptions["hooks"] = {
    logMethod(args, method, number) {
      if (number < WARN || number >= FATAL) return method.apply(this, args);
      const [fields, msg] = args as unknown as [Record<string, unknown>, string];
      const taken = lines.take(kindOf(fields, msg, number));
      if (taken === null) return undefined;
      const { suppressed } = taken;
      return suppressed === 0
        ? method.apply(this, args)
        : method.apply(this, [{ ...fields, suppressed }, msg] as unknown as typeof args);
    },
  };
  return pino(
    {
      level,
      base: worker === null ? null : { worker },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers,
      hooks,
    },
    to,
  );
}

/** The key by which lines count as repeated: everything but ids, times and addresses. */
function kindOf(fields: Record<string, unknown>, msg: string, level: number): string {
  const { error, method, route, status } = fields;
  const what = error instanceof Error ? `${error.name} ${error.message}` : String(error ?? "");
  return [level, msg, method, route, status, what].join(" ").slice(0, 512);
}
