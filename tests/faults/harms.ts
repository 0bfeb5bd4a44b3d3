import { pause } from "./children.ts";
import type { World } from "./world.ts";

/** Between a restart and the next kill, in milliseconds: from a start that was never talked to, to a busy server. */
const ALIVE = [40, 900] as const;
/** How long the server stays dead, in milliseconds. */
const DEAD = [0, 250] as const;
/** A start takes about this long, in milliseconds: a kill within it hits opening, recovery, listening. */
const STARTING = [5, 120] as const;

/** kill -9 at random moments, as often as `cycles` says, each time on the same port and folder. */
export function kills(cycles: number): (world: World) => Promise<void> {
  return async (world) => {
    const { random } = world;
    for (let cycle = 0; cycle < cycles; cycle++) {
      await pause(random.int(...ALIVE));
      if (random.chance(0.1)) {
        // An orderly restart is no harm, and must not become one.
        await world.stopServer();
        await world.startServer();
        await pause(random.int(...ALIVE));
      }
      await world.killServer();
      await pause(random.int(...DEAD));
      if (random.chance(0.2)) await world.startAndKillServer(random.int(...STARTING));
      await world.startServer();
      // Some come back by themselves, some because their network tells them to.
      if (random.chance(0.7)) await world.ask("wake");
    }
    await pause(500);
  };
}

/** Cables cut, stalled and left half open at random, for so many milliseconds, while the server lives. */
export function cables(ms: number): (world: World) => Promise<void> {
  return async (world) => {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await pause(world.random.int(20, 200));
      const cable = world.random.pick(world.proxy?.cables ?? []);
      const luck = world.random.next();
      if (luck < 0.55) cable?.cut();
      else if (luck < 0.8) cable?.stall(world.random.int(50, 800));
      else if (luck < 0.9) cable?.halfOpen();
      // Whoever looks at a page whose line is dead makes it notice.
      else if (luck < 0.94) await world.ask("wake");
      else await outage(world);
    }
    world.proxy?.heal();
  };
}

/** Everybody is cut off at once and kept out for a moment. */
async function outage(world: World): Promise<void> {
  const { proxy } = world;
  if (!proxy) return;
  proxy.isOpen = false;
  proxy.cutAll();
  await pause(world.random.int(50, 600));
  proxy.isOpen = true;
}

/** Nothing but time, in milliseconds: for harm that is built in. */
export function calm(ms: number): (world: World) => Promise<void> {
  return () => pause(ms);
}
