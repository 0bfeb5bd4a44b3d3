// One hostile guest in a process of its own, with the lowest priority: its own work must not delay what is measured.

import { request } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { constants, setPriority } from "node:os";
import { LIMITS, LOBBY } from "@parley/protocol";
import { pause } from "../support/child-process.ts";
import { Random } from "../support/random.ts";
import { frameBytes, OPCODES, upgradeRequest } from "../support/raw-socket.ts";
import { newNonce, newToken } from "../support/test-server.ts";

export type AttackJob = {
  readonly port: number;
  /** The local address that the attacker connects from. */
  readonly from: string;
  readonly token: string;
  readonly connections: number;
  /** Whether each second connection never reads, and whether there are requests over HTTP, too. */
  readonly deaf: boolean;
  readonly http: boolean;
  readonly seed: number;
  /** The attack ends after so many milliseconds, or when `frames` were sent and no answer came for a while. */
  readonly ms: number;
  readonly frames?: number;
  /** Sends the same to a listener of this process instead of the server: the load on the machine without the attack. */
  readonly decoy?: boolean;
};

export type AttackReport = {
  readonly frames: number;
  readonly requests: number;
  /** Bytes that the attacker received. */
  readonly bytes: number;
  readonly statuses: { readonly [status: string]: number };
  readonly reopened: number;
};

/** The pause before a connection that was closed is opened again. Milliseconds. */
const REOPEN = 100;
/**
 * The pause between two writes, milliseconds: 5,000 frames a second from each connection are a hundred times what is allowed.
 * More would measure what the attacker itself takes of a machine that it shares with the server.
 */
const WRITE_EVERY = 10;
/** Frames in one write, and the silence after which all frames count as answered, milliseconds. */
const BATCH = 50;
const SILENCE = 500;
/** Concurrent requests, and concurrent sockets that send requests and never read. */
const REQUESTS = 20;
const DEAF_REQUESTS = 30;

const PATHS: readonly ((random: Random) => string)[] = [
  () => "/api/chat/rooms/lobby/messages?limit=500",
  () => "/api/chat/rooms",
  () => "/users",
  () => `/api/v1/rooms/${LOBBY}/messages?limit=100`,
  (random) => `/api/v1/rooms/${LOBBY}/messages?limit=100&around=${random.int(1, 300)}`,
  (random) => `/api/v1/search?query=${random.pick(["a", "parrot*", "lo*", "%22a%20b%22"])}`,
  () => "/api/v1/rooms?query=a",
  () => "/api/v1/users?query=a",
  () => `/api/v1/rooms/${LOBBY}/members`,
];

class Attack {
  readonly #job: AttackJob;
  readonly #random: Random;
  readonly #until: number;
  readonly #sockets = new Set<Socket>();
  readonly #statuses: { [status: string]: number } = {};
  #frames = 0;
  #requests = 0;
  #bytes = 0;
  #reopened = 0;
  #heardAt = performance.now();

  constructor(job: AttackJob) {
    this.#job = job;
    this.#random = new Random(job.seed);
    this.#until = performance.now() + job.ms;
  }

  async run(): Promise<AttackReport> {
    const { connections, http, deaf } = this.#job;
    const all = Array.from({ length: connections }, (_, index) =>
      this.#socket(index, deaf && index % 2 === 1),
    );
    if (http) {
      for (let count = 0; count < REQUESTS; count++) all.push(this.#ask());
      all.push(this.#askDeaf());
    }
    await Promise.all(all);
    for (const socket of this.#sockets) socket.destroy();
    return {
      frames: this.#frames,
      requests: this.#requests,
      bytes: this.#bytes,
      statuses: this.#statuses,
      reopened: this.#reopened,
    };
  }

  get #isOver(): boolean {
    const { frames } = this.#job;
    const now = performance.now();
    if (now > this.#until) return true;
    return frames !== undefined && this.#frames >= frames && now - this.#heardAt > SILENCE;
  }

  /** Opens a connection again each time that it is closed. */
  async #socket(index: number, isDeaf: boolean): Promise<void> {
    while (!this.#isOver) {
      await this.#connection(index, isDeaf);
      this.#reopened++;
      await pause(REOPEN);
    }
  }

  async #connection(index: number, isDeaf: boolean): Promise<void> {
    const socket = this.#connect();
    let epoch = "";
    let isOpen = true;
    let head = "";
    socket.on("close", () => {
      isOpen = false;
    });
    socket.on("data", (bytes: Buffer) => {
      this.#bytes += bytes.length;
      this.#heardAt = performance.now();
      if (epoch !== "") return;
      head += bytes.toString("latin1");
      epoch = /"epoch":"([^"]+)"/.exec(head)?.[1] ?? "";
      if (epoch !== "" && isDeaf) socket.pause();
    });
    socket.write(upgradeRequest());
    const hello = { type: "hello", token: this.#job.token, device: `hostile ${index}`, name: "Mallory" };
    socket.write(frameBytes(OPCODES.text, JSON.stringify(hello)));
    const { frames = Number.POSITIVE_INFINITY } = this.#job;
    while (isOpen && !this.#isOver) {
      if (epoch !== "" && this.#frames < frames && socket.writableLength < 65_536) {
        const batch = Array.from({ length: BATCH }, () =>
          frameBytes(OPCODES.text, JSON.stringify(this.#frame(epoch))),
        );
        this.#frames += BATCH;
        socket.write(Buffer.concat(batch));
      }
      await pause(WRITE_EVERY);
    }
    socket.destroy();
    this.#sockets.delete(socket);
  }

  #frame(epoch: string): object {
    const random = this.#random;
    const command = (body: object) => ({
      type: "command",
      request: this.#frames,
      nonce: newNonce(),
      ...body,
    });
    switch (random.int(0, 9)) {
      case 0:
        return { type: "resume", epoch, cursors: [{ feed: LOBBY, seq: 0, id: newNonce() }] };
      case 1:
        return { type: "resume", epoch, cursors: Array.from({ length: 20 }, () => ({ feed: newNonce() })) };
      case 2:
        return { type: "watch", rooms: [LOBBY] };
      case 3:
        return { type: "typing", room: LOBBY };
      case 4:
        return command({ kind: "create_direct", room: newNonce(), user: newNonce() });
      case 5:
        return command({ kind: "invite_member", room: LOBBY, user: newNonce() });
      default:
        return { type: "after", feed: LOBBY, seq: random.int(0, 250), limit: LIMITS.replay_events };
    }
  }

  /** Sends requests one after the other and reads the answers. */
  async #ask(): Promise<void> {
    while (!this.#isOver) {
      const isSignIn = this.#random.chance(0.05);
      const status = isSignIn ? await this.#signIn() : await this.#get(this.#path());
      this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    }
  }

  #path(): string {
    return this.#random.pick(PATHS)?.(this.#random) ?? "/";
  }

  #get(path: string): Promise<number> {
    return this.#request("GET", path, "");
  }

  #signIn(): Promise<number> {
    const body = JSON.stringify({ name: `Mallory ${newNonce().slice(-8)}`, token: newToken() });
    return this.#request("POST", "/api/v1/guests", body);
  }

  #request(method: string, path: string, body: string): Promise<number> {
    const { port, from: localAddress, token } = this.#job;
    this.#requests++;
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const options = { method, port, host: "127.0.0.1", localAddress, path, headers, timeout: 5_000 };
      const asked = request(options, (answer) => {
        answer.on("data", (bytes: Buffer) => {
          this.#bytes += bytes.length;
        });
        answer.on("end", () => resolve(answer.statusCode ?? 0));
        answer.on("error", () => resolve(0));
      });
      asked.on("timeout", () => asked.destroy());
      asked.on("error", () => resolve(0));
      asked.end(body);
    });
  }

  /** Sockets that send large requests and never read; each new one replaces the oldest. */
  async #askDeaf(): Promise<void> {
    const open: Socket[] = [];
    while (!this.#isOver) {
      const socket = this.#connect();
      socket.pause();
      const lines = [
        `GET ${this.#path()} HTTP/1.1`,
        `host: 127.0.0.1:${this.#job.port}`,
        `authorization: Bearer ${this.#job.token}`,
        "\r\n",
      ];
      socket.write(lines.join("\r\n"));
      this.#requests++;
      open.push(socket);
      if (open.length > DEAF_REQUESTS) open.shift()?.destroy();
      await pause(10);
    }
  }

  #connect(): Socket {
    const { port, from: localAddress } = this.#job;
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    socket.on("error", () => {});
    this.#sockets.add(socket);
    return socket;
  }
}

/**
 * What the decoy takes of a connection before it closes it, bytes, and when it answers a request, milliseconds: about what a
 * server with default limits does, or the attacker would be far busier than in an attack.
 */
const DECOY_BYTES = 100_000;
const DECOY_DELAY = 50;
const DECOY_ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/** Takes connections, reads what comes and answers as little as an attack needs to go on. Returns its port. */
function listenAsDecoy(): Promise<number> {
  const server = createServer((socket) => {
    let received = 0;
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      if (received === 0 && bytes.toString("latin1").startsWith("GET /ws ")) socket.write('"epoch":"none"');
      else if (received === 0) setTimeout(() => socket.end(DECOY_ANSWER), DECOY_DELAY);
      received += bytes.length;
      if (received > DECOY_BYTES) socket.destroy();
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

if (import.meta.main) {
  setPriority(constants.priority.PRIORITY_LOW);
  const job = JSON.parse(process.argv[2] ?? "{}") as AttackJob;
  const port = job.decoy ? await listenAsDecoy() : job.port;
  const report = await new Attack({ ...job, port }).run();
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exit(0);
}
