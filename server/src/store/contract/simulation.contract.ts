import { expect } from "bun:test";
import { type CommandBody, isFault } from "@parley/protocol";
import type { Actor, Command } from "../../core/command.ts";
import type { Verdict } from "../store.ts";
import { Model } from "./model.contract.ts";
import { type Check, freshId, POISON_AT, type World, word } from "./world.contract.ts";

const ROUNDS = 120;

/** Random commands in random batches, several in flight at once, with restarts; a model computes the expected results. */
export function checkSimulation(check: Check): void {
  check("CM-3 CM-5 CM-6 P4 a random history has the results of a simple model", async (world) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    try {
      await new Simulation(world, seed).run();
    } catch (error) {
      console.error(`The simulation failed. Again with SEED=${seed}`);
      throw error;
    }
  });
}

class Simulation {
  readonly #world: World;
  readonly #random: () => number;
  readonly #model = new Model();
  readonly #rooms = Array.from({ length: 6 }, freshId);
  readonly #sent: Command[] = [];
  readonly #ids: string[] = [];
  #people: Actor[] = [];

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#random = mulberry32(seed);
  }

  async run(): Promise<void> {
    for (const name of ["Ann", "Bob", "Eve", "Mia"]) this.#people.push(await this.#world.guest(name));
    for (let round = 0; round < ROUNDS; round++) {
      if (this.#random() < 0.03) await this.#world.reopen();
      const batches = Array.from({ length: this.#below(3) + 1 }, () =>
        Array.from({ length: this.#below(8) + 1 }, () => this.#command()),
      );
      const expected = batches.map((batch) => this.#model.batch(batch));
      const committed = await Promise.all(batches.map((batch) => this.#world.store.commit(batch)));
      for (const [i, { verdicts }] of committed.entries()) {
        expect(verdicts.map(plain)).toEqual(expected[i] ?? []);
        batches[i]?.forEach((command, n) => {
          this.#learn(command, verdicts[n] as Verdict);
        });
      }
    }
    await this.#compare();
  }

  #learn(command: Command, verdict: Verdict): void {
    if (isFault(verdict) || command.body.kind !== "send_message") return;
    const id = verdict.placed[0]?.id as string;
    this.#model.named(command.actor.id, command.nonce, id);
    this.#ids.push(id);
  }

  #command(): Command {
    const earlier = this.#pick(this.#sent);
    if (earlier && this.#random() < 0.08) return earlier;
    const at = this.#random() < 0.02 ? POISON_AT : 1_000_000 + this.#below(1_000);
    const nonce = earlier && this.#random() < 0.02 ? earlier.nonce : freshId();
    const actor = this.#pick(this.#people) as Actor;
    const command = this.#world.command(actor, this.#body(actor), { nonce, at });
    if (at !== POISON_AT) this.#sent.push(command);
    return command;
  }

  #body(actor: Actor): CommandBody {
    const room = this.#pick(this.#rooms) as string;
    const dice = this.#random();
    if (dice < 0.12) {
      const room_kind = this.#random() < 0.7 ? ("public" as const) : ("private" as const);
      return {
        kind: "create_room",
        room,
        room_kind,
        name: this.#pick(["Tea", "TEA", "Cake", "Lobby", "Zoo"]) as string,
      };
    }
    if (dice < 0.3) return { kind: "join_room", room };
    if (dice < 0.38) return { kind: "leave_room", room };
    if (dice < 0.75) return { kind: "send_message", room, text: `word${this.#below(1_000)}` };
    const own = this.#sent.filter((each) => each.actor.id === actor.id && each.body.kind === "send_message");
    const message = (this.#random() < 0.5 ? this.#pick(own)?.nonce : this.#pick(this.#ids)) ?? freshId();
    const where = own.find(({ nonce }) => nonce === message)?.body.room ?? room;
    if (dice < 0.9) return { kind: "edit_message", room: where, message, text: `edit${this.#below(1_000)}` };
    return { kind: "delete_message", room: where, message };
  }

  async #compare(): Promise<void> {
    for (const [id, room] of this.#model.rooms) {
      const events = await this.#world.events(id);
      expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: room.last }, (_, i) => i + 1));
      expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((a, b) => a - b));
      const page = await this.#world.store.page(id, { after: 0, limit: 10_000 }, "node");
      if (isFault(page)) throw new Error(page.fault);
      expect(
        page.messages.map(({ seq, author, nonce, id, text, deleted, rev }) => ({
          seq,
          author,
          nonce,
          id,
          text,
          deleted,
          rev,
        })),
      ).toEqual(room.messages);
      const members = await this.#world.store.members(id, "node");
      if (isFault(members)) throw new Error(members.fault);
      expect(new Map(members.map((member) => [member.id, member.role]))).toEqual(room.members);
      expect((await this.#world.store.room(id, members[0]?.id ?? "")) as object).toMatchObject({
        members: members.length,
      });
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[this.#below(from.length)];
  }
}

function plain(verdict: Verdict) {
  const placed = isFault(verdict) ? [] : verdict.placed.map(({ feed, seq }) => `${feed}:${seq}`);
  return { word: word(verdict), placed };
}

/** A small seeded generator (mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
