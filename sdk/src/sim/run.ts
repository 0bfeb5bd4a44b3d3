import { LOBBY, type RoomId } from "@parley/protocol";
import type { Client, ClientOptions } from "../client.ts";
import { createClient } from "../live-client.ts";
import { memoryKeyValue, type Platform } from "../platform.ts";
import { Clock } from "./clock.ts";
import { Network } from "./network.ts";
import { Chance } from "./random.ts";
import { SimServer } from "./server.ts";
import { Witness } from "./witness.ts";

/** A second room, to come and go. An id as a creator would make it. */
const CLUB: RoomId = "00000000-0000-7000-8000-00000000c1ab";
const ROOMS = [LOBBY, CLUB];

type Plant = Pick<ClientOptions, "outbox">;

export type SimOptions = {
  readonly seed: number;
  /** Whether the server is once replaced by its own backup. */
  readonly restore?: boolean;
  /** Whether one of them has a second tab, that finds the first one's outbox and sends the same. */
  readonly tabs?: boolean;
  /** What the client is made with besides: a planted bug. */
  readonly plant?: Plant;
  readonly steps?: number;
};

/** One page, over a storage that outlives it. */
class Device {
  readonly name: string;
  readonly witness: Witness;
  readonly platform: Partial<Platform>;
  readonly plant: Plant;
  /** Whether it only looks on: what its person sends, the first tab sends. */
  readonly second: boolean;
  client: Client;

  constructor(name: string, witness: Witness, platform: Partial<Platform>, plant: Plant, second = false) {
    this.name = name;
    this.witness = witness;
    this.platform = platform;
    this.plant = plant;
    this.second = second;
    this.client = this.#begin();
  }

  /** A second page of the same person, over the same storage. */
  tab(): Device {
    return new Device(this.name, this.witness.twin(), this.platform, this.plant, true);
  }

  /** The page goes away and comes back. */
  reload(): void {
    this.client.stop();
    this.client = this.#begin();
  }

  #begin(): Client {
    this.witness.born();
    const { name, platform, plant, witness } = this;
    const client = createClient({
      url: "http://sim",
      token: name,
      name,
      platform,
      ...witness.hooks,
      ...plant,
    });
    for (const room of ROOMS) client.room(room).open();
    client.start();
    return client;
  }
}

/**
 * Some devices talk over a network on its worst day; then it heals, and everybody must have everything. Returns what was
 * wrong, an empty list when nothing was.
 */
export async function simulate({
  seed,
  restore = false,
  tabs = false,
  plant = {},
  steps = 260,
}: SimOptions): Promise<string[]> {
  const chance = new Chance(seed);
  const clock = new Clock();
  const server = new SimServer(chance, clock.now);
  const network = new Network(server, chance);
  const { now, timer } = clock;
  const { openSocket, fetch } = network;
  const common = { now, timer, random: chance.next, randomBytes: chance.bytes, openSocket, fetch };
  const devices = ["ada", "bob", "cy"].map((name) => {
    const platform = { ...common, storage: memoryKeyValue(), onWake: () => () => {} };
    return new Device(name, new Witness(name, server), platform, plant);
  });
  if (tabs && devices[0]) devices.push(devices[0].tab());

  network.faults = 0.1 * chance.next();
  server.faults = 0.2 * chance.next();
  const backupAt = restore ? chance.below(steps / 2) : -1;
  const restoreAt = restore ? backupAt + chance.below(steps / 2) : -1;
  let backup = server.store.backup();
  for (let step = 0; step < steps; step++) {
    if (step === backupAt) backup = server.store.backup();
    if (step === restoreAt) {
      network.breakAll();
      server.restore(backup);
    }
    act(devices, network, server, clock, chance, step);
    await settle();
    for (const { client, witness } of devices) witness.look(client, ROOMS);
  }

  network.faults = 0;
  server.faults = 0;
  await heal(devices, network, server, clock);
  for (const { client, witness } of devices) witness.judge(client, ROOMS);
  return devices.flatMap(({ witness }) => witness.wrong);
}

function act(
  devices: readonly Device[],
  network: Network,
  server: SimServer,
  clock: Clock,
  chance: Chance,
  step: number,
): void {
  const dice = chance.next();
  const device = chance.pick(devices)!;
  const { client, witness } = device;
  const room = client.room(chance.chance(0.7) ? LOBBY : CLUB);
  const swallow = (promise: Promise<unknown>) => void promise.catch(() => {});
  const own = room.timeline.get().items.filter((item) => item.own && item.id !== null);
  if (dice < 0.6) network.step();
  else if (dice < 0.72 && !device.second) {
    witness.send(client, room.id, `${device.name} ${step}`);
  } else if (dice < 0.76) swallow(room.edit(chance.pick(own)?.id ?? "", `edited ${step}`));
  else if (dice < 0.78) swallow(room.remove(chance.pick(own)?.id ?? ""));
  else if (dice < 0.8) swallow(client.join(CLUB));
  else if (dice < 0.81) swallow(client.leave(CLUB));
  else if (dice < 0.84) swallow(room.loadBefore());
  else if (dice < 0.865) network.breakOne();
  else if (dice < 0.87) device.reload();
  else if (dice < 0.88) server.heads();
  else clock.advance(chance.below(chance.chance(0.1) ? 12_000 : 400));
}

/** Everything arrives, and time passes until nothing is left to wait for. At most two minutes of it. */
async function heal(
  devices: readonly Device[],
  network: Network,
  server: SimServer,
  clock: Clock,
): Promise<void> {
  for (let round = 0; round < 240; round++) {
    do await settle();
    while (network.step());
    if (devices.every(({ client, witness }) => witness.healed(client))) break;
    clock.advance(500);
    if (round % 2 === 0) server.heads();
  }
  for (const { client } of devices) {
    for (const id of ROOMS) {
      for (let page = 0; page < 100 && client.room(id).timeline.get().hasBefore; page++) {
        const loaded = client
          .room(id)
          .loadBefore()
          .catch(() => {});
        do await settle();
        while (network.step());
        await loaded;
      }
    }
  }
}

/** Lets promises run on: those of a request and its answer settle within a few turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await null;
}
