/**
 * What Socket.IO sends over a WebSocket (Engine.IO protocol 4, Socket.IO protocol 5), as far as the load meets it: the
 * first digit is Engine.IO's, the second Socket.IO's.
 */
export type Packet =
  | { readonly type: "open" }
  | { readonly type: "ping" }
  | { readonly type: "connected" }
  | { readonly type: "event"; readonly name: string; readonly data: unknown }
  | { readonly type: "ack"; readonly id: number; readonly data: unknown };

/** Reads a text frame of the server. Throws on anything that a well server does not send to the load. */
export function readPacket(payload: string): Packet {
  if (payload.startsWith("42")) {
    const [name, data] = JSON.parse(payload.slice(2)) as [string, unknown];
    return { type: "event", name, data };
  }
  if (payload.startsWith("43")) {
    const at = payload.indexOf("[");
    const [data] = JSON.parse(payload.slice(at)) as [unknown];
    return { type: "ack", id: Number(payload.slice(2, at)), data };
  }
  if (payload === "2") return { type: "ping" };
  if (payload.startsWith("0{")) return { type: "open" };
  if (payload.startsWith("40")) return { type: "connected" };
  throw new Error(`Socket.IO sent ${payload}`);
}

export const PONG = "3";

/** Where the WebSocket is opened, without polling first. */
export const PATH = "/socket.io/?EIO=4&transport=websocket";

/** Enters the namespace; what stands in `auth` is the handshake's. */
export function connectPacket(auth: object): string {
  return `40${JSON.stringify(auth)}`;
}

/** An event that wants an acknowledgement with this number. `data` is JSON already. */
export function eventPacket(id: number, name: string, data: string): string {
  return `42${id}["${name}",${data}]`;
}
