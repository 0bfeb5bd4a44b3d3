import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { until } from "../support/child-process.ts";
import { start } from "../support/cli.ts";
import { WireClient } from "../support/test-server.ts";
import { gatewayProcesses, storeProcess, workerProcesses } from "../support/worker-processes.ts";
import { Figures } from "./figures.ts";
import {
  clientsOfBoth,
  endWorkers,
  errorsIn,
  heard,
  live,
  newFolder,
  say,
  signIn,
  startWorkers,
} from "./workers-stage.ts";

afterEach(endWorkers);

describe("--workers", () => {
  test("P2 two workers are one chat, their metrics add up, and an orderly end leaves nothing", async () => {
    const logs = newFolder();
    const started = await startWorkers({ LOG_DIR: logs });
    const { server, dataDir } = started;
    const clients = await clientsOfBoth(started);
    for (const [index, client] of clients.entries()) await say(client, `${index}`);
    for (const [index] of clients.entries()) await heard(clients, `${index}`);
    const figures = await Figures.read(server.url);
    const count = (worker: string) =>
      figures.get("parley_worker_commands_total", { worker, kind: "send_message", outcome: "ok" }) ?? 0;
    expect(count("1") + count("2")).toBe(clients.length);
    expect(figures.get("parley_commands_total", { kind: "send_message", outcome: "ok" })).toBe(
      clients.length,
    );
    expect(figures.get("parley_connections", { phase: "live" })).toBe(clients.length);
    expect(figures.get("parley_ready")).toBe(1);
    for (const worker of ["store", "1", "2"]) expect(figures.get("parley_worker_up", { worker })).toBe(1);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    const pids = workerProcesses(server.pid).map(({ pid }) => pid);
    expect(pids).toHaveLength(3);
    expect(await server.stop()).toBe(true);
    for (const client of clients) expect((await client.closed).code).toBe(1012);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(existsSync(join(dataDir, "parley.db.sock"))).toBe(false);
    expect(errorsIn(started)).toEqual([]);
    const lines = readFileSync(join(logs, "access.log"), "utf8").trim().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty("worker");
  });

  test("kill -9 of one worker ends its sockets only, and another takes its place", async () => {
    const started = await startWorkers();
    const { server, port } = started;
    const clients = await clientsOfBoth(started);
    const [first] = gatewayProcesses(server.pid);
    const closed = new Set<WireClient>();
    for (const client of clients) void client.closed.then(() => closed.add(client));
    const before = live(await Figures.read(server.url), first?.role.name ?? "");
    process.kill(first?.pid ?? 0, "SIGKILL");
    await until(10_000, "its sockets are closed", () => closed.size === before || undefined);
    const others = clients.filter((client) => !closed.has(client));
    expect(others.length).toBe(clients.length - before);
    for (const client of others) await say(client, "still here");
    await heard(others, "still here");
    await until(10_000, "it is started again", async () => {
      const figures = await Figures.read(server.url);
      const worker = first?.role.name ?? "";
      return (
        (figures.get("parley_worker_up", { worker }) === 1 &&
          figures.get("parley_worker_restarts_total", { worker }) === 1) ||
        undefined
      );
    });
    const late = new WireClient({ port });
    await signIn(late, "Late");
    await say(others[0] as WireClient, "for all");
    await heard([late], "for all");
  });

  test("P1 kill -9 of the store process: no socket ends, and what is sent meanwhile is acknowledged afterwards", async () => {
    const started = await startWorkers();
    const clients = await clientsOfBoth(started);
    for (let cycle = 0; cycle < 3; cycle++) {
      const store = storeProcess(started.server.pid);
      process.kill(store?.pid ?? 0, "SIGKILL");
      const answers = await Promise.all(clients.map((client, n) => say(client, `${cycle} ${n}`)));
      for (const answer of answers) expect(answer).toHaveProperty("events");
    }
    for (const [n] of clients.entries()) await heard(clients, `2 ${n}`);
    const texts = clients.map((client) =>
      client.events(LOBBY).flatMap((event) => (event.kind === "message_sent" ? [event.text] : [])),
    );
    // Once each, and in one order for all who were there from the start.
    expect(new Set(texts[0]).size).toBe(texts[0]?.length as number);
    for (const one of texts) expect(texts[0]?.slice(-one.length)).toEqual(one);
  });

  test("SIGUSR2 replaces one worker after the other, and no connection is refused", async () => {
    const started = await startWorkers();
    const { server, port } = started;
    const clients = await clientsOfBoth(started);
    const before = workerProcesses(server.pid).map(({ pid }) => pid);
    let isDone = false;
    let connected = 0;
    const connecting = (async () => {
      for (; !isDone; connected++) {
        const answer = await fetch(`${server.url}/readyz`, { headers: { connection: "close" } });
        // While the store process is replaced, on a machine so busy that this takes more than 2 s, /readyz reports just that.
        const said = (await answer.json()) as { ready: boolean; why?: string };
        if (answer.status !== 200) expect(said).toEqual({ ready: false, why: "store" });
      }
    })();
    process.kill(server.pid, "SIGUSR2");
    await until(20_000, "all are replaced", () => {
      const now = workerProcesses(server.pid).map(({ pid }) => pid);
      return (now.length === 3 && now.every((pid) => !before.includes(pid))) || undefined;
    });
    isDone = true;
    await connecting;
    expect(connected).toBeGreaterThan(10);
    for (const client of clients) expect((await client.closed).code).toBe(1012);
    const late = new WireClient({ port });
    await signIn(late, "Late");
    expect(await say(late, "after")).toHaveProperty("events");
    expect(errorsIn(started)).toEqual([]);
  });

  test("kill -9 of the supervisor ends all its processes", async () => {
    const { server } = await startWorkers();
    const pids = workerProcesses(server.pid).map(({ pid }) => pid);
    expect(pids).toHaveLength(3);
    await server.kill();
    await until(10_000, "none is left", () =>
      pids.some((pid) => existsSync(`/proc/${pid}`)) ? undefined : true,
    );
  });

  test.each(["0", "-1", "1000", "129", "two", "1.5", ""])("WORKERS=%s is refused", async (value) => {
    const said = await start(["--data-dir", join(newFolder(), "data")], { env: { WORKERS: value } });
    expect(said.err).toContain(
      `WORKERS (--workers) takes auto or a whole number from 1 to 128, not "${value}".`,
    );
    expect(said.code).toBe(2);
  });

  test("a second server does not take half of the connections of the first", async () => {
    const { port } = await startWorkers();
    const args = ["--workers", "2", "--port", String(port), "--host", "127.0.0.1"];
    const said = await start([...args, "--data-dir", join(newFolder(), "data")]);
    expect(said.err).toContain("Another program uses that port.");
    expect(said.code).toBe(1);
  });

  test("a store that cannot be opened ends the start with its reason", async () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    const said = await start(["--workers", "2", "--port", "0", "--data-dir", file]);
    expect(said.err).toMatch(/^Parley could not start: There is a file where a folder is needed[^\n]*\n$/);
    expect(said.code).toBe(1);
  });

  test("a path that no socket can have is refused", async () => {
    const said = await start(["--workers", "2", "--port", "0", "--data-dir", `/tmp/${"d".repeat(120)}`]);
    expect(said.err).toContain("the path of DATA_DIR may have 85 bytes");
    expect(said.code).toBe(1);
  });
});
