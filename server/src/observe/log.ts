import pino from "pino";

/** What the server says of itself, one JSON object a line. No token and no message text ever goes in. */
export type Log = Pick<pino.Logger, "debug" | "info" | "warn" | "error" | "fatal">;

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** Synchronous: the last line before an end is the one that counts. Not stdout: that holds only what a person asked for. */
export const STDERR: pino.DestinationStream = pino.destination({ fd: 2, sync: true });

export function openLog(level: LogLevel, to: pino.DestinationStream = STDERR): Log {
  // Errors stand under `error` everywhere; without this they would be written as {}.
  const serializers = { error: pino.stdSerializers.err };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers }, to);
}
