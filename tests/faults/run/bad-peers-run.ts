import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../support/child-process.ts";
import { ServerProcess } from "../../support/server-process.ts";
import type { BadPeerKind } from "../nemesis/bad-peers.ts";
import { type BadPeersReport, runBadPeers, SLACK } from "./bad-peers.ts";

/** Of those that cost the server most, a part of what is asked for. */
const SHARES: { readonly [name in BadPeerKind]: number } = {
  silent: 1,
  slowHeads: 0.4,
  slowBodies: 0.2,
  deaf: 0.01,
  swallowed: 0.1,
  churn: 1,
  garbage: 10,
};

/** Each kind by itself, twice: the second run must not add to what the first leaves behind. True if all was released. */
export async function badPeersRun(count: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "parley-bad-peers-"));
  const port = await freePort();
  const env = {
    MAX_UNAUTHENTICATED: String(2 * count),
    MAX_CONNECTIONS: String(4 * count),
    LOG_LEVEL: "warn",
  };
  const log = join(folder, "server.log");
  const server = await ServerProcess.start({ port, dataDir: join(folder, "data"), log, env });
  let isGreen = true;
  console.log(
    "kind        peers  seconds  p99 before  during (ms)  memory before  worst  after (MB)  descriptors  ends",
  );
  try {
    for (const [name, share] of Object.entries(SHARES) as [BadPeerKind, number][]) {
      const peers = Math.max(5, Math.round(count * share));
      for (let round = 0; round < 2; round++) {
        const sickness = await runBadPeers({ port, pid: server.pid }, { [name]: peers }, 5_000);
        console.log(lineOf(name, peers, sickness));
        if (round === 1) isGreen = isHealthy(sickness) && isGreen;
      }
    }
    if (readFileSync(log, "utf8").includes('"level":50')) {
      console.log(`RED: the server met errors, see ${log}`);
      return false;
    }
  } finally {
    await server.stop();
  }
  console.log(isGreen ? "GREEN: all was given back." : "RED: something stayed behind.");
  if (isGreen) rmSync(folder, { recursive: true, force: true });
  return isGreen;
}

function isHealthy({ stats: { before, after } }: BadPeersReport): boolean {
  return (
    after.descriptors <= before.descriptors + SLACK.descriptors &&
    after.memory <= before.memory + SLACK.memory / 2
  );
}

function lineOf(name: string, peers: number, { ends, p99, stats, seconds }: BadPeersReport): string {
  const { before, worst, after } = stats;
  const columns: [text: string | number, width: number][] = [
    [peers, 7],
    [seconds, 9],
    [p99.before.toFixed(1), 12],
    [p99.during.toFixed(1), 13],
    [before.memory, 15],
    [worst.memory, 7],
    [after.memory, 12],
    [`${before.descriptors} ${worst.descriptors} ${after.descriptors}`, 13],
  ];
  const numbers = columns.map(([text, width]) => String(text).padStart(width)).join("");
  return `${name.padEnd(10)}${numbers}  ${JSON.stringify(ends[name])}`;
}
