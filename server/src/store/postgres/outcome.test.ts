import { afterEach, describe, expect, test } from "bun:test";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { isFault, LOBBY } from "@parley/protocol";
import { findPostgres, throwawayPostgres } from "../../testing/throwaway-postgres.ts";
import { World } from "../contract/world.contract.ts";
import type { Committed, Store } from "../store.ts";
import { openPostgresStore } from "./postgres.ts";

/** The message that sends `COMMIT`, as it is on the wire. */
const COMMIT = "COMMIT\0";
/** What the messages of these tests have in them. */
const MARK = "marked";

/** Stands for the network between the store and its database: it can cut a connection at the worst moments. */
class Network {
  readonly port: number;
  /** What happens to the next connection that carries a COMMIT behind marked messages. */
  cut: "before" | "after" | null = null;
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, to: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client) => this.#join(client, connect(to, "127.0.0.1")));
  }

  static async start(to: number): Promise<Network> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Network(server, to);
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket, backend: Socket): void {
    let deaf = false;
    let marked = false;
    for (const [one, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    client.on("data", (bytes) => {
      marked ||= bytes.includes(MARK);
      const cut = bytes.includes(COMMIT) && marked ? this.cut : null;
      if (cut === null) return void backend.write(bytes);
      this.cut = null;
      this.cuts++;
      if (cut === "before") return void client.destroy();
      // It arrives and is carried out; the answer to it never comes back.
      deaf = true;
      backend.write(bytes);
      backend.once("data", () => client.destroy());
    });
    backend.on("data", (bytes) => {
      if (!deaf) client.write(bytes);
    });
  }
}

// Without PostgreSQL on the machine there is no connection to cut.
describe.skipIf(!findPostgres())("a connection that is lost at COMMIT", () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function open(): Promise<{ network: Network; world: World; store: Store }> {
    const server = await throwawayPostgres();
    const network = await Network.start(server.port);
    const url = server.newUrl().replace(`:${server.port}/`, `:${network.port}/`);
    const { store } = await openPostgresStore({ url, sharing: "sole", lanes: 1, onFatal() {} });
    ends.push(
      () => network.end(),
      () => store.close(),
    );
    const never = () => {
      throw new Error("not here");
    };
    const world = new World({ store, reopen: never, setClock: never, traces: never, discard: never });
    return { network, world, store };
  }

  test.each(["before", "after"] as const)(
    "P3 %s it took effect: the batch is acknowledged, stored once, and its events are published",
    async (cut) => {
      const { network, world, store } = await open();
      const ann = await world.guest("Ann");
      await world.accepted(world.command(ann, { kind: "join_room", room: LOBBY }));
      for (let round = 0; round < 3; round++) {
        const batch = [0, 1].map((i) => world.send(ann, LOBBY, `${MARK} ${round}.${i}`));
        network.cut = cut;
        const committed: Committed = await store.commit(batch);
        expect(committed.verdicts.map((verdict) => isFault(verdict))).toEqual([false, false]);
        const published = committed.feeds.flatMap(({ events }) => events.map(({ seq }) => seq));
        const placed = committed.verdicts.flatMap((verdict) =>
          isFault(verdict) ? [] : verdict.placed.map(({ seq }) => seq),
        );
        expect(published).toEqual(placed);
        expect(await world.texts()).toEqual(
          Array.from({ length: round + 1 }, (_, n) => [0, 1].map((i) => `${MARK} ${n}.${i}`)).flat(),
        );
      }
      expect(network.cuts).toBe(3);
    },
  );
});
