import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { packEvents, packVerdicts } from "../commit/packing.ts";
import type { Committed, Store } from "../store.ts";
import { Batches } from "./batches.ts";
import { runCall } from "./calls.ts";
import { FRAME, type Frame, type FrameKind, FrameReader, frameOf, frameWith } from "./frames.ts";
import { LINK_VERSION, type StoreState, type Welcome } from "./link.ts";

export type StoreServerParts = {
  readonly store: Store;
  /** Where gateways connect; what is there is removed. Only this user may connect. */
  readonly path: string;
  /** LINK_VERSION, unless a test sets another. */
  readonly version?: number;
  readonly state: () => StoreState;
  /** Receives errors of calls and of connections. */
  readonly onError: (error: unknown, what: string) => void;
};

/** The store process, as its gateways reach it. */
export type StoreServer = {
  /** The names of the gateways that are connected. */
  gateways(): readonly string[];
  /** Tells all gateways the state, if it changed. */
  reportState(): void;
  /** Sends events to all gateways but one, as a commit does. */
  publish(feeds: Committed["feeds"], except: string | null): void;
  /** Takes no more requests, and resolves when what was begun is answered. */
  close(): Promise<void>;
};

/** Bytes that may wait for a gateway: above it events and signals are left out, and it gets a gap. */
const MOST_BEHIND = 8_388_608;
/** Calls that run for one gateway, and bytes of answers that wait for it, before its next requests stay in the socket. */
const MOST_CALLS = 1_024;
/** How long the end waits for a gateway to read what it was answered. Milliseconds. */
const ENDED_WITHIN = 2_000;
const MOST_UNREAD = 16_777_216;

/**
 * Serves a store to gateways over a socket of the file system, and relays their bus: the events of a commit go to all
 * gateways when it is committed, sent by this process, so that a gateway that ends after the commit loses nothing.
 *
 * A gateway that does not read gets answers to what it asked, and no more requests of it are read; events and signals are left out
 * and replaced by one `gap`, after which it reads the store.
 */
export async function serveStore(parts: StoreServerParts): Promise<StoreServer> {
  const { store, path, version = LINK_VERSION, state, onError } = parts;
  const gateways = new Set<Gateway>();
  const batches = new Batches<Gateway>({
    store,
    onEvents(header, events, origins) {
      for (const gateway of gateways) if (!origins.has(gateway)) gateway.relay(FRAME.events, header, events);
    },
  });
  const tellNodes = () => {
    const nodes = JSON.stringify([...gateways].map(({ node }) => node));
    for (const gateway of gateways) gateway.tell(FRAME.nodes, nodes);
  };
  let reported = JSON.stringify(state());
  const server = createServer((socket) => {
    const gateway: Gateway = new Gateway(socket, {
      store,
      batches,
      onError,
      hello: () => {
        gateways.add(gateway);
        const welcome: Welcome = { epoch: store.epoch, version, state: state() };
        // Behind the welcome.
        queueMicrotask(tellNodes);
        return JSON.stringify(welcome);
      },
      signal(payload) {
        const end = payload.indexOf("\n");
        const to = payload.toString("utf8", 0, end);
        const signal = payload.subarray(end + 1);
        for (const other of gateways)
          if (other !== gateway && (to === "" || to === other.node)) other.relay(FRAME.signal, "", signal);
      },
      closed() {
        if (gateways.delete(gateway)) tellNodes();
      },
    });
  });
  await listening(server, path);
  return {
    gateways: () => [...gateways].map(({ node }) => node),
    reportState() {
      const now = JSON.stringify(state());
      if (now === reported) return;
      reported = now;
      for (const gateway of gateways) gateway.tell(FRAME.state, now);
    },
    publish(feeds, except) {
      const header = packVerdicts({ verdicts: [], feeds });
      const events = Buffer.from(packEvents(feeds));
      for (const gateway of gateways)
        if (gateway.node !== except) gateway.relay(FRAME.events, header, events);
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...gateways].map((gateway) => gateway.end()));
      await closed;
      rmSync(path, { force: true });
    },
  };
}

function listening(server: Server, path: string): Promise<void> {
  // A process that was killed leaves its socket behind. The lock of the store says that no process listens there.
  rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      chmodSync(path, 0o600);
      resolve();
    });
  });
}

type GatewayParts = Pick<StoreServerParts, "store" | "onError"> & {
  readonly batches: Batches<Gateway>;
  /** The gateway has said its name. Returns the answer. */
  readonly hello: () => string;
  readonly signal: (payload: Buffer) => void;
  readonly closed: () => void;
};

/** One gateway's connection. */
class Gateway {
  node = "";
  readonly #socket: Socket;
  readonly #parts: GatewayParts;
  /** Requests that were taken and not answered. */
  #running = 0;
  #paused = false;
  /** Events or signals were left out since the last time that the gateway kept up. */
  #missed = false;
  #ending: (() => void) | null = null;

  constructor(socket: Socket, parts: GatewayParts) {
    this.#socket = socket;
    this.#parts = parts;
    const reader = new FrameReader((frame) => this.#onFrame(frame));
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        parts.onError(error, "a gateway sent what is no frame; its connection was ended");
        socket.destroy();
      }
    });
    socket.on("drain", () => {
      this.#tellGap();
      this.#balance();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      parts.closed();
      this.#ending?.();
    });
  }

  /** Sends what need not arrive: not to a gateway that does not keep up. */
  relay(kind: FrameKind, head: string, payload: Buffer): void {
    if (this.#missed || this.#socket.writableLength > MOST_BEHIND) {
      this.#missed = true;
      return;
    }
    this.#socket.write(frameWith(kind, 0, head, payload));
  }

  tell(kind: FrameKind, text: string): void {
    this.#socket.write(frameOf(kind, 0, text));
  }

  /** Resolves when nothing of this gateway runs any more and the connection is closed. */
  async end(): Promise<void> {
    this.#socket.pause();
    this.#paused = true;
    const ended = () =>
      new Promise<void>((resolve) => {
        this.#ending = resolve;
      });
    if (this.#running > 0) await ended();
    if (this.#socket.destroyed) return;
    // One that does not read is not waited for: what it was not told has an unknown outcome, as after a cut.
    const timer = setTimeout(() => this.#socket.destroy(), ENDED_WITHIN);
    const closed = ended();
    this.#socket.end(() => this.#socket.destroy());
    await closed;
    clearTimeout(timer);
  }

  #onFrame({ kind, id, payload }: Frame): void {
    switch (kind) {
      case FRAME.hello: {
        this.node = (JSON.parse(payload.toString("utf8")) as { node: string }).node;
        this.tell(FRAME.welcome, this.#parts.hello());
        return;
      }
      case FRAME.commit:
        this.#begin();
        this.#parts.batches.add({
          origin: this,
          packed: payload.toString("utf8"),
          answer: (verdicts, events) => {
            this.#answerCommit(id, verdicts, events);
            this.#finish();
          },
          reject: (error) => this.#fail(id, error, "a batch failed as a whole"),
        });
        return;
      case FRAME.call:
        this.#begin();
        runCall(this.#parts.store, payload.toString("utf8")).then(
          (answer) => {
            this.#socket.write(frameOf(FRAME.answer, id, answer));
            this.#finish();
          },
          (error) => this.#fail(id, error, "a call of the store failed"),
        );
        return;
      case FRAME.signal:
        this.#parts.signal(payload);
        return;
      default:
        throw new RangeError(`There is no frame ${kind}`);
    }
  }

  /** Its own events go with the verdicts, so that both arrive in one turn; a gateway that is far behind reads them later. */
  #answerCommit(id: number, verdicts: string, events: Buffer): void {
    this.#socket.write(frameWith(FRAME.committed, id, verdicts, events));
  }

  #fail(id: number, error: unknown, what: string): void {
    this.#parts.onError(error, what);
    this.#socket.write(frameOf(FRAME.failed, id, error instanceof Error ? error.message : String(error)));
    this.#finish();
  }

  #begin(): void {
    this.#running++;
    this.#balance();
  }

  #finish(): void {
    this.#running--;
    if (this.#running === 0) this.#ending?.();
    this.#balance();
  }

  #tellGap(): void {
    if (!this.#missed) return;
    this.#missed = false;
    this.tell(FRAME.gap, "");
  }

  /** Requests stay in the socket while too much is on its way to this gateway: it then waits with its own. */
  #balance(): void {
    if (this.#ending) return;
    const full = this.#running >= MOST_CALLS || this.#socket.writableLength > MOST_UNREAD;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#socket.pause();
    else this.#socket.resume();
  }
}
