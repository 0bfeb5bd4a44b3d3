import { directRoomId, isFault, LOBBY, type RoomId } from "@parley/protocol";
import type { Actor, Body, Command } from "@parley/server/core/command.ts";
import type { Store } from "@parley/server/store/store.ts";
import type { Random } from "../support/random.ts";

const WORDS = ["tea", "cake", "Zoë", "日本語", "rain", "house", "müde", "42", "apfel", "🙂"];
const EMOJI = ["👍", "🎉", "❤️"];
const ROLES = ["member", "moderator", "owner"] as const;

type Named = { readonly room: RoomId; readonly message: string };
type Sent = { readonly room: RoomId; readonly id: string; readonly actor: Actor };

/** Users who send every kind of command, in random batches: the content of some weeks of use, in a second. */
export class Workload {
  readonly #store: Store;
  readonly #random: Random;
  readonly #rooms: RoomId[] = [LOBBY];
  readonly #sent: Sent[] = [];
  #people: Actor[] = [];
  #at = 1_700_000_000_000;
  /** Commands that were accepted and changed something, by kind. */
  readonly done = new Map<string, number>();

  constructor(store: Store, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  async run(rounds: number): Promise<void> {
    if (this.#people.length === 0) await this.#begin();
    for (let round = 0; round < rounds; round++) {
      const batch = Array.from({ length: 1 + this.#below(12) }, () => {
        const actor = this.#pick(this.#people);
        return this.#command(actor, this.#body(actor));
      });
      await this.#perform(batch);
    }
  }

  async #begin(): Promise<void> {
    for (const name of ["Ann", "Bob", "Eve", "Mia", "Zoë"]) {
      const [user] = await this.#store.signIn([
        { token_hash: `hash of ${name}`, name, id: id(), at: this.#at },
      ]);
      if (!user || isFault(user)) throw new Error(`${name} could not sign in`);
      this.#people.push({ ...user, walk_in: false });
    }
    await this.#perform(
      this.#people.map((actor) => this.#command(actor, { kind: "join_room", room: LOBBY })),
    );
    await this.#everyKind();
  }

  /** Each kind once, in a way that changes something: chance may miss a rare one. */
  async #everyKind(): Promise<void> {
    const [ann, bob, eve] = this.#people as [Actor, Actor, Actor];
    const does = (actor: Actor, ...bodies: Body[]) =>
      this.#perform(bodies.map((body) => this.#command(actor, body)));
    const [room, gone] = [id(), id()];
    await does(ann, {
      kind: "create_room",
      room,
      room_kind: "public",
      name: "Every kind",
      members: [bob.id],
    });
    await does(ann, { kind: "create_direct", room: directRoomId(ann.id, eve.id), user: eve.id });
    await does(eve, { kind: "join_room", room }, { kind: "leave_room", room });
    await does(ann, { kind: "invite_member", room, user: eve.id });
    await does(ann, { kind: "change_role", room, user: bob.id, role: "owner" });
    await does(bob, { kind: "remove_member", room, user: eve.id });
    await does(
      ann,
      { kind: "rename_room", room, name: "Each kind" },
      { kind: "set_topic", room, topic: "Tea" },
    );
    for (const text of ["one", "two"]) await does(ann, { kind: "send_message", room, text });
    const [first, second] = this.#sent.slice(-2).map(({ id: message }) => ({ room, message })) as [
      Named,
      Named,
    ];
    await does(bob, { kind: "mark_read", room, seq: 1_000 });
    await does(
      ann,
      { kind: "edit_message", ...first, text: "one more" },
      { kind: "delete_message", ...second },
    );
    await does(bob, { kind: "add_reaction", ...first, emoji: "👍" });
    await does(bob, { kind: "remove_reaction", ...first, emoji: "👍" });
    await does(ann, { kind: "archive_room", room });
    await does(ann, { kind: "unarchive_room", room });
    await does(ann, { kind: "create_room", room: gone, room_kind: "private", name: "Gone" });
    await does(ann, { kind: "delete_room", room: gone });
  }

  async #perform(batch: readonly Command[]): Promise<void> {
    const { verdicts } = await this.#store.commit(batch);
    for (const [i, verdict] of verdicts.entries()) {
      const { body, actor } = batch[i] as Command;
      if (isFault(verdict) || verdict.placed.length === 0) continue;
      this.done.set(body.kind, (this.done.get(body.kind) ?? 0) + 1);
      const placed = verdict.placed[0]?.id ?? "";
      if (body.kind === "send_message") this.#sent.push({ room: body.room, id: placed, actor });
      if (body.kind === "create_room" || body.kind === "create_direct") this.#rooms.push(body.room);
    }
  }

  #command(actor: Actor, body: Body): Command {
    this.#at += this.#below(3);
    return { actor, body, nonce: id(), at: this.#at };
  }

  #body(actor: Actor): Body {
    const room = this.#pick(this.#rooms);
    const user = this.#pick(this.#people).id;
    const sent = this.#sent.length > 0 ? this.#pick(this.#sent) : null;
    const about = { room: sent?.room ?? room, message: sent?.id ?? id() };
    const emoji = this.#pick(EMOJI);
    switch (this.#below(22)) {
      case 0:
        return {
          kind: "create_room",
          room: id(),
          room_kind: this.#below(3) > 0 ? "public" : "private",
          name: `${this.#pick(WORDS)} ${this.#below(9)}`,
          ...(this.#below(2) ? { members: [user] } : {}),
        };
      case 1:
        return { kind: "create_direct", room: directRoomId(actor.id, user), user };
      case 2:
      case 3:
        return { kind: "join_room", room };
      case 4:
        return { kind: "leave_room", room };
      case 5:
        return { kind: "invite_member", room, user };
      case 6:
        return { kind: "remove_member", room, user };
      case 7:
        return { kind: "change_role", room, user, role: this.#pick(ROLES) };
      case 8:
        return { kind: "rename_room", room, name: `${this.#pick(WORDS)} ${this.#below(9)}` };
      case 9:
        return { kind: "set_topic", room, topic: this.#pick(WORDS) };
      case 10:
        return { kind: this.#below(3) ? "unarchive_room" : "archive_room", room };
      case 11:
        return this.#below(6) ? { kind: "join_room", room } : { kind: "delete_room", room };
      case 12:
      case 13:
        return { kind: "edit_message", ...about, ...this.#said(user) };
      case 14:
        return { kind: "delete_message", ...about };
      case 15:
        return { kind: "add_reaction", ...about, emoji };
      case 16:
        return { kind: "remove_reaction", ...about, emoji };
      case 17:
        return { kind: "mark_read", room, seq: 1 + this.#below(200) };
      default:
        return {
          kind: "send_message",
          room,
          ...this.#said(user),
          ...(sent && this.#below(5) === 0 ? { reply_to: sent.id } : {}),
        };
    }
  }

  #below(limit: number): number {
    return this.#random.int(0, limit - 1);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }

  #said(user: string) {
    return {
      text: Array.from({ length: 1 + this.#below(6) }, () => this.#pick(WORDS)).join(" "),
      ...(this.#below(3) === 0 ? { mentions: [user] } : {}),
      ...(this.#below(8) === 0 ? { mentions_room: true } : {}),
    };
  }
}

const id = () => Bun.randomUUIDv7();
