import { LOBBY, type RoomId } from "@parley/protocol";
import { memoryKeyValue, type Platform } from "../src/base/platform.ts";
import type { Client, ClientOptions } from "../src/client.ts";
import { createClient } from "../src/create-client.ts";
import type { Mentions, Room } from "../src/rooms/room.ts";
import type { TimelineItem } from "../src/timeline/item.ts";
import { Clock } from "./clock.ts";
import { InvariantChecker } from "./invariants.ts";
import { Network } from "./network.ts";
import { Chance } from "./random.ts";
import { SimServer } from "./server.ts";

/** A second room, to come and go, and a third that may end. Ids as creators would make them. */
const CLUB: RoomId = "00000000-0000-7000-8000-00000000c1ab";
const CAMP: RoomId = "00000000-0000-7000-8000-00000000ca3b";
const ROOMS = [LOBBY, CLUB, CAMP];

/** An injected bug: a part of the client replaced, or its line. */
export type Mutant = Pick<ClientOptions, "outbox"> & {
  readonly openSocket?: (real: Platform["openSocket"]) => Platform["openSocket"];
};

export type SimOptions = {
  readonly seed: number;
  /** Whether the server is once replaced by its own backup, and whether that one has the epoch of before. */
  readonly restore?: "new epoch" | "same epoch";
  /** Whether one of them has a second tab, that finds the first one's outbox and sends the same. */
  readonly tabs?: boolean;
  /** What the client is made with besides: An injected bug. */
  readonly mutant?: Mutant;
  readonly steps?: number;
};

/** One page, over a storage that outlives it. */
class Device {
  readonly name: string;
  readonly invariants: InvariantChecker;
  readonly platform: Partial<Platform>;
  readonly mutant: Mutant;
  /** Whether it only looks on: what its person sends, the first tab sends. */
  readonly second: boolean;
  client: Client;

  constructor(
    name: string,
    invariants: InvariantChecker,
    platform: Partial<Platform>,
    mutant: Mutant,
    second = false,
  ) {
    this.name = name;
    this.invariants = invariants;
    this.platform = platform;
    this.mutant = mutant;
    this.second = second;
    this.client = this.#begin();
  }

  /** A second page of the same person, over the same storage. */
  tab(): Device {
    return new Device(this.name, this.invariants.forDevice("second tab"), this.platform, this.mutant, true);
  }

  /** Another device of the same person, that shares nothing but the token. */
  phone(): Device {
    const platform = { ...this.platform, storage: memoryKeyValue() };
    return new Device(this.name, this.invariants.forDevice("phone"), platform, this.mutant, true);
  }

  /** The page goes away and comes back. */
  reload(): void {
    this.client.stop();
    this.client = this.#begin();
  }

  #begin(): Client {
    this.invariants.born();
    const { name, platform, invariants } = this;
    const { openSocket, ...mutant } = this.mutant;
    const line = openSocket && platform.openSocket ? { openSocket: openSocket(platform.openSocket) } : {};
    const client = createClient({
      url: "http://sim",
      token: name,
      name,
      platform: { ...platform, ...line },
      ...invariants.hooks,
      ...mutant,
    });
    for (const room of ROOMS) client.room(room).open();
    client.watch(ROOMS);
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
  restore,
  tabs = false,
  mutant = {},
  steps = 260,
}: SimOptions): Promise<string[]> {
  const chance = new Chance(seed);
  const clock = new Clock();
  const server = new SimServer(chance, clock.now);
  const network = new Network(server, chance);
  const { now, monotonicNow, timer } = clock;
  const { openSocket, fetch } = network;
  const common = {
    now,
    monotonicNow,
    timer,
    random: chance.next,
    randomBytes: chance.bytes,
    openSocket,
    fetch,
  };
  const devices = ["ada", "bob", "cy"].map((name) => {
    const platform = { ...common, storage: memoryKeyValue(), onWake: () => () => {} };
    return new Device(name, new InvariantChecker(name, server), platform, mutant);
  });
  if (tabs && devices[0]) devices.push(devices[0].tab());
  if (devices[0]) devices.push(devices[0].phone());

  network.faults = 0.1 * chance.next();
  server.faults = 0.2 * chance.next();
  const backupAt = restore ? chance.below(steps / 2) : -1;
  const restoreAt = restore ? backupAt + chance.below(steps / 2) : -1;
  let backup = server.store.backup();
  for (let step = 0; step < steps; step++) {
    if (step === backupAt) backup = server.store.backup();
    if (step === restoreAt) {
      network.breakAll();
      server.restore(backup, restore === "same epoch");
    }
    act(devices, network, server, clock, chance, step);
    await settle();
    for (const { client, invariants } of devices) invariants.look(client, ROOMS);
  }

  network.faults = 0;
  server.faults = 0;
  await heal(devices, network, server, clock);
  for (const { client, invariants } of devices) invariants.judge(client, ROOMS);
  for (const { client } of devices) client.stop();
  return devices.flatMap(({ invariants }) => invariants.violations);
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
  const { client, invariants } = device;
  const room = client.room(chance.pick([LOBBY, LOBBY, LOBBY, LOBBY, CLUB, CAMP]) ?? LOBBY);
  const { items } = room.timeline.get();
  const own = items.filter((item) => item.own && item.id !== null);
  if (dice < 0.55) network.step();
  else if (dice < 0.67 && !device.second) {
    invariants.send(client, room.id, `${device.name} ${step}`, randomMentions(items, chance));
  } else if (dice < 0.7) {
    swallow(room.edit(chance.pick(own)?.id ?? "", `edited ${step}`, randomMentions(items, chance)));
  } else if (dice < 0.715) swallow(room.remove(chance.pick(own)?.id ?? ""));
  else if (dice < 0.77) swallow(react(room, chance));
  else if (dice < 0.8) room.markRead(chance.chance(0.7) ? undefined : (chance.pick(items)?.seq ?? undefined));
  else if (dice < 0.84) swallow(govern(room, items, chance, step));
  else if (dice < 0.86) swallow(look(room, items, chance));
  else if (dice < 0.87) network.breakOne();
  else if (dice < 0.875) device.reload();
  else if (dice < 0.88) server.heads();
  else clock.advance(chance.below(chance.chance(0.1) ? 12_000 : 400));
}

function swallow(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

/** Now and then a message mentions a user, or the room. */
function randomMentions(items: readonly TimelineItem[], chance: Chance): Mentions {
  if (chance.chance(0.6)) return {};
  const mentions = [chance.pick(items)?.author ?? ""].filter((user) => user !== "");
  return chance.chance(0.3) ? { mentionsRoom: true } : { mentions };
}

async function react(room: Room, chance: Chance): Promise<void> {
  const message = chance.pick(room.timeline.get().items.filter(({ id }) => id !== null));
  const emoji = chance.pick(["+1", "heart"]) ?? "+1";
  if (!message?.id) return;
  await (chance.chance(0.6) ? room.react(message.id, emoji) : room.unreact(message.id, emoji));
}

/** Something that changes the room, or who is in it. */
async function govern(
  room: Room,
  items: readonly TimelineItem[],
  chance: Chance,
  step: number,
): Promise<void> {
  const user = chance.pick(items)?.author ?? "";
  const act = chance.pick([
    () => room.join(),
    () => room.join(),
    () => room.join(),
    () => room.leave(),
    () => room.invite(user),
    () => room.removeMember(user),
    () => room.rename(`room ${step}`),
    () => room.setTopic(`topic ${step}`),
    () => room.changeRole(user, chance.pick(["member", "moderator", "owner"] as const) ?? "member"),
    () => (chance.chance(0.4) ? room.archive() : room.unarchive()),
    () => room.unarchive(),
    async () => {
      if (room.id === CAMP && chance.chance(0.3)) await room.destroy();
    },
  ]);
  await act?.();
}

/** The user looks at another part of the history. */
async function look(room: Room, items: readonly TimelineItem[], chance: Chance): Promise<void> {
  const dice = chance.next();
  const to = chance.below((items.at(-1)?.seq ?? 0) + 10);
  if (dice < 0.4) await room.loadBefore();
  else if (dice < 0.65) await room.jumpTo(to);
  else if (dice < 0.85) await room.loadAfter();
  else if (dice < 0.92) room.returnToLive();
  else await room.loadQuote({ id: chance.pick(items)?.id ?? "", seq: chance.pick(items)?.seq ?? 0 });
}

/** Everything arrives, and time passes until nothing is left to wait for. At most two minutes of it. */
async function heal(
  devices: readonly Device[],
  network: Network,
  server: SimServer,
  clock: Clock,
): Promise<void> {
  for (let round = 0; round < 240; round++) {
    await quiet(network);
    if (devices.every(({ client, invariants }) => invariants.healed(client))) break;
    clock.advance(500);
    if (round % 2 === 0) server.heads();
  }
  for (const { client } of devices) {
    for (const id of ROOMS) {
      client.room(id).returnToLive();
      for (let page = 0; page < 100 && client.room(id).timeline.get().hasBefore; page++) {
        const loaded = client
          .room(id)
          .loadBefore()
          .catch(() => {});
        await quiet(network);
        await loaded;
      }
    }
  }
}

/** Nothing is on its way any more; a bug that never comes to rest is left alone. */
async function quiet(network: Network): Promise<void> {
  for (let move = 0; move < 3_000; move++) {
    await settle();
    if (!network.step()) return;
  }
}

/** Lets promises run on: those of a request and its answer settle within a few turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await null;
}
