import { type FeedId, fault } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import { nonceKey } from "../../core/facts.ts";
import { idToBytes } from "../base/compact-id.ts";
import { readNonceResult, readTime, type StoredPosition } from "../base/nonce-result.ts";
import { type FoundRows, find, type Row, type Steps } from "../base/steps.ts";
import type { Accepted, Verdict } from "../store.ts";
import { FIND_NONCE } from "./nonces.ts";

const FEED_OF = "SELECT feed FROM feeds WHERE no = $1";

/** An accepted command: what is to be kept under its nonce. */
export type AcceptedCommand = {
  readonly command: Command;
  readonly digest: number;
  readonly answer: Accepted;
};

function* findNonces(commands: readonly Command[]): Steps<FoundRows> {
  if (commands.length === 0) return [];
  return yield find(
    FIND_NONCE,
    commands.map(({ nonce, actor }) => [idToBytes(nonce), idToBytes(actor.id)]),
  );
}

export function* anyDuplicate(commands: readonly Command[]): Steps<boolean> {
  return (yield* findNonces(commands)).some((row) => row !== undefined);
}

/** The answers that duplicates got the first time; undefined where a nonce is new. */
export function* knownResults(
  commands: readonly Command[],
  digests: readonly number[],
): Steps<(Verdict | undefined)[]> {
  const duplicates = yield* findNonces(commands);
  const places = duplicates.map((row, i) =>
    row && row[0] === digests[i] ? readNonceResult(row[2] as Uint8Array) : [],
  );
  const numbers = [...new Set(places.flat().map(({ no }) => no))];
  const names = new Map<number, FeedId>();
  if (numbers.length > 0) {
    const found = yield find(
      FEED_OF,
      numbers.map((no) => [no]),
    );
    numbers.forEach((no, i) => {
      names.set(no, (found[i] as Row)[0] as FeedId);
    });
  }
  return duplicates.map((row, i) => {
    if (!row) return undefined;
    if (row[0] !== digests[i]) return fault("nonce_reused");
    const placed = (places[i] as StoredPosition[]).map(({ no, seq, id }) => ({
      feed: names.get(no) as FeedId,
      seq,
      id,
    }));
    return { placed, at: readTime(row[1] as number | null, placed), duplicate: true };
  });
}

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
}
