/** The reaction of a client: reconnect with jitter, reconnect after a pause, or stop until the user acts. */
export type CloseAdvice = "reconnect" | "wait" | "stop";

export type CloseRow = { readonly name: string; readonly advice: CloseAdvice; readonly text: string };

/** The one table of close codes (RFC 6455, section 7.4; private codes from 4400). Unknown codes mean reconnect. */
export const CLOSE_CODES: { readonly [code: number]: CloseRow } = {
  1000: { name: "normal", advice: "stop", text: "The client closed the connection itself." },
  1001: { name: "going_away", advice: "reconnect", text: "The server or the page is going away." },
  1002: {
    name: "protocol",
    advice: "stop",
    text: "A frame arrived out of order. This is a bug in the client.",
  },
  1006: { name: "abnormal", advice: "reconnect", text: "The connection broke." },
  1007: { name: "bad_data", advice: "stop", text: "A frame was not valid UTF-8 text." },
  1008: { name: "policy", advice: "stop", text: "The server refuses this client." },
  1009: {
    name: "too_large",
    advice: "stop",
    text: "A frame was larger than the limit. It must not be sent again.",
  },
  1011: { name: "internal", advice: "reconnect", text: "Something went wrong on the server." },
  1012: { name: "restart", advice: "reconnect", text: "The server is restarting." },
  1013: { name: "try_later", advice: "reconnect", text: "The server is full at the moment." },
  4401: { name: "sign_in", advice: "stop", text: "Sign in again." },
  4403: { name: "banned", advice: "stop", text: "This account may not connect." },
  4404: {
    name: "wrong_address",
    advice: "stop",
    text: "The native protocol is at /ws only. Correct the address that the client uses.",
  },
  4406: {
    name: "origin",
    advice: "stop",
    text: "Pages of this origin may not connect. The operator can allow it with ALLOWED_ORIGINS.",
  },
  4408: {
    name: "slow",
    advice: "reconnect",
    text: "The client read too slowly and was disconnected. It resumes from its cursors.",
  },
  4409: {
    name: "replaced",
    advice: "stop",
    text: "A newer connection of the same device replaced this one.",
  },
  4410: { name: "silent", advice: "reconnect", text: "No hello, or nothing at all, arrived in time." },
  4429: { name: "rate", advice: "wait", text: "Too many connections or frames. Wait before the next." },
};

export function closeAdvice(code: number): CloseAdvice {
  return CLOSE_CODES[code]?.advice ?? "reconnect";
}
