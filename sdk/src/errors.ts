import { type Advice, FAULTS, type FaultCode } from "@parley/protocol";

/** What a fault says besides its code and its text. */
export type ErrorDetails = {
  readonly final?: boolean;
  readonly advice?: Advice;
  readonly retryAfter?: number;
};

/**
 * Why a promise of this SDK was rejected. `offline`: the server could not be reached. `http`: an answer that is not
 * Parley's, such as one of a proxy.
 */
export class ParleyError extends Error {
  readonly code: FaultCode | "offline" | "http";
  /** What was asked for surely has not happened. Otherwise the outcome is unknown: it may have, or may still. */
  readonly final: boolean;
  /** What to do about it: nothing helps, try again, sign in again, get a newer version of this client. */
  readonly advice: Advice;
  /** Milliseconds to wait before the next try, 0 when the server gave none. */
  readonly retryAfter: number;

  constructor(code: FaultCode | "offline" | "http", text: string, details: ErrorDetails = {}) {
    super(text);
    const row =
      code === "offline" || code === "http" ? { final: false, advice: "retry" as const } : FAULTS[code];
    this.name = "ParleyError";
    this.code = code;
    this.final = details.final ?? row.final;
    this.advice = details.advice ?? row.advice;
    this.retryAfter = details.retryAfter ?? 0;
  }
}

/** A code that this version knows; codes of a newer server become `internal` in type only, their text stays. */
export function faultCode(code: string): FaultCode {
  return code in FAULTS ? (code as FaultCode) : "internal";
}
