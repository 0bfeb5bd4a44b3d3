import { type Fault, type FeedEvent, type FeedId, fault, type Placed, type UserId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import { type Facts, type FeedFacts, fold, type Need, nonceKey } from "../../core/facts.ts";
import type { Name } from "../../core/rule.ts";
import { claimed, decide, needs as needsOf, remembered } from "../../core/rules.ts";
import { idToBytes } from "../base/compact-id.ts";
import { digest } from "../base/digest.ts";
import { bodyText, wireEvent } from "../base/event-text.ts";
import {
  readNonceResult,
  readTime,
  type StoredPosition,
  writeNonceResult,
  writeTime,
} from "../base/nonce-result.ts";
import { type FoundRows, find, insert, type Row, type Steps, write } from "../base/steps.ts";
import type { Accepted, Committed, Verdict } from "../store.ts";
import { type KnownAuthors, learnAuthors } from "./authors.ts";
import type { KnownFeeds, OpenFeed } from "./known-feeds.ts";
import { loadMembers, loadMessages, loadReads, openFeeds } from "./load-facts.ts";
import { FIND_NONCE, NEW_NONCE } from "./nonces.ts";
import { project } from "./project.ts";

/** What one attempt at a batch is given. */
export type Attempt = {
  readonly known: KnownFeeds;
  readonly authors: KnownAuthors;
  /** The numbers of authors that this attempt found or made; they hold once it is committed. */
  readonly learnt: Map<UserId, number>;
  /** Makes the id of an event for its time. */
  readonly newId: (at: number) => string;
  /** Makes the number under which an event's row is kept, above all that were ever made. */
  readonly newRow: () => number;
  /** Milliseconds UTC on the store's clock, with which the feeds are stamped. */
  readonly now: number;
  /** Whether nonces are looked up before anything is decided. */
  lookUpNonces: boolean;
};

/** Null: what was assumed was wrong and nothing may stay; roll back, and attempt again with what the attempt has learnt. */
export type AttemptResult = Committed | null;

const FEED_OF = "SELECT feed FROM feeds WHERE no = $1";
const HOLDER = "SELECT feed FROM claims WHERE space = $1 AND key = $2";
const CLAIM =
  "INSERT INTO claims (space, key, feed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING space";
const RELEASE = "DELETE FROM claims WHERE space = $1 AND key = $2 AND feed = $3";
const NEW_FEED =
  "INSERT INTO feeds (feed, last, floor, last_at, stamped) VALUES ($1, 0, 0, 0, 0) RETURNING no";

/** An accepted command: what is to be kept under its nonce. */
type AcceptedCommand = { readonly command: Command; readonly digest: number; readonly answer: Accepted };

/**
 * The body of a commit: lock the feeds, answer duplicates, gather facts, decide one command after the other on facts folded
 * with all before it, then write set by set. It never commits by itself. `touched` is called with the feeds before anything
 * can fail, so that their facts can be dropped.
 *
 * Duplicates are rare, so an attempt that is not `lookUpNonces` assumes that there is none. The unique key of nonces refuses
 * one that was accepted again; one that was refused, by a rule that should not have seen it, is looked up in the end. In
 * both cases the transaction is rolled back, and the next attempt answers duplicates before any rule.
 */
export function* commit(
  commands: readonly Command[],
  attempt: Attempt,
  touched: (feeds: ReadonlyMap<FeedId, OpenFeed>) => void,
): Steps<AttemptResult> {
  const needs = commands.map(needsOf);
  const feeds = yield* openFeeds(needs, attempt.known);
  touched(feeds);
  const digests = commands.map(({ body }) => digest(body));
  const first = attempt.lookUpNonces ? yield* knownResults(commands, digests) : [];
  yield* loadMembers(needs, feeds);
  yield* loadReads(needs, feeds);
  yield* loadMessages(commands, needs, (index) => first[index] !== undefined, feeds);

  const view = new FactsView(feeds);
  const names = yield* loadNames(commands);
  const accepted = new AcceptedCommands();
  const refused: Command[] = [];
  const verdicts: Verdict[] = [];
  for (let i = 0; i < commands.length; i++) {
    const command = commands[i] as Command;
    const print = digests[i] as number;
    let verdict = first[i] ?? accepted.duplicateOf(command, print);
    if (!verdict) {
      view.needs = needs[i] as readonly Need[];
      verdict = perform(command, view, names, attempt);
      if ("fault" in verdict) refused.push(command);
      else if (remembered(command)) accepted.add({ command, digest: print, answer: verdict });
    }
    verdicts.push(verdict);
  }

  if (!attempt.lookUpNonces && (yield* anyDuplicate(refused))) {
    attempt.lookUpNonces = true;
    return null;
  }
  yield* release(names);
  if (!(yield* claim(names))) return null;
  const authors = accepted.all.map(({ command }) => command.actor.id);
  if (!(yield* learnAuthors(authors, attempt.authors, attempt.learnt))) return null;
  const grown = [...feeds.values()].filter(({ events }) => events.length > 0);
  yield* writeAll(feeds, grown, accepted.all, attempt);
  const published = grown.map(({ facts, events }) => ({
    feed: facts.feed,
    events: events.map(({ event, body }) => wireEvent(event, body)),
  }));
  return { verdicts, feeds: published };
}

/**
 * Who holds the keys that the commands of a batch claim or release, by space and key: a fact, read before anything is
 * decided and folded with each decision. `before` is what the store has.
 */
type ClaimChanges = Map<string, HeldName>;
type HeldName = {
  readonly name: Name;
  readonly before: FeedId | null;
  holder: FeedId | null;
};

/** Reads the holders, in the order of the keys so that two batches never wait for each other. */
function* loadNames(commands: readonly Command[]): Steps<ClaimChanges> {
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
function* release(names: ClaimChanges): Steps<void> {
  const rows: Row[] = [];
  for (const { name, before, holder } of names.values()) {
    if (before !== null && before !== holder) rows.push(claimRow(name, before));
  }
  if (rows.length > 0) yield write(RELEASE, rows);
}

/** Takes the keys. False when another writer took one since they were read: then the batch is attempted again. */
function* claim(names: ClaimChanges): Steps<boolean> {
  const rows: Row[] = [];
  for (const { name, before, holder } of names.values()) {
    if (holder !== null && before !== holder) rows.push(claimRow(name, holder));
  }
  if (rows.length === 0) return true;
  return !(yield find(CLAIM, rows)).includes(undefined);
}

function* findNonces(commands: readonly Command[]): Steps<FoundRows> {
  if (commands.length === 0) return [];
  return yield find(
    FIND_NONCE,
    commands.map(({ nonce, actor }) => [idToBytes(nonce), idToBytes(actor.id)]),
  );
}

function* anyDuplicate(commands: readonly Command[]): Steps<boolean> {
  return (yield* findNonces(commands)).some((row) => row !== undefined);
}

/** The answers that duplicates got the first time; undefined where a nonce is new. */
function* knownResults(
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
class AcceptedCommands {
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

/** The facts as the rule of one command may see them: of the feeds that it named. */
class FactsView implements Facts {
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
function perform(command: Command, view: FactsView, names: ClaimChanges, attempt: Attempt): Accepted | Fault {
  const { actor, nonce } = command;
  const decision = decide(command, view);
  if (decision === "unchanged") return { placed: [], at: command.at, duplicate: false };
  if ("fault" in decision) return decision;
  for (const claim of decision.claims ?? []) {
    const known = names.get(claimKey(claim));
    if (!known) throw new Error(`A rule did not say that it claims ${claimKey(claim)}`);
    if (known.holder !== null && known.holder !== claim.feed) return fault(claim.fault);
  }
  for (const { space, key, feed } of decision.releases ?? []) {
    const known = names.get(claimKey({ space, key }));
    if (!known) {
      // No other command of the batch names the key: the store lets go of it if it is this feed's.
      names.set(claimKey({ space, key }), { name: { space, key }, before: feed, holder: null });
    } else if (known.holder === feed) known.holder = null;
  }
  for (const claim of decision.claims ?? []) {
    const known = names.get(claimKey(claim));
    if (known) known.holder = claim.feed;
  }
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
    open.events.push({ event, body: bodyText(draft.event) });
    placed.push({ feed: draft.feed, seq, id });
    at = Math.max(at, open.lastAt);
  }
  return { placed, at, duplicate: false };
}

function claimKey({ space, key }: Name): string {
  return `${space}/${key}`;
}

function claimRow({ space, key }: Name, feed: FeedId): Row {
  return [space, key, feed];
}

function* writeAll(
  feeds: ReadonlyMap<FeedId, OpenFeed>,
  grown: readonly OpenFeed[],
  records: readonly AcceptedCommand[],
  { now, newRow, authors, learnt }: Attempt,
): Steps<void> {
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
  if (records.length > 0) {
    const numberOf = (feed: FeedId) => (feeds.get(feed) as OpenFeed).no;
    yield insert(
      NEW_NONCE,
      records.map(({ command: { nonce, actor }, digest, answer: { at, placed } }) => [
        idToBytes(nonce),
        authors.get(actor.id) ?? (learnt.get(actor.id) as number),
        digest,
        writeTime(at, placed),
        writeNonceResult(placed, numberOf),
      ]),
    );
  }
  if (grown.length > 0) yield* project(grown, now, newRow);
}
