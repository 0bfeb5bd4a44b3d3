import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CommandBody,
  type FeedEvent,
  type FeedId,
  type FeedItem,
  isEvent,
  type ServerFrame,
  type ServerFrames,
  SUBPROTOCOL,
} from "@parley/protocol";
import { serverFrames } from "@parley/protocol/schemas";
import { readConfig } from "@parley/server/config/read.ts";
import { type Running, type Seams, serve } from "@parley/server/serve.ts";

/** A real server of this process on a free port and in a folder of its own, for tests that speak the wire by hand. */
export type TestServer = Running & { readonly dataDir: string; readonly url: string; end(): Promise<void> };

/** Reads the metrics of every test server; no secret. */
export const METRICS_TOKEN = "metrics-of-the-tests";

export async function startTestServer(flags: readonly string[] = [], seams: Seams = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-wire-"));
  const args = [
    "--port",
    "0",
    "--host",
    "127.0.0.1",
    "--data-dir",
    dataDir,
    "--log-level",
    "silent",
    "--rate-limits",
    "off",
    "--metrics-token",
    METRICS_TOKEN,
  ];
  const running = await serve(readConfig([...args, ...flags], {}), seams);
  return {
    ...running,
    dataDir,
    url: `http://127.0.0.1:${running.port}`,
    async end() {
      await running.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function newToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
}

export const newNonce = (): string => Bun.randomUUIDv7();

/** Bun's WebSocket takes headers, too; the types of the browser do not know. */
export const SocketWithHeaders = WebSocket as unknown as new (url: string, options: object) => WebSocket;

type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;
type Waiting = {
  readonly matches: (frame: ServerFrame) => boolean;
  readonly resolve: (frame: ServerFrame) => void;
};

/** A client without logic: it sends what the test says, keeps every frame, and checks each against the schema. */
export class WireClient {
  readonly frames: ServerFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly token: string;
  /** One for each socket, unless a test sets it. */
  device: string = newNonce();
  /** What the hello says that the client accepts. */
  accepts: readonly string[] | undefined = undefined;
  readonly #socket: WebSocket;
  /** Settles when the socket is open. */
  readonly opened: Promise<void>;
  #waiting: Waiting[] = [];
  #seen = new Set<ServerFrame>();
  #request = 0;

  constructor(stage: { port: number }, token: string = newToken(), headers: Record<string, string> = {}) {
    this.token = token;
    this.#socket = new SocketWithHeaders(`ws://127.0.0.1:${stage.port}/ws`, {
      protocols: [SUBPROTOCOL],
      headers,
    });
    this.opened = new Promise((resolve, reject) => {
      this.#socket.addEventListener("open", () => resolve());
      this.#socket.addEventListener("error", () => reject(new Error("the socket did not open")));
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.#socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
    this.#socket.addEventListener("message", ({ data }) => this.#take(String(data)));
  }

  async send(frame: object | string | Uint8Array): Promise<void> {
    await this.opened;
    const raw = typeof frame === "string" || frame instanceof Uint8Array;
    this.#socket.send(raw ? (frame as string) : JSON.stringify(frame));
  }

  /** The first frame of this type, not looked at before, that fits. Waits for it. */
  next<T extends ServerFrame["type"]>(
    type: T,
    fits: (frame: FrameOf<T>) => boolean = () => true,
  ): Promise<FrameOf<T>> {
    const matches = (frame: ServerFrame) => frame.type === type && fits(frame as FrameOf<T>);
    const here = this.frames.find((frame) => !this.#seen.has(frame) && matches(frame));
    if (here) {
      this.#seen.add(here);
      return Promise.resolve(here as FrameOf<T>);
    }
    return new Promise((resolve) => {
      this.#waiting.push({ matches, resolve: resolve as (frame: ServerFrame) => void });
    });
  }

  /** Sends hello and waits for the welcome. */
  async hello(name?: string): Promise<ServerFrames["welcome"]> {
    await this.send({
      type: "hello",
      token: this.token,
      device: this.device,
      ...(name === undefined ? {} : { name }),
      ...(this.accepts === undefined ? {} : { accepts: this.accepts }),
    });
    return this.next("welcome");
  }

  /** Signs in and follows all feeds from now on. */
  async join(name?: string): Promise<ServerFrames["welcome"]> {
    const welcome = await this.hello(name);
    await this.resume(
      welcome.epoch,
      welcome.feeds.map(({ feed }) => ({ feed })),
    );
    return welcome;
  }

  async resume(epoch: string, cursors: { feed: FeedId; seq?: number; id?: string }[]): Promise<void> {
    await this.send({ type: "resume", epoch, cursors });
  }

  /** Sends a command and waits for its ack or fault. */
  async command(
    body: CommandBody,
    nonce: string = newNonce(),
  ): Promise<ServerFrames["ack"]["acks"][number] | ServerFrames["fault"]> {
    const request = ++this.#request;
    await this.send({ type: "command", request, nonce, ...body });
    const answer = (frame: ServerFrame) =>
      (frame.type === "ack" && frame.acks.some((ack) => ack.request === request)) ||
      (frame.type === "fault" && frame.request === request);
    const here = this.frames.find(answer);
    const frame =
      here ?? (await new Promise<ServerFrame>((resolve) => this.#waiting.push({ matches: answer, resolve })));
    if (frame.type === "fault") return frame;
    const ack = frame.type === "ack" && frame.acks.find((one) => one.request === request);
    if (!ack) throw new Error("no ack in the frame");
    return ack;
  }

  /** All events of a feed so far, in the order they came. */
  events(feed: FeedId): FeedEvent[] {
    return this.items(feed).filter(isEvent);
  }

  /** The same with runs of joinings, for a client that accepts them. */
  items(feed: FeedId): FeedItem[] {
    return this.frames.flatMap((frame) =>
      frame.type === "events" && frame.feed === feed ? frame.events : [],
    );
  }

  /** Waits until an event of this feed fits. */
  async event(feed: FeedId, fits: (event: FeedEvent) => boolean): Promise<void> {
    if (this.events(feed).some(fits)) return;
    await new Promise<ServerFrame>((resolve) => {
      this.#waiting.push({
        matches: (frame) =>
          frame.type === "events" && frame.feed === feed && frame.events.filter(isEvent).some(fits),
        resolve,
      });
    });
  }

  /** After this, every frame that the server had sent before has come. */
  async settled(): Promise<void> {
    await this.send({ type: "ping" });
    await this.next("pong");
  }

  close(): void {
    this.#socket.close();
  }

  #take(data: string): void {
    const frame = JSON.parse(data) as ServerFrame;
    // Every frame that any of these tests sees is what the schema says.
    serverFrames[frame.type].parse(frame);
    this.frames.push(frame);
    const now = this.#waiting.filter(({ matches }) => matches(frame));
    this.#waiting = this.#waiting.filter((waiting) => !now.includes(waiting));
    for (const { resolve } of now) {
      this.#seen.add(frame);
      resolve(frame);
    }
  }
}
