import { FAULTS, type FaultCode } from "@parley/protocol";

/**
 * Why a promise of this SDK was rejected. `offline`: the server could not be reached. `http`: an answer that is not
 * Parley's, such as one of a proxy.
 */
export class ParleyError extends Error {
  readonly code: FaultCode | "offline" | "http";
  /** What was asked for surely has not happened. Otherwise the outcome is unknown: it may have, or may still. */
  readonly final: boolean;

  constructor(
    code: FaultCode | "offline" | "http",
    text: string,
    final = code in FAULTS && FAULTS[code as FaultCode].final,
  ) {
    super(text);
    this.name = "ParleyError";
    this.code = code;
    this.final = final;
  }
}

/** A code that this version knows; codes of a newer server become `internal` in type only, their text stays. */
export function faultCode(code: string): FaultCode {
  return code in FAULTS ? (code as FaultCode) : "internal";
}
