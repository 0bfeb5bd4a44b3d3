import type { FeedId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import type { Name } from "../../core/rule.ts";
import { claimed } from "../../core/rules.ts";
import { find, type Row, type Steps, write } from "../base/steps.ts";

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

/** Reads the holders, in the order of the keys so that two batches never wait for each other. */
export function* loadNames(commands: readonly Command[]): Steps<ClaimChanges> {
  const keys = new Map(commands.flatMap(claimed).map((name) => [claimKey(name), name]));
  const sorted = [...keys].sort(([one], [other]) => (one < other ? -1 : 1));
  const names: ClaimChanges = new Map();
  if (sorted.length === 0) return names;
  const found = yield find(
    HOLDER,
    sorted.map(([, { space, key }]) => [space, key]),
  );
  for (const [i, [key, name]] of sorted.entries()) {
    const before = (found[i]?.[0] as FeedId | undefined) ?? null;
    names.set(key, { name, before, holder: before });
  }
  return names;
}

/** The feed that lets go of a key goes first, so that another feed of the batch can have it. */
export function* release(names: ClaimChanges): Steps<void> {
  const rows: Row[] = [];
  for (const { name, before, holder } of names.values()) {
    if (before !== null && before !== holder) rows.push(claimRow(name, before));
  }
  if (rows.length > 0) yield write(RELEASE, rows);
}

/** Takes the keys. False when another writer took one since they were read: then the batch is attempted again. */
export function* claim(names: ClaimChanges): Steps<boolean> {
  const rows: Row[] = [];
  for (const { name, before, holder } of names.values()) {
    if (holder !== null && before !== holder) rows.push(claimRow(name, holder));
  }
  if (rows.length === 0) return true;
  return !(yield find(CLAIM, rows)).includes(undefined);
}

export function claimKey({ space, key }: Name): string {
  return `${space}/${key}`;
}

function claimRow({ space, key }: Name, feed: FeedId): Row {
  return [space, key, feed];
}
