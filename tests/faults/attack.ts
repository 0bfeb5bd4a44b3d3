import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LIMITS, LOBBY } from "@parley/protocol";
import { readConfig } from "@parley/server/config/read.ts";
import { bun, Child, freePort, pause } from "../support/child-process.ts";
import { HealthyPair } from "../support/healthy-pair.ts";
import { root, ServerProcess } from "../support/server-process.ts";
import { newToken, WireClient } from "../support/test-server.ts";
import type { AttackJob, AttackReport } from "./attack-process.ts";
import { type ProcessStats, processStatsOf, settledProcessStats } from "./run/process-stats.ts";

export type AttackOptions = {
  readonly seed: number;
  /** How long each attack lasts. Milliseconds. */
  readonly ms: number;
  /** Settings of the server that are not the defaults, such as one that lifts a limit. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long the server has to give its memory back; not judged when 0. Milliseconds. */
  readonly settle: number;
};

/** What was measured, and the reasons why it is red: none if it is green. */
export type AttackOutcome = { readonly lines: readonly string[]; readonly red: readonly string[] };

/** An attack that was measured: the p99 of the honest pair in milliseconds, and what it consists of. */
type Attacked = {
  readonly name: string;
  readonly p99: number;
  readonly parts: Pick<AttackJob, "connections" | "deaf" | "http" | "ms">;
};

/** Lifts all limits: the attack must then be red. */
export const LIFTED = { RATE_LIMITS: "off" } as const;

/** The address of the attacker; the clients that are measured connect from 127.0.0.1. */
const ATTACKER = "127.0.0.66";
/** Long messages in the lobby before it begins. */
const PREPARED = 300;
/** Between two messages of one side of the honest pair: below the default rate. Milliseconds. */
const THINK = 120;
const QUIET = 3_000;
/** The honest pair's p99 may be so many times the one without an attack, which counts as 20 ms at least. */
const TIMES = 20;
const LEAST = 20;
/** Milliseconds; megabytes. */
const HEALTH_WITHIN = 2_000;
const MOST_MEMORY = 400;
const MEMORY_BEHIND = 150;
/** How far the bytes received may exceed the budgets: framing, and answers that had begun. */
const SLACK = 1.25;
/** Twice the frames may cost so many times the processor. */
const LINEAR = 4;
const FRAMES = 2_000;

/** Drives a server with default settings: a hostile guest attacks it by all reads, while an honest pair exchanges messages. */
export async function attack({ seed, ms, env, settle }: AttackOptions): Promise<AttackOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "parley-attack-"));
  const dataDir = join(folder, "data");
  const log = join(folder, "server.log");
  const port = await freePort();
  const lines: string[] = [];
  const red: string[] = [];
  const token = await prepared({ port, dataDir, log });
  const server = await ServerProcess.start({
    ...{ port, dataDir, log },
    env: { RATE_LIMITS: "on", LOG_LEVEL: "warn", ...env },
  });
  try {
    const { readRate, readBurst } = readConfig([], {});
    const job = { port, from: ATTACKER, token, seed };
    const one = { connections: 1, deaf: false, http: false, ms };
    const ten = { connections: 10, deaf: true, http: true, ms };
    /**
     * The p99 of the honest pair without an attack, while the attacker's process is as busy as in the larger one. Taken before
     * and after, because the machine may have other work.
     */
    const quiet = async () => {
      const pair = await HealthyPair.start({ port }, THINK);
      await underAttack({ ...job, ...ten, ms: Math.max(QUIET, ms), decoy: true });
      return (await pair.end()).p99;
    };
    const before = await quiet();
    lines.push(`without an attack: p99 ${before.toFixed(1)} ms, ${processStatsOf(server.pid).memory} MB`);
    const attacked: Attacked[] = [];
    const under = async (name: string, parts: typeof one, share: number): Promise<void> => {
      const { report, p99, health, worst, refused } = await watched(server, { ...job, ...parts });
      const megabytes = report.bytes / 1_048_576;
      const seconds = parts.ms / 1_000;
      // Kilobytes, and a page for each connection that had begun.
      const allowed = (SLACK * share * (readBurst + readRate * seconds) + 256 * parts.connections) / 1_024;
      lines.push(
        `${name}: ${report.frames} frames, ${report.requests} requests ${JSON.stringify(report.statuses)}, ${report.reopened} connections, ` +
          `received ${megabytes.toFixed(0)} of at most ${allowed.toFixed(0)} MB; ` +
          `honest p99 ${p99.toFixed(1)} ms, /healthz at worst ${health.toFixed(0)} ms, ${worst.memory} MB at worst`,
      );
      attacked.push({ name, p99, parts });
      if (health > HEALTH_WITHIN) red.push(`${name}: /healthz took ${health.toFixed(0)} ms`);
      if (worst.memory > MOST_MEMORY) red.push(`${name}: the server held ${worst.memory} MB`);
      if (megabytes > allowed) red.push(`${name}: the attacker received ${megabytes.toFixed(0)} MB`);
      if (refused.length > 0) red.push(`${name}: other clients were refused: ${refused.join(", ")}`);
      // Without frames: its connections are refused, because the budget of its user is still used up by what it sent before.
      if (report.frames + report.requests === 0) red.push(`${name}: the attacker sent nothing`);
    };
    await under("one connection", one, 1);
    const once = await cost(server, { ...job, ...one, ms: 30_000, frames: FRAMES });
    const twice = await cost(server, { ...job, ...one, ms: 30_000, frames: 2 * FRAMES });
    lines.push(`${FRAMES} frames cost ${once} ms of the processor, ${2 * FRAMES} cost ${twice} ms`);
    if (twice > LINEAR * Math.max(50, once))
      red.push(`twice the frames cost ${twice} ms, not twice ${once} ms`);
    await under("ten connections and HTTP", ten, 8);
    const below: ProcessStats = { memory: MEMORY_BEHIND, descriptors: Number.POSITIVE_INFINITY };
    const after = await settledProcessStats(server.pid, below, settle);
    lines.push(
      `afterwards: ${after.memory} MB${settle === 0 ? " at once; the long form waits a minute" : ""}`,
    );
    if (settle > 0 && after.memory > MEMORY_BEHIND) red.push(`${after.memory} MB were not released`);
    const usual = Math.max(before, await quiet());
    const most = TIMES * Math.max(LEAST, usual);
    lines.push(`without an attack, before and after: p99 ${usual.toFixed(1)} ms`);
    for (const { name, p99, parts } of attacked.filter((one) => one.p99 > most)) {
      // A machine that stops for a second makes one p99 high, an attack that succeeds makes each one high.
      const again = await watched(server, { ...job, ...parts });
      lines.push(`${name}, repeated: honest p99 ${again.p99.toFixed(1)} ms`);
      if (again.p99 <= most) continue;
      const both = `${p99.toFixed(0)} and ${again.p99.toFixed(0)} ms`;
      red.push(`${name}: the honest pair's p99 was ${both}, above ${most.toFixed(0)}`);
    }
    const errors = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line.includes('"level":50'));
    if (errors.length > 0) red.push(`the server logged errors: ${errors[0]}`);
  } catch (error) {
    red.push(String(error));
  } finally {
    await server.stop();
    if (red.length === 0) rmSync(folder, { recursive: true, force: true });
    else lines.push(`data and log are in ${folder}`);
  }
  return { lines, red };
}

/** A store whose lobby holds long messages of the attacker; returns its token. */
async function prepared(where: { port: number; dataDir: string; log: string }): Promise<string> {
  const server = await ServerProcess.start(where);
  try {
    const token = newToken();
    const client = new WireClient(where, token);
    await client.join("Mallory");
    const text = "🦜 a ".repeat(LIMITS.text / 4);
    for (let count = 0; count < PREPARED; count += 20) {
      const sends = Array.from({ length: 20 }, () =>
        client.command({ kind: "send_message", room: LOBBY, text }),
      );
      for (const answer of await Promise.all(sends)) if ("code" in answer) throw new Error(answer.code);
      client.frames.length = 0;
    }
    client.close();
    return token;
  } finally {
    await server.stop();
  }
}

async function watched(server: ServerProcess, job: AttackJob) {
  const pair = await HealthyPair.start({ port: job.port }, THINK);
  let worst = processStatsOf(server.pid);
  let health = 0;
  const refused: string[] = [];
  let watching = true;
  const paths = ["/healthz", "/healthz", "/healthz", "/api/chat/rooms/lobby/messages?limit=20", "/users"];
  const look = (async () => {
    for (let count = 0; watching; count++) {
      const path = paths[count % paths.length] ?? "/healthz";
      const began = performance.now();
      const status = await statusOf(job.port, path);
      if (path === "/healthz") health = Math.max(health, performance.now() - began);
      if (status !== 200) refused.push(`${path} ${status}`);
      const { memory, descriptors } = processStatsOf(server.pid);
      worst = {
        memory: Math.max(worst.memory, memory),
        descriptors: Math.max(worst.descriptors, descriptors),
      };
      await pause(50);
    }
  })();
  try {
    const report = await underAttack(job);
    const { p99 } = await pair.end();
    return { report, p99, health, worst, refused };
  } finally {
    watching = false;
    await look;
  }
}

/** Milliseconds of the processor that the server took for an attack. */
async function cost(server: ServerProcess, job: AttackJob): Promise<number> {
  const before = processorMs(server.pid);
  await underAttack(job);
  return processorMs(server.pid) - before;
}

async function underAttack(job: AttackJob): Promise<AttackReport> {
  const file = join(root, "tests/faults/attack-process.ts");
  const child = new Child({ command: [bun, "--no-orphans", file, JSON.stringify(job)] });
  try {
    return await child.line("what it did", job.ms + 30_000, (line) =>
      line.startsWith("{") ? (JSON.parse(line) as AttackReport) : undefined,
    );
  } finally {
    await child.kill();
  }
}

/** User and system time of all threads: clock ticks of 10 ms. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = request({ port, host: "127.0.0.1", path, agent: false, timeout: 20_000 }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(0));
    asked.end();
  });
}
