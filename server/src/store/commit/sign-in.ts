import { type Fault, fault, nameKey, userFeed } from "@parley/protocol";
import { skeleton } from "@parley/protocol/name-policy";
import { type FoundRows, find, type Row, type Steps, together } from "../base/steps.ts";
import type { SignIn, User } from "../store.ts";
import { NEW_FEED } from "./load-facts.ts";

const BY_TOKEN = "SELECT id, name, name_key FROM users WHERE token_hash = $1";
const BY_NAME = "SELECT id FROM users WHERE name_key = $1 OR skeleton = $2 LIMIT 1";
const NEW_USER =
  "INSERT INTO users (id, name, name_key, token_hash, created_at, rev, skeleton) VALUES ($1, $2, $3, $4, $5, 0, $6) " +
  "ON CONFLICT DO NOTHING RETURNING id";

/** A guest that is known by its token. */
type Guest = User & { readonly name_key: string };

/**
 * The body of a sign-in: finds guests by their tokens and makes those that are new. The first in a batch gets a name. Null
 * when another writer made a guest with such a token or name at the same moment: roll back, and attempt again.
 *
 * The keys of the table refuse an equal name, not one that only looks alike: an engine with several writers lets one of them
 * at a time carry this out.
 */
export function* signIn(requests: readonly SignIn[]): Steps<(User | Fault)[] | null> {
  let byToken: FoundRows = [];
  let byName: FoundRows = [];
  yield* together([
    {
      step: find(
        BY_TOKEN,
        requests.map(({ token_hash }) => [token_hash]),
      ),
      take(found) {
        byToken = found;
      },
    },
    {
      step: find(
        BY_NAME,
        requests.map(({ name }) => (name === null ? ["", null] : [nameKey(name), skeleton(name)])),
      ),
      take(found) {
        byName = found;
      },
    },
  ]);
  const made = new Map<string, Guest>();
  const taken = new Set<string>();
  const users: Row[] = [];
  const answers = requests.map((request, i): User | Fault => {
    const { token_hash, name, id, at } = request;
    const known = guest(byToken[i]) ?? made.get(token_hash);
    if (known) return sameGuest(known, name);
    if (name === null) return fault("name_needed");
    const name_key = nameKey(name);
    const shape = skeleton(name);
    // Keys and skeletons share the set: a key that equals the skeleton of another name is its look-alike.
    if (byName[i] || taken.has(name_key) || taken.has(shape)) return fault("name_taken");
    taken.add(name_key).add(shape);
    made.set(token_hash, { id, name, name_key });
    users.push([id, name, name_key, token_hash, at, shape]);
    return { id, name };
  });
  if (users.length === 0) return answers;
  // In the order of their names, so that two batches never wait for each other.
  users.sort(([, , one], [, , other]) => ((one as string) < (other as string) ? -1 : 1));
  let lost = false;
  const take = (found: FoundRows) => {
    lost ||= found.includes(undefined);
  };
  yield* together([
    { step: find(NEW_USER, users), take },
    // The private feed begins with the user, so that rules find the user by it.
    {
      step: find(
        NEW_FEED,
        users.map(([id]) => [userFeed(id as string)]),
      ),
      take,
    },
  ]);
  return lost ? null : answers;
}

/** The answer to a token that is known. The name may be left out, and is compared as names are. */
export function sameGuest(known: Guest, name: string | null): User | Fault {
  if (name !== null && nameKey(name) !== known.name_key) return fault("name_differs");
  return { id: known.id, name: known.name };
}

function guest(row: Row | undefined): Guest | undefined {
  if (!row) return undefined;
  const [id, name, name_key] = row as [string, string, string];
  return { id, name, name_key };
}
