import { type CommandBody, type FaultCode, nameKey, type Role, userFeed } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import { POISON_AT } from "./world.contract.ts";

type Room = {
  readonly kind: "public" | "private";
  readonly members: Map<string, Role>;
  readonly messages: ModelMessage[];
  last: number;
};
export type ModelMessage = {
  readonly seq: number;
  readonly author: string;
  readonly nonce: string;
  id: string;
  text: string;
  deleted: boolean;
  rev: number;
};
/** The expected result of a command: a word, and the positions of its events as `feed:seq`. */
export type Expected = {
  readonly word: FaultCode | "ok" | "unchanged" | "duplicate";
  readonly placed: string[];
};

/** A simple second implementation of the rules: the expected state of a store, one command after the other. */
export class Model {
  readonly rooms = new Map<string, Room>();
  readonly #names = new Set<string>(["lobby"]);
  readonly #private = new Map<string, number>();
  readonly #answers = new Map<string, { readonly fields: string; readonly expected: Expected }>();

  /** The commands of one batch, in order. */
  batch(commands: readonly Command[]): Expected[] {
    const held = new Set<string>();
    const poisoned = commands.some(({ at }) => at === POISON_AT);
    return commands.map((command) => {
      const order = `${command.actor.id} ${command.body.room}`;
      if (poisoned && held.has(order)) return refused("held");
      const expected = this.#one(command);
      if (expected.word === "internal") held.add(order);
      return expected;
    });
  }

  /** The id of a stored message. */
  named(author: string, nonce: string, id: string): void {
    for (const { messages } of this.rooms.values()) {
      for (const message of messages) {
        if (message.nonce === nonce && message.author === author) message.id = id;
      }
    }
  }

  #one(command: Command): Expected {
    const key = `${command.actor.id}/${command.nonce}`;
    const fields = JSON.stringify(command.body);
    const duplicate = this.#answers.get(key);
    if (duplicate) {
      if (duplicate.fields !== fields) return refused("nonce_reused");
      return { word: "duplicate", placed: duplicate.expected.placed };
    }
    const decided = this.#decide(command);
    if (typeof decided === "string") return refused(decided);
    if (command.at === POISON_AT) return refused("internal");
    const placed = decided();
    const expected: Expected = { word: placed.length === 0 ? "unchanged" : "ok", placed };
    this.#answers.set(key, { fields, expected });
    return expected;
  }

  /** A fault, or a function that applies the command and returns the positions of its events. */
  #decide({ actor, body, nonce }: Command): FaultCode | (() => string[]) {
    if (body.kind === "create_room") return this.#create(actor.id, body);
    const room = this.rooms.get(body.room);
    const role = room?.members.get(actor.id);
    if (!room || (room.kind === "private" && !role)) return "no_such_room";
    const next = () => `${body.room}:${++room.last}`;
    switch (body.kind) {
      case "join_room":
        return () => (role ? [] : [...this.#join(body.room, room, actor.id, "member")]);
      case "leave_room":
        if (role === "owner" && [...room.members.values()].filter((each) => each === "owner").length === 1) {
          return "last_owner";
        }
        return () => {
          if (!role) return [];
          room.members.delete(actor.id);
          return [next(), this.#own(actor.id)];
        };
      case "send_message":
        if (!role) return "not_a_member";
        return () => {
          const at = next();
          const { text } = body;
          room.messages.push({
            seq: room.last,
            author: actor.id,
            nonce,
            id: "",
            text,
            deleted: false,
            rev: room.last,
          });
          return [at];
        };
      case "edit_message":
      case "delete_message": {
        if (!role) return "not_a_member";
        const message = room.messages.find(
          ({ id, nonce: sent, author }) =>
            id === body.message || (sent === body.message && author === actor.id),
        );
        if (!message) return "no_such_message";
        const own = message.author === actor.id;
        if (body.kind === "edit_message") {
          if (!own) return "not_author";
          if (message.deleted) return "message_deleted";
        } else if (!own && role === "member") return "not_allowed";
        return () => {
          if (message.deleted) return [];
          const at = next();
          message.rev = room.last;
          message.text = body.kind === "edit_message" ? body.text : "";
          message.deleted = body.kind === "delete_message";
          return [at];
        };
      }
      default:
        throw new Error(`The simulation does not make ${body.kind}`);
    }
  }

  #create(actor: string, body: CommandBody & { kind: "create_room" }): FaultCode | (() => string[]) {
    const used = this.rooms.get(body.room);
    if (used) return used.kind === "private" && !used.members.has(actor) ? "invalid" : "room_exists";
    const key = nameKey(body.name);
    if (body.room_kind === "public" && this.#names.has(key)) return "room_name_taken";
    return () => {
      if (body.room_kind === "public") this.#names.add(key);
      const room: Room = { kind: body.room_kind, members: new Map(), messages: [], last: 1 };
      this.rooms.set(body.room, room);
      return [`${body.room}:1`, ...this.#join(body.room, room, actor, "owner")];
    };
  }

  #join(id: string, room: Room, user: string, role: Role): [string, string] {
    room.members.set(user, role);
    return [`${id}:${++room.last}`, this.#own(user)];
  }

  #own(user: string): string {
    const last = (this.#private.get(user) ?? 0) + 1;
    this.#private.set(user, last);
    return `${userFeed(user)}:${last}`;
  }
}

function refused(word: FaultCode): Expected {
  return { word, placed: [] };
}
