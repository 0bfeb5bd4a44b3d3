import { type Advice, FAULTS, type FaultCode } from "@parley/protocol";

/** The fields of a fault besides its code and its text. */
export type ErrorDetails = {
  readonly final?: boolean;
  readonly advice?: Advice;
  readonly retryAfter?: number;
  readonly status?: number;
};

/** Codes of this SDK besides the table of faults. */
type OwnCode = keyof typeof OWN;
const OWN = {
  offline: { final: false, advice: "retry" },
  http: { final: false, advice: "retry" },
  bad_url: { final: true, advice: "never" },
  no_websocket: { final: true, advice: "never" },
  no_storage: { final: true, advice: "never" },
} as const satisfies { [code: string]: { final: boolean; advice: Advice } };

/**
 * Why a call of this SDK failed. `offline`: the server could not be reached. `http`: an answer that is not Parley's, such as
 * one of a proxy. `bad_url`: an address at which no server can be. `no_websocket`: this runtime has none, and none was given.
 * `no_storage`: cursors are to be kept, and there is no storage that outlives the process.
 *
 * @example
 * try {
 *   await client.join(room);
 * } catch (error) {
 *   if (error instanceof ParleyError && error.code === "room_archived") console.log(error.message);
 * }
 */
export class ParleyError extends Error {
  readonly code: FaultCode | OwnCode;
  /** What was asked for surely has not happened. Otherwise the outcome is unknown: it may have, or may still. */
  readonly final: boolean;
  /** What to do about it: nothing helps, try again, sign in again, get a newer version of this client. */
  readonly advice: Advice;
  /** Milliseconds to wait before the next try, 0 when the server gave none. */
  readonly retryAfter: number;
  /** The status of the HTTP answer; 0 where there was none. */
  readonly status: number;

  constructor(code: FaultCode | OwnCode, text: string, details: ErrorDetails = {}) {
    super(text);
    const row = code in OWN ? OWN[code as OwnCode] : FAULTS[code as FaultCode];
    this.name = "ParleyError";
    this.code = code;
    this.final = details.final ?? row.final;
    this.advice = details.advice ?? row.advice;
    this.retryAfter = details.retryAfter ?? 0;
    this.status = details.status ?? 0;
  }
}

/** A code that this version knows; codes of a newer server become `internal` in type only, their text stays. */
export function faultCode(code: string): FaultCode {
  return code in FAULTS ? (code as FaultCode) : "internal";
}
