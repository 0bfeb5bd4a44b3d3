import { newNonce, WireClient } from "./test-server.ts";

/** Between two messages of one side. Milliseconds. */
const MESSAGE_INTERVAL = 10;
/** How long an answer or an event may take before the pair counts as cut off. Milliseconds. */
const SILENCE_TIMEOUT = 20_000;

/** What a healthy pair measured: how long each message took from one to the other, in milliseconds. */
export type PairReport = { readonly latencies: readonly number[]; readonly p99: number };

/** Two well-behaved clients that exchange messages in a room of their own while others misbehave. */
export class HealthyPair {
  readonly #sides: readonly [WireClient, WireClient];
  readonly #room: string;
  readonly #latencies: number[] = [];
  #talking = true;
  readonly #done: Promise<unknown>;

  readonly #think: number;

  private constructor(sides: readonly [WireClient, WireClient], room: string, think: number) {
    this.#sides = sides;
    this.#think = think;
    this.#room = room;
    this.#done = Promise.all([this.#talk(0), this.#talk(1)]);
    // Awaited in `end`; a rejection before that is not lost there.
    this.#done.catch(() => {});
  }

  /** `think` is the pause of a side between two messages, milliseconds. */
  static async start(
    server: { readonly port: number },
    think: number = MESSAGE_INTERVAL,
  ): Promise<HealthyPair> {
    const sides = [new WireClient(server), new WireClient(server)] as const;
    const room = newNonce();
    await sides[0].join(`Healthy ${room.slice(-12)}`);
    const { user } = await sides[1].join(`Hearty ${room.slice(-12)}`);
    await sides[0].command({
      kind: "create_room",
      room,
      room_kind: "private",
      name: "Pair",
      members: [user.id],
    });
    await sides[1].next("feeds", ({ feeds }) =>
      feeds.some(({ feed, state }) => feed === room && state === "live"),
    );
    await Promise.all(sides.map((side) => side.settled()));
    return new HealthyPair(sides, room, think);
  }

  async #talk(side: 0 | 1): Promise<void> {
    const [self, other] = side === 0 ? this.#sides : [this.#sides[1], this.#sides[0]];
    for (let count = 0; this.#talking; count++) {
      const nonce = newNonce();
      const sent = performance.now();
      const arrival = other.event(this.#room, (event) => event.nonce === nonce);
      const answer = await orLate(
        self.command({ kind: "send_message", room: this.#room, text: `${side} ${count}` }, nonce),
      );
      if ("code" in answer) throw new Error(`a healthy client was refused: ${answer.code}`);
      await orLate(arrival);
      this.#latencies.push(performance.now() - sent);
      await Bun.sleep(this.#think);
    }
  }

  /** Stops, and throws unless both received every message of both, in order and once. */
  async end(): Promise<PairReport> {
    this.#talking = false;
    await this.#done;
    for (const reader of this.#sides) {
      const events = reader.events(this.#room);
      const seqs = events.map(({ seq }) => seq);
      const first = seqs[0] ?? 0;
      if (seqs.some((seq, index) => seq !== first + index))
        throw new Error(`out of order: ${seqs.join(" ")}`);
      for (const side of [0, 1]) {
        const own = events.flatMap((event) =>
          event.kind === "message_sent" && event.text.startsWith(`${side} `) ? [event.text] : [],
        );
        if (own.some((text, index) => text !== `${side} ${index}`) || own.length === 0)
          throw new Error(`side ${side} is received as ${own.join(", ")}`);
      }
      reader.close();
    }
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return { latencies: this.#latencies, p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
  }
}

async function orLate<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`a healthy client waited ${SILENCE_TIMEOUT} ms`)),
      SILENCE_TIMEOUT,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
