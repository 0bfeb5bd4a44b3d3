import { type FeedId, fault, type UserId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import { nonceKey } from "../../core/facts.ts";
import { idToBytes } from "../base/compact-id.ts";
import { readNonceResult, readTime, type StoredPosition } from "../base/nonce-result.ts";
import { type FoundRows, find, type Lookup, type Row } from "../base/steps.ts";
import type { Accepted, Verdict } from "../store.ts";
import { FIND_NONCE } from "./nonces.ts";

const FEED_OF = "SELECT feed FROM feeds WHERE no = $1";

/** An accepted command: what is to be kept under its nonce. */
export type AcceptedCommand = {
  readonly command: Command;
  /** The bytes of its nonce. */
  readonly nonce: Uint8Array;
  readonly digest: number;
  readonly answer: Accepted;
};

function findNonces(commands: readonly Command[], take: (found: FoundRows) => void): Lookup[] {
  if (commands.length === 0) return [];
  const rows = commands.map(({ nonce, actor }): Row => [idToBytes(nonce), idToBytes(actor.id)]);
  return [{ step: find(FIND_NONCE, rows), take }];
}

/** Looks up commands that were refused: `known` is called when one of them was answered before. */
export function findDuplicates(commands: readonly Command[], known: () => void): Lookup[] {
  return findNonces(commands, (found) => {
    if (found.some((row) => row !== undefined)) known();
  });
}

/** The answers that duplicates got the first time. */
export class FirstResults {
  readonly #commands: readonly Command[];
  readonly #digests: readonly number[];
  readonly #found: (FoundResult | undefined)[] = [];
  /** The feeds that answers name, by their numbers: null while it is not known. */
  readonly #feeds = new Map<number, FeedId | null>();

  constructor(commands: readonly Command[], digests: readonly number[]) {
    this.#commands = commands;
    this.#digests = digests;
  }

  lookups(): Lookup[] {
    return findNonces(this.#commands, (found) => {
      for (const [i, row] of found.entries()) {
        if (!row) continue;
        const [print, at, answer] = row as [number, number | null, Uint8Array];
        const places = print === this.#digests[i] ? readNonceResult(answer) : null;
        this.#found[i] = { at, places };
        for (const { no } of places ?? []) this.#feeds.set(no, null);
      }
    });
  }

  /** After those: the feeds that the batch does not name, as none should be. */
  rest(open: Iterable<{ readonly no: number; readonly facts: { readonly feed: FeedId } }>): Lookup[] {
    if (this.#feeds.size === 0) return [];
    for (const { no, facts } of open) if (this.#feeds.has(no)) this.#feeds.set(no, facts.feed);
    const missing = [...this.#feeds].filter(([, feed]) => feed === null).map(([no]) => no);
    if (missing.length === 0) return [];
    return [
      {
        step: find(
          FEED_OF,
          missing.map((no) => [no]),
        ),
        take: (found) => {
          for (const [i, no] of missing.entries()) this.#feeds.set(no, (found[i] as Row)[0] as FeedId);
        },
      },
    ];
  }

  /** The first answer to a command of the batch; undefined where its nonce is new. */
  of(index: number): Verdict | undefined {
    const found = this.#found[index];
    if (!found) return undefined;
    if (!found.places) return fault("nonce_reused");
    const placed = found.places.map(({ no, seq, id }) => ({ feed: this.#feeds.get(no) as FeedId, seq, id }));
    return { placed, at: readTime(found.at, placed), duplicate: true };
  }
}

/** `places` is null where the nonce belongs to another command. */
type FoundResult = { readonly at: number | null; readonly places: readonly StoredPosition[] | null };

/** The commands of a batch that were accepted. */
export class AcceptedCommands {
  readonly all: AcceptedCommand[] = [];
  /** By nonce alone, which is enough unless two authors chose the same. */
  readonly #byNonce = new Map<string, AcceptedCommand>();
  readonly #byBoth = new Map<string, AcceptedCommand>();

  duplicateOf({ nonce, actor }: Command, digest: number): Verdict | undefined {
    let duplicateOf = this.#byNonce.get(nonce);
    if (duplicateOf && duplicateOf.command.actor.id !== actor.id)
      duplicateOf = this.#byBoth.get(nonceKey(actor.id, nonce));
    if (!duplicateOf) return undefined;
    return duplicateOf.digest === digest ? { ...duplicateOf.answer, duplicate: true } : fault("nonce_reused");
  }

  add(record: AcceptedCommand): void {
    const { nonce, actor } = record.command;
    this.all.push(record);
    if (this.#byNonce.has(nonce)) this.#byBoth.set(nonceKey(actor.id, nonce), record);
    else this.#byNonce.set(nonce, record);
  }

  /** Those of some users that are an author here, in their order. */
  authorsAmong(users: ReadonlySet<UserId>): UserId[] {
    if (users.size === 0) return [];
    const authors = new Set(this.all.map(({ command }) => command.actor.id));
    return [...users].filter((user) => authors.has(user));
  }
}
