/** What a client does about a close code: come back (with jitter), come back after a pause, or stop until a person acts. */
export type CloseAdvice = "reconnect" | "wait" | "stop";

export type CloseRow = { readonly name: string; readonly advice: CloseAdvice; readonly text: string };

/** The one table of close codes (RFC 6455, section 7.4, and our own from 4400). Unknown codes mean reconnect. */
export const CLOSE_CODES: { readonly [code: number]: CloseRow } = {
  1000: { name: "normal", advice: "stop", text: "The client closed the connection itself." },
  1001: { name: "going_away", advice: "reconnect", text: "The other side goes away." },
  1002: {
    name: "protocol",
    advice: "stop",
    text: "A frame came out of turn. This is a defect in the client.",
  },
  1006: { name: "abnormal", advice: "reconnect", text: "The connection broke." },
  1007: { name: "bad_data", advice: "stop", text: "A frame was not valid UTF-8 text." },
  1008: { name: "policy", advice: "stop", text: "The server refuses this client." },
  1009: {
    name: "too_large",
    advice: "stop",
    text: "A frame was larger than the limit. It must not be sent again.",
  },
  1011: { name: "internal", advice: "reconnect", text: "The server failed at this connection." },
  1012: { name: "restart", advice: "reconnect", text: "The server restarts." },
  1013: { name: "try_later", advice: "reconnect", text: "The server is full at the moment." },
  4401: { name: "sign_in", advice: "stop", text: "Sign in again." },
  4403: { name: "banned", advice: "stop", text: "This account may not connect." },
  4404: {
    name: "wrong_address",
    advice: "stop",
    text: "The native protocol is at /ws only. The address of the client must be corrected.",
  },
  4406: {
    name: "origin",
    advice: "stop",
    text: "Pages of this origin may not connect. The operator has to allow it.",
  },
  4408: {
    name: "slow",
    advice: "reconnect",
    text: "The client read too slowly and was cut. It resumes from its cursors.",
  },
  4409: { name: "replaced", advice: "stop", text: "A newer connection of the same device took over." },
  4410: { name: "silent", advice: "reconnect", text: "No hello, or no sign of life, in time." },
  4429: { name: "rate", advice: "wait", text: "Too many connections or frames. Wait before the next." },
};

export function closeAdvice(code: number): CloseAdvice {
  return CLOSE_CODES[code]?.advice ?? "reconnect";
}
