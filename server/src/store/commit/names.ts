import type { FeedId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import type { Name } from "../../core/rule.ts";
import { claimed } from "../../core/rules.ts";
import { find, type Lookup, type Row, write } from "../base/steps.ts";

const HOLDER = "SELECT feed FROM claims WHERE space = $1 AND key = $2";
const CLAIM =
  "INSERT INTO claims (space, key, feed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING space";
const RELEASE = "DELETE FROM claims WHERE space = $1 AND key = $2 AND feed = $3";

/**
 * Who holds the keys that the commands of a batch claim or release, by space and key: a fact, read before anything is
 * decided and folded with each decision. `before` is what the store has.
 */
export type ClaimChanges = Map<string, HeldName>;
type HeldName = {
  readonly name: Name;
  readonly before: FeedId | null;
  holder: FeedId | null;
};

/** Reads the holders into `names`. */
export function findHolders(commands: readonly Command[], names: ClaimChanges): Lookup[] {
  const keys = new Map(commands.flatMap(claimed).map((name) => [claimKey(name), name]));
  if (keys.size === 0) return [];
  return [
    {
      step: find(
        HOLDER,
        [...keys.values()].map(({ space, key }) => [space, key]),
      ),
      take(found) {
        for (const [i, [key, name]] of [...keys].entries()) {
          const before = (found[i]?.[0] as FeedId | undefined) ?? null;
          names.set(key, { name, before, holder: before });
        }
      },
    },
  ];
}

/**
 * Releases and takes the keys, each in their order so that two batches never wait for each other. Releases go first, so that
 * another feed of the batch can have the key. `lost` is called when another writer took one since they were read.
 */
export function changeHolders(names: ClaimChanges, lost: () => void): Lookup[] {
  const released: Row[] = [];
  const taken: Row[] = [];
  if (names.size === 0) return [];
  const sorted = [...names].sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [, { name, before, holder }] of sorted) {
    if (before === holder) continue;
    if (before !== null) released.push(claimRow(name, before));
    if (holder !== null) taken.push(claimRow(name, holder));
  }
  const lookups: Lookup[] = [];
  if (released.length > 0) lookups.push({ step: write(RELEASE, released) });
  if (taken.length > 0) {
    lookups.push({
      step: find(CLAIM, taken),
      take(found) {
        if (found.includes(undefined)) lost();
      },
    });
  }
  return lookups;
}

export function claimKey({ space, key }: Name): string {
  return `${space}/${key}`;
}

function claimRow({ space, key }: Name, feed: FeedId): Row {
  return [space, key, feed];
}
