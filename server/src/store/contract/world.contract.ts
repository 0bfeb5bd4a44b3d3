import { expect, test } from "bun:test";
import {
  type Fault,
  type FaultCode,
  type FeedEvent,
  type FeedId,
  fromWire,
  isFault,
  LOBBY,
  type Role,
  type RoomId,
  type UserId,
} from "@parley/protocol";
import type { Actor, Body, Command } from "../../core/command.ts";
import type { Accepted, Committed, Store, Verdict } from "../store.ts";

/** A store that a test opened, with the operations that an engine provides for tests. */
export type Opened = {
  readonly store: Store;
  /** Closes it and opens the same data again. */
  reopen(): Promise<Store>;
  /** Sets the store's clock, milliseconds UTC. */
  setClock(now: number): void;
  /** Every place in the stored content that still contains `word`, or finds it. */
  traces(word: string): string[];
  /** Closes it and removes its files. */
  discard(): Promise<void>;
};

/** A command that no engine can store, and no rule rejects: its time is not an integer. */
export const POISON_AT = 9_000_000_000_000.5;

let count = 0;
/** A new UUIDv7. */
export function freshId(): string {
  return `01900000-0000-7000-8000-${(++count).toString(16).padStart(12, "0")}`;
}

/** All events of a feed, page by page. */
export async function allEvents(store: Pick<Store, "after">, feed: FeedId): Promise<FeedEvent[]> {
  const all: FeedEvent[] = [];
  for (;;) {
    const found = await store.after(feed, all.at(-1)?.seq ?? 0, 10_000, "node");
    if (isFault(found)) throw new Error(`${feed}: ${found.fault}`);
    if (found.length === 0) return all;
    all.push(...found.map(fromWire));
  }
}

/** A store with users. Commands get times that increase by one. */
export class World {
  readonly #opened: Opened;
  #store: Store;
  #time = 1_000_000;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#store = opened.store;
  }

  get store(): Store {
    return this.#store;
  }

  async reopen(): Promise<void> {
    this.#store = await this.#opened.reopen();
  }

  setClock(now: number): void {
    this.#opened.setClock(now);
  }

  traces(word: string): string[] {
    return this.#opened.traces(word);
  }

  async guest(name: string): Promise<Actor> {
    const token_hash = `hash of ${name}`;
    const [user] = await this.store.signIn([{ token_hash, name, id: freshId(), at: this.#time }]);
    if (!user || isFault(user)) throw new Error(`${name} could not sign in`);
    return { ...user, walk_in: false };
  }

  command<B extends Body>(actor: Actor, body: B, more: { nonce?: string; at?: number } = {}): Command<B> {
    return { actor, body, nonce: more.nonce ?? freshId(), at: more.at ?? ++this.#time };
  }

  send(actor: Actor, room: RoomId, text: string, more: { reply_to?: string } = {}) {
    return this.command(actor, { kind: "send_message", room, text, ...more });
  }

  async verdicts(...commands: Command[]): Promise<readonly Verdict[]> {
    return (await this.store.commit(commands)).verdicts;
  }

  /** The verdict on one command that must be accepted. */
  async accepted(command: Command): Promise<Accepted> {
    const [verdict] = await this.verdicts(command);
    return accepted(verdict);
  }

  /** A room that `owner` created, with the others as members. */
  async room(
    owner: Actor,
    members: readonly Actor[] = [],
    kind: "public" | "private" = "public",
  ): Promise<RoomId> {
    const room = freshId();
    const verdicts = await this.verdicts(
      this.command(owner, { kind: "create_room", room, room_kind: kind, name: `room ${room}` }),
      ...members.map(({ id }) => this.command(owner, { kind: "invite_member", room, user: id })),
    );
    for (const verdict of verdicts) accepted(verdict);
    return room;
  }

  async events(feed: FeedId): Promise<readonly FeedEvent[]> {
    return allEvents(this.store, feed);
  }

  async role(room: RoomId, user: UserId): Promise<Role | null> {
    const members = await this.store.members(room, "node");
    if (isFault(members)) throw new Error(`${room}: ${members.fault}`);
    return members.find(({ id }) => id === user)?.role ?? null;
  }

  async texts(room: RoomId = LOBBY): Promise<string[]> {
    const page = await this.store.page(room, { limit: 100 }, "node");
    if (isFault(page)) throw new Error(`${room}: ${page.fault}`);
    return page.messages.map(({ text }) => text);
  }
}

export function accepted(verdict: Verdict | undefined): Accepted {
  if (!verdict || isFault(verdict)) throw new Error(`Refused: ${JSON.stringify(verdict)}`);
  return verdict;
}

/** A verdict as a word: `ok`, `unchanged`, `duplicate`, or the fault's code. */
export function word(verdict: Verdict): FaultCode | "ok" | "unchanged" | "duplicate" {
  if (isFault(verdict)) return verdict.fault;
  if (verdict.duplicate) return "duplicate";
  return verdict.placed.length === 0 ? "unchanged" : "ok";
}

export function words(committed: Committed | readonly Verdict[]): string[] {
  return ("verdicts" in committed ? committed.verdicts : committed).map(word);
}

export function expectFault(value: unknown, code: FaultCode): void {
  expect((value as Fault).fault).toBe(code);
}

/** Defines a test with a world of its own. */
export type Check = (name: string, body: (world: World) => Promise<void>) => void;

export function checkWith(open: () => Promise<Opened>): Check {
  return (name, body) => {
    test(name, async () => {
      const opened = await open();
      try {
        await body(new World(opened));
      } finally {
        await opened.discard();
      }
    });
  };
}
