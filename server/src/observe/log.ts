import pino from "pino";
import { RepeatedLines } from "./repeated-lines.ts";

/** What the server says of itself, one JSON object a line. No token and no message text ever goes in. */
export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error" | "fatal">;

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Synchronous: the last line before an end is the one that counts. Not stdout: that holds only what a person asked for. */
export const STDERR: pino.DestinationStream = pino.destination({ fd: 2, sync: true });

/** pino's numbers: of a warning, and of the last line before the end. */
const WARN = 40;
const FATAL = 60;

/** `now` in milliseconds: warnings and errors that repeat are limited (repeated-lines.ts). */
export function openLog(
  level: LogLevel,
  to: pino.DestinationStream = STDERR,
  now: () => number = Date.now,
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
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers, hooks }, to);
}

/** What makes two lines equal: all but ids, times and addresses. */
function kindOf(fields: Record<string, unknown>, msg: string, level: number): string {
  const { error, method, route, status } = fields;
  const what = error instanceof Error ? `${error.name} ${error.message}` : String(error ?? "");
  return [level, msg, method, route, status, what].join(" ").slice(0, 512);
}
