import { type Fault, type FeedEvent, type FeedId, fault, type Placed } from "@parley/protocol";
import type { Command } from "../core/command.ts";
import { type Facts, type FeedFacts, fold, type Need, nonceKey } from "../core/facts.ts";
import type { Claim } from "../core/rule.ts";
import { decide, needs as needsOf } from "../core/rules.ts";
import { type Place, readAnswer, writeAnswer } from "./answers.ts";
import { digest } from "./digest.ts";
import { loadMembers, loadMessages, openFeeds } from "./gather.ts";
import type { KnownFeeds, OpenFeed } from "./known-feeds.ts";
import { project } from "./project.ts";
import { type Found, find, type Row, type Steps, write } from "./steps.ts";
import type { Accepted, Committed, Verdict } from "./store.ts";

/** What one attempt at a batch is given. */
export type Attempt = {
  readonly known: KnownFeeds;
  /** Makes the id of an event for its time. */
  readonly newId: (at: number) => string;
  /** Makes the number under which an event's row is kept, above all that were ever made. */
  readonly newRow: () => number;
  /** Milliseconds UTC on the store's clock, with which the feeds are stamped. */
  readonly now: number;
  /** Claims that turned out to be held by others; the batch is repeated without them. */
  readonly lost: Set<string>;
};

/** `lost`: a claim was lost, nothing may stay; roll back and attempt again. Else commit, then keep `feeds`. */
export type Outcome =
  | { readonly lost: true; readonly feeds: ReadonlyMap<FeedId, OpenFeed> }
  | { readonly lost: false; readonly feeds: ReadonlyMap<FeedId, OpenFeed>; readonly committed: Committed };

const FIND_NONCE = "SELECT digest, at, answer FROM nonces WHERE nonce = $1 AND author = $2";
const FEED_OF = "SELECT feed FROM feeds WHERE no = $1";
const CLAIM =
  "INSERT INTO claims (space, key, feed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING space";
const NEW_FEED =
  "INSERT INTO feeds (feed, last, floor, last_at, stamped) VALUES ($1, 0, 0, 0, 0) RETURNING no";
const NEW_NONCE = "INSERT INTO nonces (nonce, author, digest, at, answer) VALUES ($1, $2, $3, $4, $5)";

/** What is to be kept under a nonce. */
type Record = { readonly command: Command; readonly digest: number; readonly answer: Accepted };

/**
 * The body of a commit: lock the feeds, answer twins, gather facts, decide one command after the other on facts folded
 * with all before it, then write set by set. It never commits by itself. `touched` is told the feeds before anything can
 * fail, so that their facts can be dropped.
 */
export function* commit(
  commands: readonly Command[],
  attempt: Attempt,
  touched: (feeds: ReadonlyMap<FeedId, OpenFeed>) => void,
): Steps<Outcome> {
  const needs = commands.map(needsOf);
  const feeds = yield* openFeeds(needs, attempt.known);
  touched(feeds);
  const twins = yield find(
    FIND_NONCE,
    commands.map(({ nonce, actor }) => [nonce, actor.id]),
  );
  yield* loadMembers(needs, feeds);
  yield* loadMessages(commands, needs, (index) => twins[index] !== undefined, feeds);
  const digests = commands.map(({ body }) => digest(body));
  const first = yield* firstAnswers(twins, digests);

  const claims = new Map<string, Claim>();
  const view = new View(feeds);
  const answered = new Answered();
  const verdicts: Verdict[] = [];
  for (let i = 0; i < commands.length; i++) {
    const command = commands[i] as Command;
    const print = digests[i] as number;
    const known = first[i] ?? answered.twin(command, print);
    if (known) {
      verdicts.push(known);
      continue;
    }
    view.needs = needs[i] as readonly Need[];
    const answer = perform(command, view, claims, attempt);
    verdicts.push(answer);
    if (!("fault" in answer)) answered.add({ command, digest: print, answer });
  }

  if (claims.size > 0) {
    const keys = [...claims.keys()].sort();
    const won = yield find(
      CLAIM,
      keys.map((key) => claimRow(claims.get(key) as Claim)),
    );
    keys.forEach((key, i) => {
      if (!won[i]) attempt.lost.add(key);
    });
    if (won.includes(undefined)) return { lost: true, feeds };
  }
  yield* writeAll(feeds, answered.all, attempt);
  const grown = [...feeds.values()].filter(({ events }) => events.length > 0);
  return {
    lost: false,
    feeds,
    committed: { verdicts, feeds: grown.map(({ facts, events }) => ({ feed: facts.feed, events })) },
  };
}

/** The answers that twins got the first time; undefined where a nonce is new. */
function* firstAnswers(twins: Found, digests: readonly number[]): Steps<(Verdict | undefined)[]> {
  const places = twins.map((row, i) => (row && row[0] === digests[i] ? readAnswer(row[2] as string) : []));
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
  return twins.map((row, i) => {
    if (!row) return undefined;
    if (row[0] !== digests[i]) return fault("nonce_reused");
    const placed = (places[i] as Place[]).map(({ no, seq, id }) => ({
      feed: names.get(no) as FeedId,
      seq,
      id,
    }));
    return { placed, at: row[1] as number, duplicate: true };
  });
}

/** The commands of a batch that were accepted. */
class Answered {
  readonly all: Record[] = [];
  /** By nonce alone, which is enough unless two authors chose the same. */
  readonly #byNonce = new Map<string, Record>();
  readonly #byBoth = new Map<string, Record>();

  twin({ nonce, actor }: Command, digest: number): Verdict | undefined {
    let twin = this.#byNonce.get(nonce);
    if (twin && twin.command.actor.id !== actor.id) twin = this.#byBoth.get(nonceKey(actor.id, nonce));
    if (!twin) return undefined;
    return twin.digest === digest ? { ...twin.answer, duplicate: true } : fault("nonce_reused");
  }

  add(record: Record): void {
    const { nonce, actor } = record.command;
    this.all.push(record);
    if (this.#byNonce.has(nonce)) this.#byBoth.set(nonceKey(actor.id, nonce), record);
    else this.#byNonce.set(nonce, record);
  }
}

/** The facts as the rule of one command may see them: of the feeds that it named. */
class View implements Facts {
  needs: readonly Need[] = [];
  readonly #feeds: ReadonlyMap<FeedId, OpenFeed>;

  constructor(feeds: ReadonlyMap<FeedId, OpenFeed>) {
    this.#feeds = feeds;
  }

  feed(id: FeedId): FeedFacts {
    return this.open(id).facts;
  }

  open(id: FeedId): OpenFeed {
    for (const { feed } of this.needs) if (feed === id) return this.#feeds.get(id) as OpenFeed;
    throw new Error(`A rule did not say that it needs ${id}`);
  }
}

/** Lets the rule decide and takes its events into the feeds. */
function perform(
  command: Command,
  view: View,
  claims: Map<string, Claim>,
  attempt: Attempt,
): Accepted | Fault {
  const { actor, nonce } = command;
  const decision = decide(command, view);
  if (decision === "unchanged") return { placed: [], at: command.at, duplicate: false };
  if ("fault" in decision) return decision;
  for (const claim of decision.claims ?? []) {
    const key = claimKey(claim);
    if (claims.has(key) || attempt.lost.has(key)) return fault(claim.fault);
  }
  for (const claim of decision.claims ?? []) claims.set(claimKey(claim), claim);
  const placed: Placed[] = [];
  let at = 0;
  for (const draft of decision.drafts) {
    const open = view.open(draft.feed);
    open.lastAt = Math.max(command.at, open.lastAt);
    const seq = open.facts.last + 1;
    const id = attempt.newId(open.lastAt);
    const stamp = {
      seq,
      id,
      kind: draft.event.kind,
      actor: actor.id,
      name: actor.name,
      at: open.lastAt,
      nonce,
    };
    const event = Object.assign(stamp, draft.event) as FeedEvent;
    fold(open.facts, event);
    open.events.push(event);
    placed.push({ feed: draft.feed, seq, id });
    at = Math.max(at, open.lastAt);
  }
  return { placed, at, duplicate: false };
}

function claimKey({ space, key }: Claim): string {
  return `${space}/${key}`;
}

function claimRow({ space, key, feed }: Claim): Row {
  return [space, key, feed];
}

function* writeAll(
  feeds: ReadonlyMap<FeedId, OpenFeed>,
  records: readonly Record[],
  { now, newRow }: Attempt,
): Steps<void> {
  const grown = [...feeds.values()].filter(({ events }) => events.length > 0);
  const fresh = grown.filter(({ no }) => no === 0);
  if (fresh.length > 0) {
    const made = yield find(
      NEW_FEED,
      fresh.map(({ facts }) => [facts.feed]),
    );
    fresh.forEach((open, i) => {
      open.no = (made[i] as Row)[0] as number;
    });
  }
  yield* project(grown, now, newRow);
  const rows: Row[] = [];
  for (const { command, digest, answer } of records) {
    const places = answer.placed.map(({ feed, seq, id }) => ({
      no: (feeds.get(feed) as OpenFeed).no,
      seq,
      id,
    }));
    rows.push([command.nonce, command.actor.id, digest, answer.at, writeAnswer(places)]);
  }
  if (rows.length > 0) yield write(NEW_NONCE, rows);
}
