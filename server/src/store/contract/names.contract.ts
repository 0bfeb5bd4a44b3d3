import { expect } from "bun:test";
import type { RoomId } from "@parley/protocol";
import type { Body, Command } from "../../core/command.ts";
import { type Check, freshId, type World, words } from "./world.contract.ts";

const RUNS = 40;
const COMMANDS = 18;
const BEFORE = 6;
const NAMES = ["tea", "Tea", "milk", "sugar"];

/** Names of rooms: their holders are facts like any others. */
export function checkNames(check: Check): void {
  check(
    "CM-6 CM-8 rooms swap names in a batch as they do one by one, and the name of a deleted room is free",
    async (world) => {
      const ann = await world.guest("Ann");
      const [one, two, three] = [freshId(), freshId(), freshId()];
      const create = (room: RoomId, name: string) =>
        world.command(ann, { kind: "create_room", room, room_kind: "public", name });
      const rename = (room: RoomId, name: string) => world.command(ann, { kind: "rename_room", room, name });
      await world.verdicts(create(one, "tea"), create(two, "milk"));
      expect(words(await world.verdicts(rename(one, "milk"), rename(two, "tea")))).toEqual([
        "room_name_taken",
        "room_name_taken",
      ]);
      const swap = [rename(one, "spare"), rename(two, "tea"), rename(one, "milk")];
      expect(words(await world.verdicts(...swap, rename(two, "milk")))).toEqual([
        "ok",
        "ok",
        "ok",
        "room_name_taken",
      ]);
      await world.verdicts(rename(two, "sugar"), rename(one, "tea"));
      const remove = world.command(ann, { kind: "delete_room", room: one });
      expect(words(await world.verdicts(create(three, "tea"), remove, create(freshId(), "tea")))).toEqual([
        "room_name_taken",
        "ok",
        "ok",
      ]);
    },
  );

  check("CM-6 commands that share names have the same results in one batch as one by one", async (world) => {
    const first = Number(process.env.SEED ?? 1);
    for (let seed = first; seed < first + (process.env.SEED === undefined ? RUNS : 1); seed++) {
      const commands = await made(world, seed, "batch");
      const batch: string[] = [];
      // Some commands run before, so that names are taken when the batch comes.
      for (const command of commands.slice(0, BEFORE)) batch.push(...words(await world.verdicts(command)));
      batch.push(...words(await world.verdicts(...commands.slice(BEFORE))));
      const single: string[] = [];
      for (const command of await made(world, seed, "single"))
        single.push(...words(await world.verdicts(command)));
      expect(batch, `SEED=${seed}`).toEqual(single);
    }
  });
}

/** The commands of a seed. `mode` separates the rooms and names of the two runs. */
async function made(world: World, seed: number, mode: string): Promise<Command[]> {
  let state = seed;
  const below = (most: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >> 8) % most;
  };
  const people = [await world.guest(`${mode} Ann`), await world.guest(`${mode} Bob`)];
  const rooms = Array.from({ length: 4 }, freshId);
  const body = (): Body => {
    const room = rooms[below(rooms.length)] as RoomId;
    const name = `${mode} ${seed} ${NAMES[below(NAMES.length)]}`;
    const dice = below(10);
    if (dice < 4) return { kind: "create_room", room, room_kind: below(5) > 0 ? "public" : "private", name };
    if (dice < 8) return { kind: "rename_room", room, name };
    return { kind: "delete_room", room };
  };
  return Array.from({ length: COMMANDS }, () =>
    world.command(people[below(4) > 0 ? 0 : 1] as (typeof people)[number], body()),
  );
}
