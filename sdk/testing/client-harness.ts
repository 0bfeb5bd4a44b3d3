import {
  type FeedEvent,
  type FeedState,
  LIMITS,
  type RoomEntry,
  type ServerFrame,
  userFeed,
} from "@parley/protocol";
import type { ClientFrame } from "../src/base/frames.ts";
import { type KeyValue, memoryKeyValue, type SocketListener } from "../src/base/platform.ts";
import type { Client, ClientOptions } from "../src/client.ts";
import { createClient } from "../src/create-client.ts";
import { Clock } from "./clock.ts";
import { Chance } from "./random.ts";

export const ME = "10000000-0000-7000-8000-000000000001";
export const OTHER = "10000000-0000-7000-8000-000000000002";

/** One socket, whose other end is the test. */
export class FakeSocket {
  readonly url: string;
  readonly protocol: string;
  readonly sent: ClientFrame[] = [];
  closed: number | null = null;
  readonly #listener: SocketListener;

  constructor(url: string, protocol: string, listener: SocketListener) {
    this.url = url;
    this.protocol = protocol;
    this.#listener = listener;
  }

  open(): void {
    this.#listener.opened();
  }

  say(frame: ServerFrame | Record<string, unknown>): void {
    this.#listener.message(JSON.stringify(frame));
  }

  garble(text: string): void {
    this.#listener.message(text);
  }

  close(code: number): void {
    this.#listener.closed(code);
  }

  /** The frames of a type that were sent, forgotten once looked at. */
  take<T extends ClientFrame["type"]>(type: T): Extract<ClientFrame, { type: T }>[] {
    const taken = this.sent.filter((frame) => frame.type === type);
    for (const frame of taken) this.sent.splice(this.sent.indexOf(frame), 1);
    return taken as Extract<ClientFrame, { type: T }>[];
  }
}

type FakeRequest = {
  readonly path: string;
  readonly headers: Headers;
  answer(status: number, body: unknown): void;
  fail(): void;
};

/** A client whose clock, network and server are driven by the test. */
export class ClientHarness {
  readonly clock = new Clock();
  readonly sockets: FakeSocket[] = [];
  readonly requests: FakeRequest[] = [];
  readonly storage: KeyValue;
  readonly client: Client;
  wake = (): void => {};

  constructor(options: Partial<ClientOptions> = {}, storage: KeyValue = memoryKeyValue()) {
    this.storage = storage;
    const chance = new Chance(1);
    const { now, monotonicNow, timer } = this.clock;
    this.client = createClient({
      url: "http://stage",
      token: "t".repeat(43),
      name: "Me",
      ...options,
      platform: {
        now,
        monotonicNow,
        timer,
        random: () => 0.5,
        randomBytes: chance.bytes,
        storage,
        openSocket: (url, protocol, listener) => {
          const socket = new FakeSocket(url, protocol, listener);
          this.sockets.push(socket);
          return {
            send: (text) => void socket.sent.push(JSON.parse(text)),
            close: (code = 1000) => {
              socket.closed = code;
            },
          };
        },
        fetch: (url, { headers, signal }) => this.#fetch(url, new Headers(headers), signal ?? null),
        onWake: (listener) => {
          this.wake = listener;
          return () => {
            this.wake = () => {};
          };
        },
        ...options.platform,
      },
    });
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  /** Starts, and answers the handshake: lobby and private feed, live at these heads. */
  live(lobby = 0, epoch = "e"): FakeSocket {
    if (this.sockets.length === 0) this.client.start();
    const { socket } = this;
    socket.open();
    socket.say(welcome([feed("lobby", "listed", lobby), feed(userFeed(ME), "listed", 1)], { epoch }));
    return socket;
  }

  /** As `live`, and the feeds are live too. */
  follow(lobby = 0): FakeSocket {
    const socket = this.live(lobby);
    socket.say({ type: "feeds", feeds: [feed("lobby", "live", lobby), feed(userFeed(ME), "live", 1)] });
    return socket;
  }

  #fetch(url: string, headers: Headers, signal: AbortSignal | null): Promise<Response> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("aborted")));
      this.requests.push({
        path: url.slice("http://stage".length),
        headers,
        answer: (status, body) =>
          resolve(
            typeof body === "string" ? new Response(body, { status }) : Response.json(body, { status }),
          ),
        fail: () => reject(new TypeError("no route")),
      });
    });
  }
}

function entry(id: string, change: Partial<RoomEntry> = {}): RoomEntry {
  const room = { id, kind: "public", name: id, topic: "", members: 1, archived: false } as const;
  return { ...room, role: "member", peer: null, ...change };
}

export function feed(
  id: string,
  state: FeedState["state"],
  head: number,
  room?: RoomEntry | null,
): FeedState {
  return {
    feed: id,
    state,
    head,
    head_id: head === 0 ? null : `event ${head}`,
    floor: 0,
    room: room ?? (id.startsWith("user.") || state === "gone" ? null : entry(id)),
  };
}

export function welcome(
  feeds: FeedState[],
  change: { epoch?: string; more?: boolean; frame_bytes?: number } = {},
): ServerFrame {
  const { epoch = "e", more = false, frame_bytes = LIMITS.frame_bytes } = change;
  const limits = { text: LIMITS.text, user_name: LIMITS.user_name, room_name: LIMITS.room_name, frame_bytes };
  return {
    type: "welcome",
    session: ME,
    user: { id: ME, name: "Me" },
    epoch,
    limits,
    heartbeat: 25_000,
    feeds,
    more,
  };
}

export function sentEvent(seq: number, text: string, actor = OTHER, nonce = `nonce of ${seq}`): FeedEvent {
  const base = { seq, id: `event ${seq}`, actor, name: actor === ME ? "Me" : "Other", at: seq, nonce };
  return { ...base, kind: "message_sent", text, mentions: [], reply_to: null };
}

/** A page of the lobby with messages of another user at these seqs. */
export const page = (as_of: number, seqs: number[], has_before = false, epoch = "e") => ({
  room: "lobby",
  epoch,
  as_of,
  as_of_id: as_of === 0 ? null : `event ${as_of}`,
  has_before,
  has_after: false,
  messages: seqs.map((seq) => ({
    id: `event ${seq}`,
    seq,
    author: OTHER,
    name: "Other",
    at: seq,
    text: `text ${seq}`,
    mentions: [],
    mentions_room: false,
    reactions: [],
    reply_to: null,
    edited_at: null,
    deleted: false,
    walk_in: false,
    nonce: `nonce of ${seq}`,
    rev: seq,
  })),
});

/** Lets promises run on, through an answer's body too. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await null;
}
