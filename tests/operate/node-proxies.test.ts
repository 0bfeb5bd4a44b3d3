import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { browserPlatform, type Client, createClient, newToken } from "@parley/sdk";
import { Child, freePort, pause, until } from "../support/child-process.ts";
import { Cluster, type ClusterNode, hasCluster } from "../support/node-cluster.ts";
import { root } from "../support/server-process.ts";
import { METRICS_TOKEN, SocketWithHeaders } from "../support/test-server.ts";
import { Figures } from "./figures.ts";
import { nginxArguments, programOf, replaced, withoutTls } from "./proxy-programs.ts";

type Ports = { readonly front: number; readonly nodes: readonly number[]; readonly folder: string };

/** The files of ops/ for two nodes, on free ports and without TLS. */
const PROXIES = [
  {
    name: "nginx",
    env: "NGINX",
    file: "ops/nginx-nodes.conf",
    args: (text: string, { front, nodes, folder }: Ports) =>
      nginxArguments(
        folder,
        replaced(withoutTls(text, front), [
          ["127.0.0.1:8001", `127.0.0.1:${nodes[0]}`],
          ["127.0.0.1:8002", `127.0.0.1:${nodes[1]}`],
        ]),
      ),
  },
  {
    name: "haproxy",
    env: "HAPROXY",
    file: "ops/haproxy-nodes.cfg",
    args(text: string, { front, nodes, folder }: Ports) {
      const path = join(folder, "haproxy.cfg");
      writeFileSync(
        path,
        replaced(text, [
          [/bind :443 ssl crt \S+/, `bind 127.0.0.1:${front}`],
          ["127.0.0.1:8001", `127.0.0.1:${nodes[0]}`],
          ["127.0.0.1:8002", `127.0.0.1:${nodes[1]}`],
        ]),
      );
      return ["-db", "-f", path];
    },
  },
];

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Requests what the server says of itself, as a browser does for the public name and from another address. */
function get(port: number, path = "/api/v1/server"): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { host: "chat.example.org" };
    request(
      { host: "127.0.0.1", port, path, headers, localAddress: "127.0.0.2", agent: false },
      (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      },
    )
      .on("error", reject)
      .end();
  });
}

/** A user of the SDK behind the proxy, with what it sent and what it received. */
class Talker {
  readonly heard: string[] = [];
  readonly said: string[] = [];
  readonly #name: string;
  readonly client: Client;

  constructor(front: number, name: string) {
    this.#name = name;
    const headers = { host: "chat.example.org", origin: "https://chat.example.org" };
    this.client = createClient({
      url: `http://127.0.0.1:${front}`,
      token: newToken(),
      name,
      platform: openingWith(headers),
      onApplied: (feed, events) => {
        if (feed !== LOBBY) return;
        for (const event of events) if (event.kind === "message_sent") this.heard.push(event.text);
      },
    });
    ends.push(() => this.client.stop());
    this.client.start();
  }

  say(): void {
    const text = `${this.#name} ${this.said.length}`;
    this.said.push(text);
    this.client.room(LOBBY).send(text);
  }

  live = () =>
    until(
      20_000,
      `${this.#name} is connected`,
      () => this.client.connection.get().state === "live" || undefined,
    );
}

/** Sockets that name the public host, as a browser behind the real name does. */
function openingWith(headers: Record<string, string>) {
  const real = globalThis.WebSocket;
  const { openSocket } = browserPlatform();
  return {
    openSocket(...args: Parameters<typeof openSocket>) {
      globalThis.WebSocket = class extends (SocketWithHeaders as unknown as typeof WebSocket) {
        constructor(url: string | URL, protocols?: string | string[]) {
          super(url, { protocols, headers } as unknown as string[]);
        }
      };
      try {
        return openSocket(...args);
      } finally {
        globalThis.WebSocket = real;
      }
    },
  };
}

async function started(proxy: (typeof PROXIES)[number], program: string) {
  const folder = mkdtempSync(join(tmpdir(), `parley-two-${proxy.name}-`));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const logs = join(folder, "logs");
  const cluster = await Cluster.start({
    nodes: 2,
    folder,
    env: {
      METRICS_TOKEN,
      // Two checks of one second, and a little more.
      DRAIN_DELAY: "3",
      PUBLIC_URL: "https://chat.example.org",
      TRUSTED_PROXIES: "127.0.0.1,::1",
      LOG_DIR: logs,
    },
  });
  ends.push(() => cluster.end());
  const front = await freePort();
  const ports = { front, nodes: cluster.nodes.map(({ port }) => port), folder };
  const args = proxy.args(readFileSync(join(root, proxy.file), "utf8"), ports);
  const child = new Child({ command: [program, ...args], env: { HOME: folder } });
  ends.push(() => child.stop(5_000));
  await until(
    15_000,
    `${proxy.name} answers`,
    async () => (await get(front, "/healthz").catch(() => 0)) === 200 || undefined,
  );
  const [one, two] = cluster.nodes as readonly [ClusterNode, ClusterNode];
  return { front, logs, one, two };
}

/** Sockets that are signed in at this node. */
async function socketsAt({ url }: ClusterNode): Promise<number> {
  return (await Figures.read(url)).get("parley_connections", { phase: "live" }) ?? 0;
}

/** What both nodes wrote of their requests, once they have ended. */
function accessLog(logs: string): readonly { route?: string; address?: string }[] {
  const lines = readFileSync(join(logs, "access.log"), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

describe.each(PROXIES.map((proxy) => [proxy.name, proxy] as const))(
  "%s before two nodes, as its file in ops/ says",
  (name, proxy) => {
    const program = programOf(proxy);

    test.skipIf(program === undefined || !hasCluster)(
      `P1 P2 P3 an orderly end and a kill of a node lose nothing (skipped without ${name}, PostgreSQL, Redis)`,
      async () => {
        const { front, logs, one, two } = await started(proxy, program ?? "");
        const talkers = [new Talker(front, "Ada"), new Talker(front, "Bim")] as const;
        for (const talker of talkers) {
          await talker.live();
          await talker.client.room(LOBBY).join();
        }
        // Least connections: one at each node.
        expect([await socketsAt(one), await socketsAt(two)]).toEqual([1, 1]);
        expect(await get(front, "/metrics")).toBe(404);
        const allHeard = () =>
          until(20_000, "each hears all that both said", () => {
            const all = talkers.flatMap(({ said }) => said);
            return talkers.every(({ heard }) => heard.length >= all.length) || undefined;
          });
        const check = () => {
          const [ada, bim] = talkers;
          expect(bim.heard).toEqual(ada.heard);
          for (const { said } of talkers)
            expect(ada.heard.filter((text) => said.includes(text))).toEqual([...said]);
        };
        // Both write all the time, and requests arrive all the time.
        let talking = true;
        const refused: unknown[] = [];
        const talks = (async () => {
          while (talking) {
            for (const talker of talkers) talker.say();
            await pause(20);
          }
        })();
        let strict = true;
        const requests = (async () => {
          while (talking) {
            const status = await get(front).catch((error: unknown) => error);
            if (strict && status !== 200) refused.push(status);
            await pause(5);
          }
        })();
        ends.push(async () => {
          talking = false;
          await Promise.all([talks, requests]);
        });
        // SIGTERM: /readyz answers 503 first, and the clients of this node go to the other one.
        expect(await one.stop()).toBe(true);
        await until(
          15_000,
          "both are at the second node",
          async () => (await socketsAt(two)) === 2 || undefined,
        );
        expect(refused).toEqual([]);
        // It is back, and takes over when the other one is killed.
        strict = false;
        await one.start();
        await two.kill();
        await until(
          15_000,
          "both are at the first node",
          async () => (await socketsAt(one)) === 2 || undefined,
        );
        talking = false;
        await Promise.all([talks, requests]);
        await allHeard();
        check();
        // The address of the client, not that of the proxy.
        await one.stop();
        const asked = accessLog(logs).filter(({ route }) => route === "/api/v1/server");
        expect(new Set(asked.map(({ address }) => address))).toEqual(new Set(["127.0.0.2"]));
      },
      90_000,
    );
  },
);

test("the nginx of docker-compose.scale.yml differs from the file that is tried only in addresses and TLS", () => {
  const rules = (file: string) =>
    readFileSync(join(root, file), "utf8")
      .replaceAll(/^ *#.*\n/gm, "")
      .trim();
  const expected = replaced(rules("ops/nginx-nodes.conf"), [
    ["127.0.0.1:8001", "one:8000"],
    ["127.0.0.1:8002", "two:8000"],
    ["listen 443 ssl;", "listen 8000;"],
    ["server_name chat.example.org;", "server_name _;"],
    [/ *ssl_certificate .*\n/, ""],
    [/ *ssl_certificate_key .*\n/, ""],
  ]);
  expect(rules("ops/nginx-compose.conf")).toBe(expected);
  const compose = readFileSync(join(root, "docker-compose.scale.yml"), "utf8");
  expect(compose).toContain("./ops/nginx-compose.conf:");
  for (const node of ["one", "two"]) expect(compose).toContain(`\n  ${node}: *node\n`);
});
