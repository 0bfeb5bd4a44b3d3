import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS, LOBBY } from "@parley/protocol";
import { RestClient } from "../support/rest-client.ts";
import { ServerProcess } from "../support/server-process.ts";
import { testServers } from "../support/test-servers.ts";

const { serverWith } = testServers("--rate-limits", "on");
/** Connections that an address may keep between requests. */
const KEPT = 256;
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function open(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  sockets.push(socket);
  return socket;
}

/** The head of the answer to a request over an open connection. */
function ask(socket: Socket, path: string): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", (data) => resolve(data.toString("latin1")));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  });
}

test("LM-17 an address keeps 256 HTTP connections open; a further one is answered and closed, and so is an idle one", async () => {
  const server = await serverWith("--request-timeout", "5");
  const kept: Socket[] = [];
  for (let count = 0; count < KEPT; count++) {
    const socket = open(server.port);
    expect(await ask(socket, "/healthz")).not.toMatch(/connection: close/i);
    kept.push(socket);
  }
  for (let count = 0; count < 3; count++) {
    const further = open(server.port);
    const ended = new Promise<void>((resolve) => further.once("end", resolve));
    const answer = await ask(further, "/healthz");
    expect(answer).toStartWith("HTTP/1.1 200");
    expect(answer).toMatch(/connection: close/i);
    await ended;
  }
  // Those that are kept go on.
  expect(await ask(kept[0] as Socket, "/healthz")).not.toMatch(/connection: close/i);
  // One without a request is not counted; the runtime ends it.
  const silent = open(server.port);
  await Promise.all(
    [silent, ...kept].map((socket) => new Promise<void>((r) => socket.once("close", () => r()))),
  );
  expect(await ask(open(server.port), "/healthz")).not.toMatch(/connection: close/i);
}, 60_000);

/** The setting: an address may have a quarter of it on its way. Megabytes. */
const IN_FLIGHT = 16;
/** Without a bound an answer would have 10 MB: the system takes 4 MB of it, the rest would be in the server. */
const DEAF = 60;

/** The memory of a process. Megabytes. */
const memoryOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

/** A request of another address of this machine. */
function elsewhere(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, path, localAddress: "127.0.0.2", agent: false },
      (answer: IncomingMessage) => {
        answer.resume();
        answer.once("end", () => resolve(answer.statusCode ?? 0));
      },
    );
    sent.once("error", reject);
    sent.end();
  });
}

/** The status of the answer that waits in a socket. */
function statusOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", (data) => resolve(data.toString("latin1", 9, 12)));
    socket.resume();
  });
}

test("HT-9 clients that never read their answers hold a bounded amount of memory, and another address is served", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-deaf-"));
  const server = await ServerProcess.start({
    port: 0,
    dataDir: join(folder, "data"),
    log: join(folder, "server.log"),
    env: {
      RATE_LIMITS: "on",
      MAX_IN_FLIGHT: String(IN_FLIGHT),
      // Only the bounds of one answer and of what is on its way are left.
      ...{ READ_RATE: "10000000", READ_BURST: "10000000", MESSAGE_RATE: "1000", MESSAGE_BURST: "1000" },
    },
  });
  try {
    const ada = await RestClient.guest(server, "Ada");
    const text = "🦜".repeat(LIMITS.text);
    for (let count = 0; count < 300; count++) await ada.says(LOBBY, text);
    const port = Number(new URL(server.url).port);
    const path = `/api/chat/rooms/${LOBBY}/messages`;
    expect(await elsewhere(port, path)).toBe(200);
    const before = memoryOf(server.pid);
    const read = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const deaf = Array.from({ length: DEAF }, () => open(port).pause());
    for (const socket of deaf) socket.write(read);
    let most = before;
    for (let count = 0; count < 100; count++) {
      expect(await elsewhere(port, count % 2 ? "/healthz" : path)).toBe(200);
      most = Math.max(most, memoryOf(server.pid));
    }
    expect(most - before).toBeLessThan(100);
    // When they read at last, each has an answer, or is refused because too many were on their way; nothing stays counted.
    for (const status of await Promise.all(deaf.map(statusOf))) expect(["200", "429"]).toContain(status);
    expect(await ask(open(port), path)).toStartWith("HTTP/1.1 200");
  } finally {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
