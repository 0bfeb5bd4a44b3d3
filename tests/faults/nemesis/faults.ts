import { existsSync, readFileSync } from "node:fs";
import { LOBBY, type Page } from "@parley/protocol";
import { pause, until } from "../../support/child-process.ts";
import { tokenOf } from "../../support/recording/recorded-client.ts";
import type { SmallDisk } from "../../support/small-disk.ts";
import type { World } from "../run/world.ts";

/** What is injected while the clients act. */
export type Nemesis = (world: World) => Promise<void>;

/** Between a restart and the next kill, in milliseconds: from a server without a client to a busy one. */
const ALIVE = [40, 900] as const;
/** How long the server stays dead, in milliseconds. */
const DEAD = [0, 250] as const;
/** A start takes about this long, in milliseconds: a kill within it hits opening, recovery, listening. */
const STARTING = [5, 120] as const;

/** kill -9 at random moments, as often as `cycles` says, each time on the same port and folder. */
export function kills(cycles: number): Nemesis {
  return async (world) => {
    const { random } = world;
    for (let cycle = 0; cycle < cycles; cycle++) {
      await pause(random.int(...ALIVE));
      if (random.chance(0.1)) {
        // An orderly restart must not become a fault.
        await world.stopServer();
        await world.startServer();
        await pause(random.int(...ALIVE));
      }
      await world.killServer();
      await pause(random.int(...DEAD));
      if (random.chance(0.2)) await world.startAndKillServer(random.int(...STARTING));
      await world.startServer();
      // Some clients reconnect by themselves, some because their network is back.
      if (random.chance(0.7)) await world.ask("wake");
    }
    await pause(500);
  };
}

/** Cables cut, stalled and left half open at random, for so many milliseconds, while the server lives. */
export function cables(ms: number): Nemesis {
  return async (world) => {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await pause(world.random.int(20, 200));
      const cable = world.random.pick(world.proxy?.cables ?? []);
      const luck = world.random.next();
      if (luck < 0.55) cable?.cut();
      else if (luck < 0.8) cable?.stall(world.random.int(50, 800));
      else if (luck < 0.9) cable?.halfOpen();
      // A user who returns to the page makes the client check a dead connection.
      else if (luck < 0.94) await world.ask("wake");
      else await outage(world);
    }
    world.proxy?.heal();
  };
}

/** All connections are cut at once, and new ones refused for a moment. */
async function outage(world: World): Promise<void> {
  const { proxy } = world;
  if (!proxy) return;
  proxy.isOpen = false;
  proxy.cutAll();
  await pause(world.random.int(50, 600));
  proxy.isOpen = true;
}

/** SIGTERM under load, as often as `cycles` says: what an upgrade does. */
export function restarts(cycles: number): Nemesis {
  return async (world) => {
    for (let cycle = 0; cycle < cycles; cycle++) {
      await pause(world.random.int(...ALIVE));
      await world.stopServer();
      await pause(world.random.int(...DEAD));
      await world.startServer();
    }
    await pause(500);
  };
}

/** kill -9 and a new start, so often, of a server with thousands of clients: all are cut and reconnect at once. */
export function storms(times: number): Nemesis {
  return async (world) => {
    for (let time = 0; time < times; time++) {
      await allClientsLive(world);
      await pause(2_000);
      await world.killServer();
      await world.startServer();
    }
    await allClientsLive(world);
  };
}

async function allClientsLive(world: World): Promise<void> {
  await until(120_000, "every client is live", async () => {
    const reports = (await world.ask("report", 60_000)).flat();
    return reports.every(({ isLive }) => isLive) || undefined;
  });
}

/** How long a disk stays full, and how long it may take until a command meets it. Milliseconds. */
const FULL = [300, 900] as const;
const FULL_WITHIN = 40_000;

/** The disk fills up and is cleared again, so often: writes are refused for now, reads go on. */
export function fullDisk(disk: SmallDisk, times: number): Nemesis {
  return async (world) => {
    for (let time = 0; time < times; time++) {
      await pause(world.random.int(...ALIVE));
      const before = faultsIn(world, "storage");
      disk.fill();
      await until(
        FULL_WITHIN,
        "a write meets the full disk",
        () => faultsIn(world, "storage") > before || undefined,
      );
      await readsGoOn(world);
      await pause(world.random.int(...FULL));
      await readsGoOn(world);
      disk.clear();
    }
    await pause(500);
  };
}

/** How often clients have received this fault so far. */
function faultsIn(world: World, code: string): number {
  const said = `"fault":{"code":"${code}"`;
  return world.records.reduce((count, path) => count + (readText(path).split(said).length - 1), 0);
}

async function readsGoOn(world: World): Promise<void> {
  const headers = { authorization: `Bearer ${tokenOf(world.seed, world.people[0] ?? "")}` };
  const answer = await fetch(`${world.url}/api/v1/rooms/${LOBBY}/messages`, { headers });
  const { messages } = (await answer.json()) as Page;
  if (!answer.ok || messages.length === 0)
    throw new Error(`a read on a full disk is answered ${answer.status}`);
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Only waits, milliseconds: for mutants. */
export function noFault(ms: number): Nemesis {
  return () => pause(ms);
}
