import { ParleyError } from "@parley/sdk";

/** The text of a rejected command for the user. */
export function faultText(error: unknown): string {
  if (!(error instanceof ParleyError)) return "Something went wrong here. Try again.";
  if (error.code === "offline") return "No connection at the moment. Try again when it is back.";
  if (error.code === "http") return "The server did not answer as it should. Try again.";
  return error.message;
}

/** Whether an error is this fault. */
export function isFaultOf(error: unknown, code: ParleyError["code"]): boolean {
  return error instanceof ParleyError && error.code === code;
}
