import { LIMITS, SUBPROTOCOL } from "@parley/protocol";
import type { Log } from "../../observe/log.ts";
import { SECURITY_HEADERS, secured } from "../http/headers.ts";
import { readTarget } from "../http/request-target.ts";
import { isMisdirected } from "../http/unknown-host.ts";
import type { Admission } from "../limits/admission.ts";
import type { Connection, Peer, SocketOpening } from "./connection.ts";

/** What an upgrade request contains. */
export type Upgrade = { readonly address: string; readonly bearer: string | null };

export type ListenParts = {
  readonly port: number;
  readonly host: string;
  /** Other processes listen at the same port, and the system shares the connections out (SO_REUSEPORT). */
  readonly sharesPort?: boolean;
  /** How long a request may take to arrive. Seconds. */
  readonly requestTimeout: number;
  /** Answers everything that is not an upgrade. `address` is the peer's. */
  readonly fetch: (request: Request, address: string, url: URL) => Response | Promise<Response>;
  /** A page from this origin may connect; requests without an origin do not come from a page. */
  readonly originAllowed: (origin: string, url: URL) => boolean;
  /** Whether the server answers to a name. */
  readonly answersTo: (hostname: string) => boolean;
  /** The client's address: the peer's, or what a trusted proxy reports. */
  readonly addressOf: (request: Request, peer: string) => string;
  /** Whether the HTTP connection from this address and port may stay open after its answer. */
  readonly mayKeep: (address: string, port: number) => boolean;
  /** Admission of connections. Above the allowance of an address the upgrade gets 429; a full server closes with 1013. */
  readonly admission: Pick<Admission, "admit" | "hasCapacity" | "opened" | "closed">;
  readonly open: (connection: Connection, upgrade: Upgrade) => Peer;
  /** Where sockets that are refused are counted, by HTTP status or close code. */
  readonly upgradesRefused: { [code: string]: number };
  /** The dialects, at addresses below `/ws/`. They read no credential. */
  readonly openOther: (url: URL, origin: string | null) => Promise<SocketOpening>;
  readonly log: Log;
};

/** The listening server, as the rest of the gateway sees it. */
export interface Listener {
  readonly port: number;
  /** Sends a frame to all who are subscribed to the topic; each socket gets what was published in one turn in one write. */
  publish(topic: string, frame: string): void;
  hasSubscribers(topic: string): boolean;
  /** Takes no new connections from now on. */
  stopAccepting(): void;
  /** Ends everything that is still open. */
  stop(): Promise<void>;
}

type Data = {
  readonly upgrade: Upgrade;
  readonly open: (connection: Connection, upgrade: Upgrade) => Peer;
  peer: Peer | null;
  counted: boolean;
};

/** Sockets that may be closing because the server is full, and how long each has. Milliseconds. */
const MOST_CLOSING = 32;
const CLOSED_WITHIN = 2_000;

/** The one file that knows the runtime's sockets. A throw in a handler ends that socket and nothing else. */
export function listen(parts: ListenParts): Listener {
  let accepting = true;
  /** Sockets that are being closed because the server is full. */
  const closing = new Map<Bun.ServerWebSocket<Data>, ReturnType<typeof setTimeout>>();
  const failed = (socket: Bun.ServerWebSocket<Data>, error: unknown) => {
    parts.log.error({ error }, "a socket handler threw");
    socket.close(1011, "The server failed at this connection.");
  };
  const contain = (socket: Bun.ServerWebSocket<Data>, work: (peer: Peer) => void) => {
    const { peer } = socket.data;
    if (!peer) return;
    try {
      work(peer);
    } catch (error) {
      failed(socket, error);
    }
  };

  const server = Bun.serve<Data>({
    port: parts.port,
    hostname: parts.host,
    reusePort: parts.sharesPort ?? false,
    // Counted while a handler runs, too; ours answer in milliseconds. Bytes that drip in do not put it off.
    idleTimeout: parts.requestTimeout,
    // Above what we take, so that the refusal is ours, with its reason; far above it the runtime refuses without one.
    maxRequestBodySize: 4 << 20,
    fetch(request, self) {
      const target = readTarget(request);
      if (target === null) return refusal(400, "This request names no address that can be.");
      const { url } = target;
      const peer = self.requestIP(request);
      const address = parts.addressOf(request, peer?.address ?? "");
      if (isMisdirected(url, parts.answersTo)) return answerHttp(target.request, address, url, peer);
      if (url.pathname === "/ws") return upgrade(request, self, url, address);
      if (request.headers.get("upgrade")?.toLowerCase() !== "websocket")
        return answerHttp(target.request, address, url, peer);
      if (offersNative(request)) return refuseNative(request, self, address);
      if (url.pathname.startsWith("/ws/")) return upgradeOther(request, self, url, address);
      return parts.fetch(target.request, address, url);
    },
    error(error) {
      parts.log.error({ error }, "a request handler threw");
      return refusal(500, "Internal error");
    },
    websocket: {
      maxPayloadLength: LIMITS.frame_bytes,
      backpressureLimit: 1 << 20,
      closeOnBackpressureLimit: true,
      perMessageDeflate: false,
      // Outgoing traffic resets it, so it only ends what is quiet both ways; sessions keep a heartbeat of their own.
      idleTimeout: 120,
      sendPings: false,
      open(socket) {
        if (!accepting || !parts.admission.hasCapacity()) {
          noteRefused(1013, socket.data.upgrade.address);
          refuseFull(socket);
          return;
        }
        parts.admission.opened(socket.data.upgrade.address);
        socket.data.counted = true;
        try {
          socket.data.peer = socket.data.open(connectionOf(socket), socket.data.upgrade);
        } catch (error) {
          parts.log.error({ error }, "a socket could not be opened");
          socket.close(1011, "The server failed at this connection.");
        }
      },
      // As `contain`, without a closure for each frame.
      message(socket, data) {
        try {
          socket.data.peer?.onFrame(data);
        } catch (error) {
          failed(socket, error);
        }
      },
      drain(socket) {
        contain(socket, (peer) => peer.onDrain());
      },
      pong(socket) {
        contain(socket, (peer) => peer.onActivity());
      },
      close(socket, code, reason) {
        contain(socket, (peer) => peer.onClose(code, reason));
        socket.data.peer = null;
        clearTimeout(closing.get(socket));
        closing.delete(socket);
        if (socket.data.counted) parts.admission.closed(socket.data.upgrade.address);
        socket.data.counted = false;
      },
    },
  });

  /** A proxy keeps connections for many clients: only a client that connects itself has a number of them. */
  function answerHttp(
    request: Request,
    address: string,
    url: URL,
    peer: Bun.SocketAddress | null,
  ): Response | Promise<Response> {
    const answer = parts.fetch(request, address, url);
    if (peer === null || peer.address !== address || parts.mayKeep(address, peer.port)) return answer;
    return closeAfter(answer);
  }

  /** Counts a refused socket and logs it; the log limits how many lines of each status it writes. */
  function noteRefused(status: number, address: string): void {
    parts.upgradesRefused[status] = (parts.upgradesRefused[status] ?? 0) + 1;
    // A room that does not exist is an ordinary answer.
    if (status !== 404) parts.log.warn({ status, address }, "refused a socket");
  }

  function refuseUpgrade(address: string, response: Response): Response {
    noteRefused(response.status, address);
    return response;
  }

  /**
   * A full server sends a close code and does not wait for the peer's answer: sockets that are being refused hold
   * descriptors, too, and are not counted. Above a number of them they are terminated without a close frame.
   */
  function refuseFull(socket: Bun.ServerWebSocket<Data>): void {
    if (closing.size >= MOST_CLOSING) {
      socket.terminate();
      return;
    }
    closing.set(
      socket,
      setTimeout(() => socket.terminate(), CLOSED_WITHIN),
    );
    socket.close(1013, "This server is full. Try again later.");
  }

  function upgrade(
    request: Request,
    self: Bun.Server<Data>,
    url: URL,
    address: string,
  ): Response | undefined {
    if (!accepting) return refuseUpgrade(address, restarting());
    if (!offersNative(request)) {
      const text = `Offer the subprotocol ${SUBPROTOCOL}.`;
      return refuseUpgrade(address, refusal(426, text, { upgrade: "websocket" }));
    }
    const tooMany = arrive(address);
    if (tooMany) return tooMany;
    const origin = request.headers.get("origin");
    if (origin !== null && !parts.originAllowed(origin, url)) {
      // Accepted and closed: a page sees a close code, and of a refused upgrade nothing, so that its client would try for ever.
      const text = "Pages of this origin may not connect. See PUBLIC_URL and ALLOWED_ORIGINS.";
      const open = refusing(4406, text, address);
      return accept(request, self, { address, bearer: null }, open, SUBPROTOCOL);
    }
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
    return accept(request, self, { address, bearer }, parts.open, SUBPROTOCOL);
  }

  /**
   * A client of the native protocol at a wrong address: its first frame would be a hello with a token, which a dialect
   * would take for chat. It is accepted and closed, because a page cannot read the answer to a refused upgrade.
   */
  function refuseNative(request: Request, self: Bun.Server<Data>, address: string): Response | undefined {
    const tooMany = accepting ? arrive(address) : refuseUpgrade(address, restarting());
    if (tooMany) return tooMany;
    const text = `${SUBPROTOCOL} is at /ws only. Correct the address of this client.`;
    const open = refusing(4404, text, address);
    return accept(request, self, { address, bearer: null }, open, SUBPROTOCOL);
  }

  /** A frame that arrives before the close frame has left is dropped unread. */
  function refusing(code: number, reason: string, address: string): Data["open"] {
    return (connection) => {
      noteRefused(code, address);
      connection.close(code, reason);
      return { onFrame() {}, onDrain() {}, onActivity() {}, onClose() {} };
    };
  }

  function accept(
    request: Request,
    self: Bun.Server<Data>,
    upgrade: Upgrade,
    open: Data["open"],
    protocol: string | null,
  ): Response | undefined {
    const data = { upgrade, open, peer: null, counted: false };
    const headers = protocol === null ? {} : { headers: { "sec-websocket-protocol": protocol } };
    if (self.upgrade(request, { ...headers, data })) return undefined;
    return refuseUpgrade(upgrade.address, notAnUpgrade());
  }

  async function upgradeOther(
    request: Request,
    self: Bun.Server<Data>,
    url: URL,
    address: string,
  ): Promise<Response | undefined> {
    if (!accepting) return refuseUpgrade(address, restarting());
    const tooMany = arrive(address);
    if (tooMany) return tooMany;
    const opening = await parts.openOther(url, request.headers.get("origin"));
    if (opening === null) return parts.fetch(request, address, url);
    if (opening instanceof Response) return refuseUpgrade(address, secured(opening));
    return accept(request, self, { address, bearer: null }, opening, null);
  }

  function arrive(address: string): Response | null {
    const wait = parts.admission.admit(address);
    if (wait === 0) return null;
    const text = "Too many connections from this address. Wait as long as retry-after says.";
    const headers = { "retry-after": String(Math.ceil(wait / 1_000)) };
    return refuseUpgrade(address, refusal(429, text, headers));
  }

  const port = server.port ?? parts.port;
  return {
    port,
    publish: (topic, frame) => void server.publish(topic, frame),
    hasSubscribers: (topic) => server.subscriberCount(topic) > 0,
    stopAccepting() {
      accepting = false;
      // The others take new connections from now on; what is open here goes on. Alone, it answers with 503.
      if (parts.sharesPort) void server.stop(false);
    },
    stop: () => server.stop(true),
  };
}

function offersNative(request: Request): boolean {
  const offered = request.headers.get("sec-websocket-protocol") ?? "";
  return offered.split(",").some((name) => name.trim() === SUBPROTOCOL);
}

function connectionOf(socket: Bun.ServerWebSocket<Data>): Connection {
  return {
    address: socket.data.upgrade.address,
    // Corked, the socket's share of what was published goes first and the frame with it: one write, about 4 us, not two.
    send: (frame) => void socket.cork(() => void socket.send(frame)),
    subscribe: (topic) => void socket.subscribe(topic),
    unsubscribe: (topic) => void socket.unsubscribe(topic),
    buffered: () => socket.getBufferedAmount(),
    ping: () => void socket.ping(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}

/** The runtime closes the connection behind an answer with this header. */
async function closeAfter(answer: Response | Promise<Response>): Promise<Response> {
  const response = await answer;
  response.headers.set("connection", "close");
  return response;
}

/** An answer without a route. It has the headers of all answers. */
function refusal(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { ...SECURITY_HEADERS, ...headers } });
}

function restarting(): Response {
  return refusal(503, "The server restarts.", { "retry-after": "5" });
}

function notAnUpgrade(): Response {
  return refusal(426, "This address speaks WebSocket.", { upgrade: "websocket" });
}
