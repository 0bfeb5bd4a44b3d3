import { afterEach, expect, test } from "bun:test";
import { LIMITS, LOBBY, SUBPROTOCOL } from "@parley/protocol";
import { newNonce, newToken, startTestServer, type TestServer } from "../support/test-server.ts";

/** The grace period. A user who disconnects is absent at once, so that each reconnect is two changes. Milliseconds. */
const GRACE = 1;
/** How long the users reconnect. Milliseconds. */
const FLAPPING = 2_000;
/** How many connect at the same moment. */
const SLICE = 50;

let open: TestServer | null = null;
afterEach(async () => {
  await open?.end();
  open = null;
});

/** What a frame of a large room may take at most, in characters: it holds one number. */
const COUNT_FRAME = 120;

/** `answers` are the first frames after a watch, `changes` all others. */
type Received = { changes: number; answers: number; longest: number; named: number };
const nothing = (): Received => ({ changes: 0, answers: 0, longest: 0, named: 0 });

/** A client in the lobby that watches it, connects and disconnects. It only counts the frames that it receives. */
class Flapper {
  readonly #server: TestServer;
  readonly #name: string;
  readonly #received: Received;
  readonly #token = newToken();
  readonly #device = newNonce();
  #socket: WebSocket | null = null;
  count = 0;
  onCount: () => void = () => {};

  constructor(server: TestServer, name: string, received: Received) {
    this.#server = server;
    this.#name = name;
    this.#received = received;
  }

  /** Resolves when the lobby is watched. */
  come(): Promise<void> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.#server.port}/ws`, SUBPROTOCOL);
    this.#socket = socket;
    const send = (frame: object) => socket.send(JSON.stringify(frame));
    let answered = false;
    return new Promise((resolve, reject) => {
      socket.onerror = () => reject(new Error("the socket did not open"));
      socket.onopen = () =>
        send({ type: "hello", token: this.#token, name: this.#name, device: this.#device });
      socket.onmessage = ({ data }: { data: string }) => {
        if (data.startsWith('{"type":"welcome"')) {
          send({ type: "resume", epoch: "", cursors: [{ feed: LOBBY }] });
          send({ type: "watch", rooms: [LOBBY] });
        }
        if (!data.startsWith('{"type":"presence"')) return;
        const frame = JSON.parse(data) as { count: number; online: []; offline: [] };
        if (answered) this.#received.changes++;
        else this.#received.answers++;
        answered = true;
        this.#received.named += frame.online.length + frame.offline.length;
        this.#received.longest = Math.max(this.#received.longest, data.length);
        this.count = frame.count;
        this.onCount();
        resolve();
      };
    });
  }

  go(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      if (!socket) return resolve();
      socket.onclose = () => resolve();
      socket.close();
    });
  }

  /** Resolves when it has received that so many are present. */
  receives(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.onCount = () => this.count === count && resolve();
      this.onCount();
    });
  }
}

async function inSlices(people: readonly Flapper[], act: (person: Flapper) => Promise<void>): Promise<void> {
  for (let at = 0; at < people.length; at += SLICE) await Promise.all(people.slice(at, at + SLICE).map(act));
}

for (const size of [150, 250, 500, 1_000]) {
  test(`SG-4 SG-5 of ${size} users who reconnect again and again, each session receives at most a frame a second`, async () => {
    const server = await startTestServer([], { presenceGrace: GRACE });
    open = server;
    const received = nothing();
    const people = Array.from(
      { length: size },
      (_, index) => new Flapper(server, `Person ${index}`, received),
    );
    const [observer] = people as [Flapper];
    await inSlices(people, (person) => person.come());
    await Promise.all(people.map((person) => person.receives(size)));

    Object.assign(received, nothing());
    const began = performance.now();
    let flaps = 0;
    for (let turn = 0; performance.now() - began < FLAPPING; turn++) {
      const some = people.filter((person, index) => person !== observer && index % 4 === turn % 4);
      await Promise.all(some.map((person) => person.go()));
      await inSlices(some, (person) => person.come());
      flaps += some.length;
    }
    await observer.receives(size);
    const seconds = (performance.now() - began) / 1_000;
    await Promise.all(people.map((person) => person.go()));

    // Far more changes than there are seconds: sent one by one, each would have gone to every session.
    expect(flaps).toBeGreaterThan(size / 2);
    expect(received.changes).toBeGreaterThan(0);
    expect(received.changes).toBeLessThanOrEqual(size * (seconds + 2));
    expect(received.answers).toBe(flaps);
    if (size <= LIMITS.presence_list) return;
    expect(received.longest).toBeLessThan(COUNT_FRAME);
    expect(received.named).toBe(0);
  }, 30_000);
}
