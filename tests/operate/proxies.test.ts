import { afterEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type ClientRequestArgs, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child, freePort, until } from "../support/child-process.ts";
import { LegacyClient } from "../support/legacy-client.ts";
import { root } from "../support/server-process.ts";
import { newToken, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";
import { nginxArguments, programOf, replaced, withoutTls } from "./proxy-programs.ts";

const PAGE = readFileSync(join(root, "docs/operate/proxies.md"), "utf8");
const NAME = "chat.example.org";
const ORIGIN = `https://${NAME}`;

/** The example of the page in this language. */
function example(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(PAGE)?.[1];
  if (found === undefined) throw new Error(`docs/operate/proxies.md has no example in ${language}`);
  return found;
}

type Ports = { readonly front: number; readonly back: number; readonly folder: string };

/**
 * Each proxy with its example, on a free port and without TLS: the server never sees TLS, and the browser's origin is
 * https anyway.
 */
const PROXIES: readonly {
  readonly name: string;
  readonly env: string;
  readonly start: (program: string, ports: Ports) => readonly string[];
  readonly check: (program: string, ports: Ports) => readonly string[];
}[] = [
  {
    name: "nginx",
    env: "NGINX",
    start: (program, ports) => [program, ...nginx(ports)],
    check: (program, ports) => [program, ...nginx(ports), "-t"],
  },
  {
    name: "haproxy",
    env: "HAPROXY",
    start: (program, ports) => [program, "-db", "-f", haproxy(ports)],
    check: (program, ports) => [program, "-c", "-f", haproxy(ports)],
  },
  {
    name: "caddy",
    env: "CADDY",
    start: (program, ports) => [program, "run", "--adapter", "caddyfile", "--config", caddy(ports)],
    check: (program, ports) => [program, "validate", "--adapter", "caddyfile", "--config", caddy(ports)],
  },
];

function nginx({ front, back, folder }: Ports): string[] {
  const server = replaced(withoutTls(example("nginx"), front), [["127.0.0.1:8000", `127.0.0.1:${back}`]]);
  return nginxArguments(folder, server);
}

function haproxy({ front, back, folder }: Ports): string {
  const path = join(folder, "haproxy.cfg");
  const text = replaced(example("haproxy"), [
    [/bind :443 ssl crt \S+/, `bind 127.0.0.1:${front}`],
    ["127.0.0.1:8000", `127.0.0.1:${back}`],
  ]);
  writeFileSync(path, text);
  return path;
}

function caddy({ front, back, folder }: Ports): string {
  const path = join(folder, "Caddyfile");
  const text = replaced(example("caddy"), [
    [`${NAME} {`, `http://${NAME}:${front} {\n    bind 127.0.0.1`],
    ["127.0.0.1:8000", `127.0.0.1:${back}`],
  ]);
  writeFileSync(path, `{\n    admin off\n    auto_https off\n}\n${text}`);
  return path;
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function behind(proxy: (typeof PROXIES)[number], program: string) {
  const folder = mkdtempSync(join(tmpdir(), `parley-${proxy.name}-`));
  ends.push(async () => rmSync(folder, { recursive: true, force: true }));
  const logs = join(folder, "logs");
  const server = await startTestServer([
    ...["--public-url", ORIGIN, "--trusted-proxies", "127.0.0.1,::1", "--log-dir", logs],
  ]);
  ends.push(() => server.end());
  const ports = { front: await freePort(), back: server.port, folder };
  const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const [command = "", ...args] = proxy.check(program, ports);
  const checked = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env } });
  expect({ status: checked.status, said: checked.status === 0 ? "" : checked.stderr }).toEqual({
    status: 0,
    said: "",
  });
  const child = new Child({ command: proxy.start(program, ports), env });
  ends.push(() => child.stop(5_000));
  await until(15_000, `${proxy.name} answers`, async () =>
    (await get(ports.front, "/healthz").catch(() => null))?.status === 200 ? true : undefined,
  );
  return { stage: server, logs, front: ports.front };
}

/** Sends a request to the proxy as a browser does for the public name, from an address that is not a proxy's. */
function get(port: number, path: string, headers: Record<string, string> = {}) {
  const options: ClientRequestArgs = {
    host: "127.0.0.1",
    port,
    path,
    localAddress: "127.0.0.2",
    agent: false,
  };
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    request({ ...options, headers: { host: NAME, ...headers } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end();
  });
}

describe.each(PROXIES.map((proxy) => [proxy.name, proxy] as const))(
  "%s, as docs/operate/proxies.md says",
  (name, proxy) => {
    const program = programOf(proxy);

    test.skipIf(program === undefined)(
      `requests, sockets, addresses and health (skipped without ${name})`,
      async () => {
        const { stage: server, logs, front } = await behind(proxy, program ?? "");
        expect((await get(front, "/api/v1/server")).status).toBe(200);
        expect((await get(front, "/metrics", { authorization: `Bearer ${newToken()}` })).status).toBe(404);
        const page = { host: NAME, origin: ORIGIN };
        // The socket of the page, and that of a legacy client.
        const client = new WireClient({ port: front }, newToken(), page);
        await client.join("Ada");
        expect(
          await client.command({ kind: "send_message", room: "lobby", text: "through it" }),
        ).toMatchObject({ events: [{}] });
        const old = new LegacyClient(`ws://127.0.0.1:${front}/ws/Bim`, { host: NAME });
        expect(await old.json()).toMatchObject({ type: "connection_established" });
        for (const socket of [client, old]) socket.close();
        const foreign = new WireClient({ port: front }, newToken(), {
          host: NAME,
          origin: "https://evil.example",
        });
        expect((await foreign.closed).code).toBe(4406);
        // The address that the client claims is ignored; the one that the proxy adds counts.
        expect((await get(front, "/api/v1/me", { "x-forwarded-for": "203.0.113.9" })).status).toBe(401);
        await stop(server);
        const lines = readFileSync(join(logs, "access.log"), "utf8").trim().split("\n");
        const asked = lines.map((line) => JSON.parse(line)).filter(({ route }) => route === "/api/v1/me");
        expect(asked.map(({ address }) => address)).toEqual(["127.0.0.2"]);
        // A server that is draining gets no more requests.
        await until(15_000, "the proxy answers that the server is gone", async () =>
          (await get(front, "/api/v1/server")).status >= 500 ? true : undefined,
        );
      },
      60_000,
    );
  },
);

/** Stops the server, so that its logs are written. */
async function stop(server: TestServer): Promise<void> {
  ends.splice(1, 1);
  await server.end();
}
