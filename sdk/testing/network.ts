import type { Platform, Socket, SocketListener } from "../src/base/platform.ts";
import type { Chance } from "./random.ts";
import type { SimServer } from "./server.ts";
import type { SimSession } from "./session.ts";

/** One connection: two arrays. What is in them is on its way. */
export class Cable implements Socket {
  readonly up: string[] = [];
  readonly down: string[] = [];
  session: SimSession | null = null;
  open = false;
  #listener: SocketListener | null;

  constructor(listener: SocketListener) {
    this.#listener = listener;
  }

  /** Nothing more comes out of it. */
  get cut(): boolean {
    return this.#listener === null;
  }

  send(text: string): void {
    if (!this.cut) this.up.push(text);
  }

  /** The client hangs up: what it sent still arrives. */
  close(): void {
    this.#listener = null;
    this.down.length = 0;
  }

  connect(session: SimSession): void {
    this.session = session;
    this.open = true;
    this.#listener?.opened();
  }

  arrive(): void {
    const text = this.down.shift();
    if (text !== undefined) this.#listener?.message(text);
  }

  /** The line breaks: what is on its way down is lost, and of what is on its way up a part. */
  breaks(arriving: number, code = 1006): void {
    const listener = this.#listener;
    this.#listener = null;
    this.up.length = Math.min(this.up.length, arriving);
    this.down.length = 0;
    listener?.closed(code);
  }
}

type Request = {
  readonly url: string;
  readonly token: string;
  readonly signal: AbortSignal | null;
  settle(response: Response | null): void;
};

/** What lies between some clients and one server. Nothing moves by itself: `step` moves one thing that chance picks. */
export class Network {
  readonly cables: Cable[] = [];
  #requests: Request[] = [];
  #answers: (() => void)[] = [];
  readonly #server: SimServer;
  readonly #chance: Chance;
  /** Share of `events` frames that are lost, repeated or late. 0 when the network has healed. */
  faults = 0;

  constructor(server: SimServer, chance: Chance) {
    this.#server = server;
    this.#chance = chance;
  }

  openSocket: Platform["openSocket"] = (_url, _protocol, listener) => {
    const cable = new Cable(listener);
    this.cables.push(cable);
    return cable;
  };

  fetch: Platform["fetch"] = (url, { headers, signal }) =>
    new Promise((resolve, reject) => {
      const token = new Headers(headers).get("authorization")?.slice("Bearer ".length) ?? "";
      this.#requests.push({
        url,
        token,
        signal: signal ?? null,
        settle: (response) => (response ? resolve(response) : reject(new Error("no route"))),
      });
    });

  /** Moves one thing. False when nothing is on its way. */
  step(): boolean {
    const moves = [
      ...this.#requests.map((request) => () => this.#serve(request)),
      ...this.#answers.map((answer) => () => {
        this.#answers = this.#answers.filter((other) => other !== answer);
        answer();
      }),
      ...this.cables.flatMap((cable) => this.#movesOf(cable)),
    ];
    this.#chance.pick(moves)?.();
    return moves.length > 0;
  }

  /** Breaks a connection that chance picks. */
  breakOne(): void {
    const cable = this.#chance.pick(this.cables.filter(({ cut }) => !cut));
    cable?.breaks(this.#chance.below(4));
  }

  breakAll(): void {
    for (const cable of this.cables) if (!cable.cut) cable.breaks(0, 1012);
    for (const request of this.#requests) request.settle(null);
    this.#requests = [];
  }

  #movesOf(cable: Cable): (() => void)[] {
    if (!cable.open) {
      if (cable.cut) return [];
      return [() => cable.connect(this.#server.connect((frame) => this.#down(cable, frame)))];
    }
    const moves: (() => void)[] = [];
    if (cable.up.length > 0) moves.push(() => cable.session?.hear(cable.up.shift() ?? ""));
    else if (cable.cut && cable.session) {
      moves.push(() => {
        cable.session?.end();
        cable.session = null;
      });
    }
    if (cable.down.length > 0) moves.push(() => cable.arrive());
    return moves;
  }

  #down(cable: Cable, frame: string): void {
    if (cable.cut) return;
    if (this.faults === 0 || !frame.startsWith('{"type":"events"')) {
      cable.down.push(frame);
      return;
    }
    // As a server whose bus fails: a frame is lost, repeated, or overtakes the one before it.
    if (this.#chance.chance(this.faults)) return;
    cable.down.push(frame);
    if (this.#chance.chance(this.faults)) cable.down.push(frame);
    const last = cable.down.length - 1;
    const ahead = cable.down[last - 1];
    if (ahead?.startsWith('{"type":"events"') && this.#chance.chance(this.faults)) {
      cable.down.splice(last - 1, 2, frame, ahead);
    }
  }

  #serve(request: Request): void {
    this.#requests = this.#requests.filter((other) => other !== request);
    const { url, token, signal } = request;
    if (signal?.aborted || this.#chance.chance(this.faults)) {
      request.settle(null);
      return;
    }
    // Read now, answered later: events overtake pages.
    const { status, body } = this.#server.read(new URL(url), token);
    this.#answers.push(() =>
      request.settle({ ok: status === 200, status, json: async () => structuredClone(body) } as Response),
    );
  }
}
