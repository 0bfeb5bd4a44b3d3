import { createHash } from "node:crypto";
import { type FeedId, type FeedItem, MEMBERS_JOINED } from "@parley/protocol";
import {
  browserPlatform,
  type Client,
  type ClientOptions,
  createClient,
  FAULTS,
  memoryKeyValue,
  ParleyError,
  type Platform,
} from "@parley/sdk";
import type { Random } from "../random.ts";
import { FeedPositions } from "./feed-positions.ts";
import type { Recorder } from "./recorder.ts";
import { SocketTap } from "./socket-tap.ts";

/** An injected bug: parts of the SDK replaced through its own seams. */
export type ClientMutant = (platform: Platform) => Pick<ClientOptions, "outbox" | "nonces">;

export type RecordedOptions = {
  readonly name: string;
  readonly url: string;
  /** Whose device it is: two clients of one person share it. */
  readonly person: string;
  readonly seed: number;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly bug?: ClientMutant;
};

type Log = ReturnType<Recorder["of"]>;

/** The SDK's client with its storage, over all reloads, and a record of everything it meets. */
export class RecordedClient {
  readonly name: string;
  readonly #options: RecordedOptions;
  readonly #log: Log;
  readonly #platform: Platform;
  readonly #positions = new FeedPositions();
  #wake = () => {};
  #tap: SocketTap;
  #client: Client;
  #order = 0;

  constructor(options: RecordedOptions) {
    this.name = options.name;
    this.#options = options;
    const record = options.recorder.of(options.name);
    this.#log = (entry) => {
      record(entry);
      this.#positions.see(entry);
    };
    const platform = browserPlatform();
    this.#platform = {
      ...platform,
      random: () => options.random.next(),
      storage: memoryKeyValue(),
      openSocket: this.#tapped(platform.openSocket),
      onWake: (listener) => this.#onWake(listener),
    };
    this.#tap = new SocketTap(this.#log);
    this.#client = this.#create();
  }

  get client(): Client {
    return this.#client;
  }

  /** The id of its user, once it was welcomed. */
  get user(): string | null {
    return this.#positions.user;
  }

  /** How many messages it asked for that have no answer, and its position in each feed. */
  get positions(): { readonly pending: number; readonly feeds: ReadonlyMap<FeedId, number> } {
    return { pending: this.#positions.pending.size, feeds: this.#positions.feeds };
  }

  /** A new page over the old storage. */
  reload(): void {
    this.#client.stop();
    this.#tap = new SocketTap(this.#log);
    this.#client = this.#create();
    this.#client.start();
  }

  /** The network came back, or the user returned to the page. */
  wake(): void {
    this.#wake();
  }

  /**
   * Asks for something and writes down that it did. `token` is the text, used once. A promise is followed to its end;
   * `send` gives none, its outcome is the answer to its nonce.
   */
  attempt(kind: string, room: string, token: string | null, run: (client: Client) => unknown): void {
    const order = ++this.#order;
    this.#log({ t: "attempted", order, room, kind, token });
    if (token !== null && kind === "send_message") this.#positions.pending.add(token);
    void this.#settle(order, run(this.#client));
  }

  async #settle(order: number, asked: unknown): Promise<void> {
    if (!(asked instanceof Promise)) return;
    try {
      await asked;
      this.#log({ t: "settled", order, outcome: "ok" });
    } catch (error) {
      this.#log({ t: "settled", order, outcome: isFinal(error) ? "failed" : "unknown", why: String(error) });
    }
  }

  #create(): Client {
    const { name, url, person, seed, bug } = this.#options;
    this.#log({ t: "born", device: name });
    return createClient({
      url,
      token: tokenOf(seed, person),
      name: person,
      device: name,
      platform: this.#platform,
      onApplied: (feed, events) => {
        for (const item of events) this.#applied(feed, item);
      },
      ...bug?.(this.#platform),
    });
  }

  /** A run of joinings counts as each of its events; their ids are known of the last one only. */
  #applied(feed: FeedId, item: FeedItem): void {
    if (item.kind !== MEMBERS_JOINED) {
      const { seq, id, kind, nonce, actor } = item;
      this.#log({ t: "applied", feed, seq, id, kind, nonce, actor });
      return;
    }
    for (let seq = item.from; seq <= item.seq; seq++) {
      const id = seq === item.seq ? item.id : null;
      this.#log({ t: "applied", feed, seq, id, kind: "member_joined", nonce: null, actor: null });
    }
  }

  #onWake(listener: () => void): () => void {
    this.#wake = listener;
    return () => {};
  }

  #tapped(openSocket: Platform["openSocket"]): Platform["openSocket"] {
    return (url, protocol, listener) => {
      const tap = this.#tap;
      const line = tap.opened();
      const socket = openSocket(url, protocol, {
        opened: () => listener.opened(),
        message: (text) => {
          tap.received(text, line);
          listener.message(text);
        },
        closed: (code) => listener.closed(code),
      });
      return {
        send: (text) => {
          tap.sent(text);
          socket.send(text);
        },
        close: (code) => socket.close(code),
      };
    };
  }

  /** Writes down what a room's timeline shows. */
  shown(room: string, above: number): void {
    const { state, items } = this.#client.room(room).timeline.get();
    const read = this.#client.rooms.get().find(({ id }) => id === room)?.read.seq;
    this.#log({
      t: "shown",
      room,
      state,
      above,
      ...(read === undefined ? {} : { read }),
      items: items.map(({ id, seq, nonce, state, text, deleted, reactions }) => ({
        id,
        seq,
        nonce,
        state,
        text,
        deleted,
        reactions: Object.fromEntries(reactions.map(({ emoji, count }) => [emoji, count])),
      })),
    });
  }
}

/** Whether a promise was rejected by a fault that says: surely not stored. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof ParleyError)) return false;
  return Object.entries(FAULTS).some(([code, { final }]) => code === error.code && final);
}

/** A guest's token that both devices of a person know, other in each run. */
export function tokenOf(seed: number, person: string): string {
  return createHash("sha256").update(`${seed} ${person}`).digest("base64url");
}
