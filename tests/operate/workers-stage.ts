// Servers of two workers, as processes, and clients of both.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { freePort } from "../support/child-process.ts";
import { ServerProcess } from "../support/server-process.ts";
import { METRICS_TOKEN, WireClient } from "../support/test-server.ts";
import { Figures } from "./figures.ts";

const folders: string[] = [];
const servers: ServerProcess[] = [];

/** A folder that `endWorkers` removes. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parley-workers-"));
  folders.push(folder);
  return folder;
}

/** Ends all servers that were started here. */
export async function endWorkers(): Promise<void> {
  for (const server of servers.splice(0)) await server.kill();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export type Started = {
  readonly server: ServerProcess;
  readonly port: number;
  readonly dataDir: string;
  readonly folder: string;
};

/** Starts a server of two workers. */
export async function startWorkers(env: Record<string, string> = {}): Promise<Started> {
  const folder = newFolder();
  const [port, dataDir] = [await freePort(), join(folder, "data")];
  const server = await ServerProcess.start({
    port,
    dataDir,
    log: join(folder, "out"),
    env: { WORKERS: "2", METRICS_TOKEN, ...env },
  });
  servers.push(server);
  return { server, port, dataDir, folder };
}

/** Sockets of one worker that are signed in. */
export const live = (figures: Figures, worker: string) =>
  figures.get("parley_worker_connections", { worker, phase: "live" }) ?? 0;

/** Signs in, and resolves when all that is sent from now on reaches the client. */
export async function signIn(client: WireClient, name?: string): Promise<void> {
  await client.join(name);
  await client.next("feeds");
}

/** Clients that have joined, at least one at each worker. */
export async function clientsOfBoth({ server, port }: Started): Promise<WireClient[]> {
  const clients: WireClient[] = [];
  for (;;) {
    const client = new WireClient({ port });
    await signIn(client, `Guest ${clients.length}`);
    clients.push(client);
    if (clients.length === 1) await client.command({ kind: "join_room", room: LOBBY });
    const figures = await Figures.read(server.url);
    if (live(figures, "1") > 0 && live(figures, "2") > 0) return clients;
  }
}

export const say = (client: WireClient, text: string) =>
  client.command({ kind: "send_message", room: LOBBY, text });

/** Resolves when each of them has this message. */
export async function heard(clients: readonly WireClient[], text: string): Promise<void> {
  for (const client of clients)
    await client.event(LOBBY, (event) => event.kind === "message_sent" && event.text === text);
}

/** Lines of its log that are errors. */
export const errorsIn = ({ folder }: Started) =>
  readFileSync(join(folder, "out"), "utf8")
    .split("\n")
    .filter((line) => /"level":[56]0/.test(line));
