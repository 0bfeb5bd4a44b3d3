import { randomFillSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fault, isFault } from "@parley/protocol";
import type { Actor, Body, Command } from "../../core/command.ts";
import { isAnswered, type Step, type Steps } from "../base/steps.ts";
import { uuidv7 } from "../base/uuid.ts";
import { freshId } from "../contract/world.contract.ts";
import { migrate } from "../migrations/migrate.ts";
import { SqliteFile } from "../sqlite/engine/file.ts";
import type { Accepted, Committed, SignIn, User, Verdict } from "../store.ts";
import { type Allocator, Attempt } from "./attempt.ts";
import { KnownAuthors } from "./authors.ts";
import { commit } from "./commit.ts";
import { KnownFeeds } from "./known-feeds.ts";
import { signIn } from "./sign-in.ts";

const uuidAt = uuidv7(randomFillSync);

/** For tests: a store with several writers, each with facts of its own, as the nodes of a shared store have them. */
export class SharedStore {
  readonly file: SqliteFile;
  row: number;
  /** The clock of the engine, milliseconds UTC; null: commands have their own time. */
  clock: number | null = null;
  #time = 1_000_000;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "parley-writers-"));
    this.file = new SqliteFile(join(this.#folder, "parley.db"));
    this.file.transaction(migrate({ now: 1, newId: freshId, epoch: "test" }));
    this.row = Number(this.file.get("SELECT MAX(row) FROM events", [])?.[0]);
  }

  writer(sole = false): Writer {
    return new Writer(this, sole);
  }

  command<B extends Body>(actor: Actor, body: B): Command<B> {
    return { actor, body, nonce: freshId(), at: ++this.#time };
  }

  send(actor: Actor, room: string, text = "tea"): Command {
    return this.command(actor, { kind: "send_message", room, text });
  }

  close(): void {
    this.file.close();
    rmSync(this.#folder, { recursive: true });
  }
}

export class Writer {
  readonly known: KnownFeeds;
  /** Whether the next batches look up nonces before they decide. */
  careful = false;
  /** Round trips of the last transaction to an engine that keeps writes back until it asks, or commits. */
  trips = 0;
  /** All steps that it took. */
  readonly steps: Step[] = [];
  readonly #store: SharedStore;
  /** Rows that the lock of the batch allows; null before it. */
  #allocated: number | null = null;
  readonly #authors = new KnownAuthors();

  constructor(store: SharedStore, sole: boolean) {
    this.#store = store;
    this.known = new KnownFeeds(sole);
  }

  /** One attempt; null when it has to be repeated. `meanwhile` runs before its step of that number. */
  attempt(commands: readonly Command[], meanwhile?: Meanwhile): Committed | null {
    const attempt = new Attempt({
      known: this.known,
      authors: this.#authors,
      allocator: this.#allocator(),
      lookUpNonces: this.careful,
    });
    const committed = this.#run(commit(commands, attempt), meanwhile);
    if (committed) attempt.keep();
    return committed;
  }

  verdicts(...commands: Command[]): readonly Verdict[] {
    const committed = this.attempt(commands);
    if (!committed) throw new Error("The batch was to be repeated");
    return committed.verdicts;
  }

  /** The answers to commands that must be accepted. */
  accepted(...commands: Command[]): readonly Accepted[] {
    return this.verdicts(...commands).map((verdict) => {
      if (isFault(verdict)) throw new Error(`Refused: ${JSON.stringify(verdict)}`);
      return verdict;
    });
  }

  /** One attempt; null when it has to be repeated. */
  signIn(requests: readonly SignIn[], meanwhile?: Meanwhile): readonly (User | Fault)[] | null {
    return this.#run(signIn(requests), meanwhile);
  }

  guest(name: string): Actor {
    const [user] = this.signIn([guestNamed(name)]) as [User];
    return { ...user, walk_in: false };
  }

  room(owner: Actor, members: readonly Actor[] = []): string {
    const room = freshId();
    this.accepted(
      this.#store.command(owner, { kind: "create_room", room, room_kind: "public", name: `room ${room}` }),
      ...members.map(({ id }) => this.#store.command(owner, { kind: "invite_member", room, user: id })),
    );
    return room;
  }

  #run<T>(steps: Steps<T>, meanwhile?: Meanwhile): T {
    this.trips = 1;
    // A writer without others asks for no lock.
    this.#allocated = this.known.sole ? Number.MAX_SAFE_INTEGER : null;
    return this.#store.file.transaction(this.#counted(steps, meanwhile), (result) => result !== null);
  }

  /** Answers only after the lock, as an engine does that fetches time and numbers with it. */
  #allocator(): Allocator {
    const given = () => {
      if (this.#allocated === null) throw new Error("Asked for before the lock");
    };
    return {
      now: () => {
        given();
        return this.#store.clock ?? 1;
      },
      timeOf: ({ at }) => {
        given();
        return this.#store.clock ?? at;
      },
      newId: (at) => {
        given();
        return uuidAt(at);
      },
      newRow: () => {
        given();
        if (this.#allocated === 0) throw new Error("More rows than the lock said");
        (this.#allocated as number)--;
        return ++this.#store.row;
      },
    };
  }

  *#counted<T>(steps: Steps<T>, meanwhile?: Meanwhile): Steps<T> {
    let turn = steps.next([]);
    while (!turn.done) {
      this.steps.push(...("kind" in turn.value ? [turn.value] : turn.value));
      for (const step of "kind" in turn.value ? [turn.value] : turn.value)
        if (step.kind === "lock") this.#allocated = step.events;
      if (asks(turn.value)) {
        this.trips++;
        if (meanwhile) yield* meanwhile(turn.value, this.trips - 1);
      }
      turn = steps.next(yield turn.value);
    }
    return turn.value;
  }
}

/** What another writer did between two round trips: SQLite has one transaction at a time, so it is done within this one. */
export type Meanwhile = (step: Step | readonly Step[], trip: number) => Steps<void>;

function asks(step: Step | readonly Step[]): boolean {
  return "kind" in step ? isAnswered(step) : step.some(asks);
}

export function guestNamed(name: string, token_hash = `hash of ${name}`): SignIn {
  return { token_hash, name, id: freshId(), at: 1 };
}
