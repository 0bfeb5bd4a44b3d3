import { LOBBY } from "@parley/protocol";
import type { Role, Room } from "@parley/sdk";
import { pause } from "../../support/child-process.ts";
import type { Random } from "../../support/random.ts";
import type { RecordedClient } from "../../support/recording/recorded-client.ts";

/** How often each kind of deed comes, relative to each other. */
export type Weights = { readonly [deed in Deed]: number };
type Deed =
  | "send"
  | "burst"
  | "reply"
  | "edit"
  | "remove"
  | "wrong"
  | "create"
  | "direct"
  | "join"
  | "leave"
  | "invite"
  | "remove_member"
  | "role"
  | "rename"
  | "destroy"
  | "react"
  | "unreact"
  | "read"
  | "look"
  | "pause"
  | "disconnect"
  | "reload";

export const WEIGHTS: Weights = {
  send: 60,
  burst: 3,
  reply: 5,
  edit: 8,
  remove: 4,
  wrong: 3,
  create: 2,
  direct: 2,
  join: 4,
  leave: 2,
  invite: 2,
  remove_member: 2,
  role: 2,
  rename: 1,
  destroy: 1,
  react: 8,
  unreact: 3,
  read: 6,
  look: 5,
  pause: 6,
  disconnect: 2,
  reload: 2,
};

/** Rooms that one client makes at most. */
const ROOMS = 3;
/** Between two actions, milliseconds at a pace of 1. */
const THINK = [5, 60] as const;
const EMOJI = ["👍", "🎉", "e\u0301", "👩‍👩‍👧‍👦", "🏳️‍🌈"];
const ROLES: readonly Role[] = ["member", "moderator", "owner"];

/** The actions of one user, chosen by a seed: sends, edits, joins, leaves, disconnects and reloads. */
export class Script {
  readonly #self: RecordedClient;
  readonly #random: Random;
  readonly #deeds: readonly Deed[];
  readonly #people: ReadonlySet<string>;
  readonly #pace: number;
  #words = 0;
  #made = 0;
  #running = true;

  /** `people`: ids of users that this process knows; it grows while the clients sign in. `pace`: how many times as slow. */
  constructor(
    self: RecordedClient,
    random: Random,
    people: ReadonlySet<string>,
    weights: Weights = WEIGHTS,
    pace = 1,
  ) {
    this.#pace = pace;
    this.#self = self;
    this.#random = random;
    this.#people = people;
    this.#deeds = (Object.entries(weights) as [Deed, number][]).flatMap(([deed, weight]) =>
      Array.from({ length: weight }, () => deed),
    );
  }

  /** Acts until `quiet` is called. */
  async run(): Promise<void> {
    this.#self.client.start();
    if (this.#random.chance(0.7)) this.#self.client.room(LOBBY).open();
    // A slow script does not begin with an action, or thousands would act at once.
    if (this.#pace > 1) await this.#think(0);
    while (this.#running) {
      await this.#do(this.#random.pick(this.#deeds) ?? "pause");
      await this.#think();
    }
    this.#self.client.start();
  }

  /** In slices, so that a slow script stops soon, too. */
  async #think(least: number = THINK[0]): Promise<void> {
    for (let left = this.#pace * this.#random.int(least, THINK[1]); left > 0 && this.#running; left -= 100)
      await pause(Math.min(left, 100));
  }

  /** Stops acting; the client stays connected. */
  quiet(): void {
    this.#running = false;
  }

  async #do(deed: Deed): Promise<void> {
    const { client } = this.#self;
    const room = this.#room();
    switch (deed) {
      case "send":
        return this.#send(room);
      case "burst":
        for (let count = this.#random.int(4, 12); count > 0; count--) this.#send(room);
        return;
      case "reply": {
        const message = this.#message(room, () => true);
        return message ? this.#send(room, message) : undefined;
      }
      case "edit": {
        const message = this.#message(room, ({ own, deleted }) => own && !deleted);
        if (!message) return;
        const token = this.#text();
        return this.#self.attempt("edit_message", room, token, () => client.room(room).edit(message, token));
      }
      case "remove": {
        const message = this.#message(room, ({ own, deleted }) => own && !deleted);
        if (!message) return;
        return this.#self.attempt("delete_message", room, null, () => client.room(room).remove(message));
      }
      case "wrong":
        // Replies to a message that does not exist: a final fault between messages that are accepted.
        return this.#send(room, crypto.randomUUID());
      case "create":
        return this.#create();
      case "direct": {
        const user = this.#anotherUser();
        if (!user) return;
        return this.#self.attempt("create_direct", `with ${user}`, null, () => client.createDirect(user));
      }
      case "join":
        // Not awaited: a server that hangs must not stop the script.
        void this.#join();
        return;
      case "leave":
        if (room === LOBBY) return;
        return this.#self.attempt("leave_room", room, null, () => client.leave(room));
      case "invite": {
        const user = this.#anotherUser();
        if (!user || room === LOBBY) return;
        return this.#self.attempt("invite_member", room, null, () => client.invite(room, user));
      }
      case "remove_member": {
        const user = this.#anotherUser();
        if (!user || room === LOBBY) return;
        return this.#self.attempt("remove_member", room, null, () => client.room(room).removeMember(user));
      }
      case "role": {
        const user = this.#anotherUser();
        const role = this.#random.pick(ROLES) ?? "member";
        if (!user || room === LOBBY) return;
        return this.#self.attempt("change_role", room, null, () => client.room(room).changeRole(user, role));
      }
      case "rename": {
        if (room === LOBBY) return;
        const name = `${this.#self.name} name ${++this.#words}`;
        return this.#self.attempt("rename_room", room, null, () => client.room(room).rename(name));
      }
      case "destroy":
        if (room === LOBBY) return;
        return this.#self.attempt("delete_room", room, null, () => client.room(room).destroy());
      case "react":
      case "unreact": {
        const message = this.#message(room, ({ deleted }) => !deleted);
        const emoji = this.#random.pick(EMOJI);
        if (!message || !emoji) return;
        const own = client.room(room);
        return this.#self.attempt(deed === "react" ? "add_reaction" : "remove_reaction", room, null, () =>
          deed === "react" ? own.react(message, emoji) : own.unreact(message, emoji),
        );
      }
      case "read": {
        const { head = 0 } = client.rooms.get().find(({ id }) => id === room) ?? {};
        const seq = this.#random.chance(0.5) ? head : this.#random.int(0, head);
        return this.#self.attempt("mark_read", room, null, () => client.room(room).markRead(seq));
      }
      case "look":
        client.room(room).open();
        return;
      case "pause":
        return pause(this.#random.int(50, 400));
      case "disconnect":
        client.stop();
        await pause(this.#random.int(30, 500));
        client.start();
        return;
      case "reload":
        return this.#self.reload();
      default:
        return deed satisfies never;
    }
  }

  /** Half of the actions are in the lobby: order under contention is what breaks first. */
  #room(): string {
    if (this.#random.chance(0.5)) return LOBBY;
    return this.#random.pick(this.#self.client.rooms.get())?.id ?? LOBBY;
  }

  #send(room: string, replyTo?: string): void {
    const text = this.#text();
    this.#self.attempt("send_message", room, text, (client) =>
      client.room(room).send(text, replyTo === undefined ? {} : { replyTo }),
    );
  }

  /** Used once in a run, of varying length, so that batches and pages end at different places. */
  #text(): string {
    const length = this.#random.chance(0.03) ? this.#random.int(500, 6_000) : this.#random.int(0, 60);
    return `${this.#self.name} ${++this.#words} ${"äb€ ".repeat(length).slice(0, length)}.`;
  }

  #message(room: string, wanted: (item: Items[0]) => boolean): string | undefined {
    const { items } = this.#self.client.room(room).timeline.get();
    const found = items.slice(-30).filter((item) => item.id !== null && wanted(item));
    return this.#random.pick(found)?.id ?? undefined;
  }

  #anotherUser(): string | undefined {
    return this.#random.pick([...this.#people].filter((user) => user !== this.#self.user));
  }

  #create(): void {
    if (this.#made >= ROOMS) return;
    const name = `${this.#self.name} room ${++this.#made}`;
    const kind = this.#random.chance(0.6) ? "public" : "private";
    const members = kind === "private" ? [this.#anotherUser()].filter((user) => user !== undefined) : [];
    this.#self.attempt("create_room", name, null, (client) => client.createRoom({ name, kind, members }));
  }

  async #join(): Promise<void> {
    try {
      const open = (await this.#self.client.directory()).rooms.filter(({ role }) => role === null);
      const room = this.#random.pick(open)?.id;
      if (room) this.#self.attempt("join_room", room, null, (client) => client.join(room));
    } catch {
      // The server is down; a later attempt will reach it.
    }
  }
}

type Items = ReturnType<Room["timeline"]["get"]>["items"];
