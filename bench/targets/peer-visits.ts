import type { Guest } from "../load/guests.ts";
import type { ClientScript, Reply } from "../load/load-clients.ts";
import { connectPacket, PATH, PONG, readPacket } from "./socketio-frames.ts";

/** A connection to Socket.IO: in when it has entered the namespace, which brings it into its room. */
export class SocketIoVisit implements ClientScript {
  readonly path = PATH;
  readonly subprotocol = null;
  readonly first = null;
  readonly #auth: object;

  constructor({ name }: Guest) {
    this.#auth = { room: "lobby", name };
  }

  hear(payload: string): Reply {
    const { type } = readPacket(payload);
    if (type === "open") return { say: connectPacket(this.#auth) };
    if (type === "connected") return { greeted: true, inside: true };
    return type === "ping" ? { say: PONG } : {};
  }
}

/** A connection to the server on `ws`: in when it was welcomed. */
export class WsVisit implements ClientScript {
  readonly path: string;
  readonly subprotocol = null;
  readonly first = null;

  constructor({ index }: Guest) {
    this.path = `/?room=lobby&name=guest-${index}`;
  }

  hear(): Reply {
    return { greeted: true, inside: true };
  }
}
