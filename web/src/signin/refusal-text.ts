import type { ConnectionView } from "@parley/sdk";

/** Why the page shows the sign-in again. `code` is a fault's, a close code, or a cause. */
export type Refusal = { readonly code: string; readonly text: string };
type Refused = Extract<ConnectionView, { state: "refused" }>;
type Cause = NonNullable<Extract<ConnectionView, { state: "waiting" }>["cause"]>;

/** A refusal by its cause, where the server names one, otherwise by its code. */
export function refusalOf({ code, text, cause }: Refused): Refusal {
  return { code: cause ?? String(code), text };
}

/** The text of a refusal, with what to do next. */
export function refusalText({ code, text }: Refusal): string {
  switch (code) {
    case "name_taken":
      return "This name is taken. Choose another one.";
    case "signed_out":
      return "This server no longer knows you. Choose a name to sign in again.";
    case "guests_off":
      return "This server does not accept guests.";
    case "origin_refused":
      return `This server does not accept connections from ${location.origin}. Its operator has to add that to ALLOWED_ORIGINS.`;
    case "wrong_address":
      return "The server's WebSocket is not at this address. Its operator has to correct the proxy in front of it.";
    default:
      return text;
  }
}

/** Why no connection is made, with what to do next. */
export function causeText(cause: Cause): string {
  switch (cause.code) {
    case "not_parley":
      return "Another program answers at this address. Ask the operator for the right one.";
    case "socket_blocked":
      return "The server answers, but its WebSocket is blocked. A proxy or a firewall has to let it through.";
  }
}
