import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { readConfig } from "@parley/server/config/read.ts";
import { LogFile } from "@parley/server/observe/log-file.ts";
import { freePort, until } from "../support/child-process.ts";
import { root, ServerProcess } from "../support/server-process.ts";
import {
  newNonce,
  newToken,
  SocketWithHeaders,
  startTestServer,
  WireClient,
} from "../support/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-logs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
let here = "";
beforeEach(() => {
  here = join(folder, String(++made));
  mkdirSync(join(here, "data"), { recursive: true });
});

type Line = { readonly [field: string]: unknown };

function linesOf(name: string, logs = join(here, "logs")): Line[] {
  const text = existsSync(join(logs, name)) ? readFileSync(join(logs, name), "utf8") : "";
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

async function serving(env: Record<string, string> = {}) {
  const port = await freePort();
  const log = join(here, "terminal.log");
  const server = await ServerProcess.start({
    port,
    dataDir: join(here, "data"),
    log,
    env: { LOG_DIR: join(here, "logs"), ...env },
  });
  return { server, port, url: `http://127.0.0.1:${port}` };
}

/** A legacy client. */
async function walkIn(port: number, path: string) {
  const socket = new SocketWithHeaders(`ws://127.0.0.1:${port}${path}`, {});
  const received: string[] = [];
  socket.addEventListener("message", ({ data }) => void received.push(String(data)));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error(`${path} did not open`)));
  });
  const receives = (text: string) =>
    until(10_000, text, () => received.some((frame) => frame.includes(text)) || undefined);
  const close = async (code: number, reason: string) => {
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.close(code, reason);
    await closed;
  };
  return { socket, receives, close };
}

/** Uses every protocol with every kind of secret. Returns the secrets and the message texts. */
async function converse({ port, url }: { port: number; url: string }, metricsToken: string) {
  const secrets = { ann: newToken(), bob: newToken(), unknown: newToken(), key: `key-${newNonce()}` };
  const words = ["heliotrope", "marzipan", "zucchini", "quagmire", "ombudsman", "parsnip"] as const;
  const ids: string[] = [];
  const ask = async (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) => {
    const response = await fetch(url + path, init);
    ids.push(response.headers.get("x-request-id") ?? "");
    return { status: response.status, text: await response.text() };
  };
  const json = { "content-type": "application/json" };
  const ann = new WireClient({ port }, secrets.ann);
  const { session, user } = await ann.join("Ann");
  await ann.command({ kind: "send_message", room: LOBBY, text: words[0] });
  await ann.command({ kind: "send_message", room: newNonce(), text: words[1] });
  await ann.send(`{"type":"command","text":"${words[2]}"`);
  await ann.settled();

  const guest = await ask("/api/v1/guests", {
    method: "POST",
    body: JSON.stringify({ name: "Bob", token: secrets.bob }),
    headers: json,
  });
  const bearer = { authorization: `Bearer ${secrets.bob}` };
  const sent = await ask(`/api/v1/rooms/${LOBBY}/messages`, {
    method: "POST",
    body: JSON.stringify({ text: words[3] }),
    headers: { ...json, ...bearer, "idempotency-key": secrets.key },
  });
  expect([guest.status, sent.status]).toEqual([201, 201]);
  await ask(`/api/v1/search?query=${words[4]}&limit=5`, { headers: bearer });
  await ask("/api/v1/me", { headers: { authorization: `Bearer ${secrets.unknown}` } });
  await ask(`/api/v1/me?token=${secrets.unknown}`);
  await ask("/metrics", { headers: { authorization: `Bearer ${metricsToken}` } });
  await ask("/metrics", { headers: { authorization: `Bearer ${secrets.unknown}` } });
  await ask(`/no/such/${words[4]}`);

  const room = await ask("/api/chat/rooms", { method: "POST", body: '{"name":"Kitchen"}', headers: json });
  const { id } = JSON.parse(room.text);
  await ask(`/api/chat/rooms/${id}/messages?limit=5`);
  await ask("/users");
  for (const path of ["/ws/Ada", "/ws/Kitchen?username=Bim", `/ws/chat/${id}?username=Cleo`]) {
    const legacyClient = await walkIn(port, path);
    legacyClient.socket.send(JSON.stringify({ type: "message", content: words[5] }));
    await legacyClient.receives(words[5]);
    await legacyClient.close(4000, "goodbye");
  }
  ann.close();
  await ann.closed;
  return { session, user, id, ids, sent, secrets: [...Object.values(secrets), metricsToken], words };
}

describe("a conversation over all protocols", () => {
  test("is logged line by line, joined by ids, without tokens and message text", async () => {
    const metricsToken = newToken();
    const stage = await serving({ METRICS_TOKEN: metricsToken, LOG_LEVEL: "debug" });
    let talk: Awaited<ReturnType<typeof converse>>;
    try {
      talk = await converse(stage, metricsToken);
    } finally {
      await stage.server.stop();
    }
    const { session, user, id, ids, sent, secrets, words } = talk;
    for (const name of [...readdirSync(join(here, "logs")), "../terminal.log"]) {
      const text = readFileSync(join(here, "logs", name), "utf8");
      for (const secret of [...secrets, ...words]) expect(text).not.toContain(secret);
    }

    const access = linesOf("access.log");
    for (const each of ids) expect(access.filter(({ request }) => request === each)).toHaveLength(1);
    const routes = access.map(({ method, route, status }) => `${method} ${route} ${status}`);
    for (const route of [
      "POST /api/v1/guests 201",
      "POST /api/v1/rooms/:room/messages 201",
      "GET /api/v1/search 200",
      "GET /api/v1/me 401",
      "GET /metrics 200",
      "GET /metrics 401",
      "GET other 404",
      "POST /api/chat/rooms 201",
      "GET /api/chat/rooms/:room/messages 200",
      "GET /users 200",
    ])
      expect(routes).toContain(route);
    const posted = access.find(
      ({ route, method }) => method === "POST" && String(route).endsWith("/messages"),
    );
    expect(posted).toMatchObject({
      address: "127.0.0.1",
      bytes: Buffer.byteLength(sent.text),
      ms: expect.any(Number),
      user: expect.stringMatching(/^[0-9a-f-]{36}$/),
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(posted).not.toHaveProperty("query");

    const sockets = linesOf("websocket.log");
    const own = sockets.filter((line) => line.session === session);
    expect(own.map(({ msg }) => msg)).toEqual(["connected", "command", "command", "refused", "closed"]);
    expect(own[0]).toMatchObject({ wire: "native", user: user.id, name: "Ann", address: "127.0.0.1" });
    expect(own[1]).toMatchObject({
      kind: "send_message",
      room: LOBBY,
      outcome: "ok",
      seq: expect.any(Number),
    });
    expect(own[2]).toMatchObject({ kind: "send_message", outcome: "no_such_room" });
    expect(own[3]).toMatchObject({ outcome: "bad_frame" });
    expect(own[4]).toMatchObject({ user: user.id, code: expect.any(Number), address: "127.0.0.1" });
    for (const name of ["Ada", "Bim", "Cleo"]) {
      const came = sockets.find((line) => line.name === name);
      const rest = sockets.filter((line) => line.session === came?.session).slice(1);
      expect(came).toMatchObject({ msg: "connected", room: name === "Ada" ? LOBBY : id });
      expect(rest.map(({ msg, outcome, code, reason }) => [msg, outcome ?? `${code} ${reason}`])).toEqual([
        ["command", "ok"],
        ["closed", "4000 goodbye"],
      ]);
    }
    expect(new Set(sockets.map(({ wire }) => wire).filter(Boolean)).size).toBe(4);
    expect(linesOf("error.log")).toEqual([]);
  }, 30_000);

  test("is logged with message text when LOG_TEXT is on", async () => {
    const stage = await serving({ LOG_TEXT: "on" });
    try {
      const ann = new WireClient(stage);
      await ann.join("Ann");
      await ann.command({ kind: "send_message", room: LOBBY, text: 'say "tea"\nor not' });
      ann.close();
      await ann.closed;
    } finally {
      await stage.server.stop();
    }
    expect(linesOf("websocket.log").find(({ msg }) => msg === "command")).toMatchObject({
      text: 'say "tea"\nor not',
    });
    expect(readFileSync(join(here, "terminal.log"), "utf8")).not.toContain("tea");
  });
});

describe("logs that cannot be written", () => {
  test.each([
    ["a file is in their place", () => writeFileSync(join(here, "logs"), "")],
    [
      "the disk is full",
      () => {
        mkdirSync(join(here, "logs"));
        for (const name of ["access", "error", "websocket"])
          symlinkSync("/dev/full", join(here, "logs", `${name}.log`));
      },
    ],
  ])("%s: it is said once, and the server goes on", async (_, spoil) => {
    spoil();
    const stage = await serving();
    try {
      const ann = new WireClient(stage);
      await ann.join("Ann");
      for (let i = 0; i < 400; i++) {
        const answer = ann.command({ kind: "send_message", room: LOBBY, text: `message ${i}` });
        if (i === 399) expect(await answer).toMatchObject({ events: [{ feed: LOBBY }] });
      }
      expect((await fetch(`${stage.url}/healthz`)).status).toBe(200);
      ann.close();
      await ann.closed;
    } finally {
      expect(await stage.server.stop()).toBe(true);
    }
    const said = readFileSync(join(here, "terminal.log"), "utf8");
    expect(said.split("the log files cannot be written")).toHaveLength(2);
  });
});

describe("a log file", () => {
  const path = () => join(here, "logs", "x.log");
  const open = (
    files: number,
    onError: (error: unknown) => void = (error) => {
      throw error;
    },
  ) => new LogFile({ path: path(), maxBytes: 1_000, files, onError });
  const line = (i: number) => `{"line":${String(i).padStart(4, "0")},"text":"${"x".repeat(60)}"}\n`;

  test("is rotated by size, keeps the set number of files, and is continued after a restart", async () => {
    for (const from of [0, 20]) {
      const file = open(3);
      for (let i = from; i < from + 20; i++) {
        file.write(line(i));
        file.flushSync();
      }
      await file.close();
    }
    expect(readdirSync(join(here, "logs")).sort()).toEqual(["x.log", "x.log.1", "x.log.2"]);
    const texts = ["x.log.2", "x.log.1", "x.log"].map((name) =>
      readFileSync(join(here, "logs", name), "utf8"),
    );
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(1_000);
    const kept = texts.join("");
    // The newest lines without a gap, as many as fit.
    const first = 40 - kept.length / line(0).length;
    expect(kept).toBe(Array.from({ length: 40 - first }, (_, i) => line(first + i)).join(""));
    expect(kept.length).toBeGreaterThan(2_000);
  });

  test("that is the only one is replaced", async () => {
    const file = open(1);
    for (let i = 0; i < 30; i++) {
      file.write(line(i));
      file.flushSync();
    }
    await file.close();
    expect(readdirSync(join(here, "logs"))).toEqual(["x.log"]);
    expect(readFileSync(path(), "utf8")).toEndWith(line(29));
  });

  test("keeps the order of many lines during a write", async () => {
    const file = new LogFile({
      path: path(),
      maxBytes: 1 << 20,
      files: 9,
      onError: (error) => {
        throw error;
      },
    });
    for (let i = 0; i < 40_000; i++) {
      file.write(line(i));
      if (i % 5_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await file.close();
    const names = readdirSync(join(here, "logs")).sort((a, b) => b.localeCompare(a));
    const all = names.map((name) => readFileSync(join(here, "logs", name), "utf8")).join("");
    expect(all).toBe(Array.from({ length: 40_000 }, (_, i) => line(i)).join(""));
    expect(names.length).toBeGreaterThan(2);
  });

  test("is written after one second", async () => {
    const file = open(2);
    file.write(line(1));
    await until(
      10_000,
      "the line",
      () => (existsSync(path()) && readFileSync(path(), "utf8") === line(1)) || undefined,
    );
    await file.close();
  });

  test("contains the last lines before a process exits unexpectedly", () => {
    const script = `import { LogFile } from ${JSON.stringify(join(root, "server/src/observe/log-file.ts"))};
      const file = new LogFile({ path: ${JSON.stringify(path())}, maxBytes: 1e6, files: 2, complain() {} });
      process.on("exit", () => file.flushSync());
      file.write("last words\\n");
      process.exit(1);`;
    expect(spawnSync(process.execPath, ["-e", script]).status).toBe(1);
    expect(readFileSync(path(), "utf8")).toBe("last words\n");
  });
});

describe("destinations of logs", () => {
  test("silent writes no files, unless LOG_DIR is set; off writes none", () => {
    const dir = (args: string[], env = {}) => readConfig(args, env).logDir;
    expect(dir([])).toBe("./logs");
    expect(dir(["--log-level", "silent"])).toBe(null);
    expect(dir(["--log-level", "silent", "--log-dir", "x"])).toBe("x");
    expect(dir(["--log-level", "silent"], { LOG_DIR: "y" })).toBe("y");
    expect(dir([], { LOG_DIR: "off" })).toBe(null);
  });

  test("a failed request is in error.log and in access.log, also when the terminal is silent", async () => {
    const logs = join(here, "logs");
    const broken = () => Promise.reject(new Error("the store is on fire"));
    const server = await startTestServer(["--log-dir", logs], {
      store: (real) => ({ ...real, page: broken }),
    });
    try {
      const ann = new WireClient(server);
      await ann.join("Ann");
      const headers = { authorization: `Bearer ${ann.token}` };
      const response = await fetch(`${server.url}/api/v1/rooms/${LOBBY}/messages`, { headers });
      expect(response.status).toBe(500);
      ann.close();
      await ann.closed;
      await server.stop();
      const request = response.headers.get("x-request-id");
      expect(linesOf("error.log")).toMatchObject([
        { request, level: 50, error: { message: "the store is on fire" } },
        { request, level: 40, status: 500 },
      ]);
      expect(linesOf("access.log").filter((line) => line.request === request)).toMatchObject([
        { status: 500 },
      ]);
    } finally {
      await server.end();
    }
  });
});

test("a response is the same whether it is logged or not, including its type", async () => {
  const kinds = ["/nothing", "/healthz", "/api/v1/nothing", "/api/chat/rooms", "/users"];
  const answers = async (flags: string[]) => {
    const server = await startTestServer(flags);
    try {
      const found = [];
      for (const path of kinds) {
        const answer = await fetch(server.url + path);
        found.push([path, answer.status, answer.headers.get("content-type")]);
      }
      return found;
    } finally {
      await server.end();
    }
  };
  const logged = await answers(["--log-dir", join(here, "logs")]);
  expect(logged).toEqual(await answers([]));
  expect(logged[0]).toEqual(["/nothing", 404, expect.stringMatching(/^text\/plain/)]);
});
