import { type Fault, type FeedId, fault, type Placed, type UserId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import { type Facts, type FeedFacts, fold, type Need } from "../../core/facts.ts";
import { mostEvents } from "../../core/rule.ts";
import { decide, needs as needsOf, remembered } from "../../core/rules.ts";
import { idToBytes } from "../base/compact-id.ts";
import { digest } from "../base/digest.ts";
import { bodyText, stamped, wireEvent } from "../base/event-text.ts";
import { writeNonceResult, writeTime } from "../base/nonce-result.ts";
import { insert, type Steps, together } from "../base/steps.ts";
import type { Accepted, Committed, Verdict } from "../store.ts";
import type { Allocator, Attempt } from "./attempt.ts";
import { findAuthors, makeAuthors } from "./authors.ts";
import { type AcceptedCommand, AcceptedCommands, FirstResults, findDuplicates } from "./duplicates.ts";
import type { OpenFeed } from "./known-feeds.ts";
import { factLookups, lockFeeds, makeFeeds } from "./load-facts.ts";
import { MessageLookups } from "./load-messages.ts";
import { type ClaimChanges, changeHolders, claimKey, findHolders } from "./names.ts";
import { NEW_NONCE } from "./nonces.ts";
import { project } from "./project.ts";
import { SessionFence } from "./session-fence.ts";

/** Null: what was assumed was wrong and nothing may stay; roll back, and attempt again with what the attempt has learnt. */
export type AttemptResult = Committed | null;

/**
 * The body of a commit: lock the feeds, answer duplicates, gather facts, decide one command after the other on facts folded
 * with all before it, then write set by set. It never commits by itself.
 *
 * Duplicates are rare, so an attempt that is not `lookUpNonces` assumes that there is none. The unique key of nonces refuses
 * one that was accepted again; one that was refused, by a rule that should not have seen it, is looked up in the end. In
 * both cases the transaction is rolled back, and the next attempt answers duplicates before any rule.
 */
export function* commit(commands: readonly Command[], attempt: Attempt): Steps<AttemptResult> {
  const needs = commands.map(needsOf);
  const locked = yield* lockFeeds(needs, attempt.known);
  const { feeds } = locked;
  attempt.begin(feeds);
  const digests = commands.map(({ body }) => digest(body));
  const first = new FirstResults(commands, digests);
  const named = new MessageLookups(needs, feeds);
  const names: ClaimChanges = new Map();
  const fence = new SessionFence(commands);
  const { authors, learnt } = attempt;
  const missing = new Set<UserId>();
  yield* together([
    ...factLookups(needs, locked),
    ...named.byReference(),
    ...findHolders(commands, names),
    ...fence.lookups(),
    ...findAuthors(authorsOf(commands), authors, learnt, missing),
    ...(attempt.lookUpNonces ? first.lookups() : []),
  ]);
  yield* together([...named.bySeq(), ...first.rest(feeds.values())]);

  const view = new FactsView(feeds);
  const accepted = new AcceptedCommands();
  const refused: Command[] = [];
  const verdicts: Verdict[] = [];
  for (let i = 0; i < commands.length; i++) {
    const command = commands[i] as Command;
    const print = digests[i] as number;
    let verdict = first.of(i) ?? accepted.duplicateOf(command, print);
    if (!verdict) {
      view.needs = needs[i] as readonly Need[];
      const nonce = idToBytes(command.nonce);
      verdict = fence.passes(command)
        ? perform(command, nonce, { view, names, allocator: attempt.allocator })
        : fault("newer_session");
      if ("fault" in verdict) refused.push(command);
      else if (remembered(command)) accepted.add({ command, nonce, digest: print, answer: verdict });
    }
    verdicts.push(verdict);
  }

  const grown = [...feeds.values()].filter(({ events }) => events.length > 0);
  let again = false;
  const lost = () => {
    again = true;
  };
  const duplicate = () => {
    attempt.lookUpNonces = true;
    again = true;
  };
  yield* together([
    ...(attempt.lookUpNonces ? [] : findDuplicates(refused, duplicate)),
    ...makeFeeds(grown, lost),
    ...changeHolders(names, lost),
    ...makeAuthors(accepted.authorsAmong(missing), learnt, lost),
  ]);
  if (again) return null;
  // Also where every command was refused: what the newer session was told must stay true.
  for (const step of fence.writes(attempt.allocator.now())) yield step;
  yield* writeAll(feeds, grown, accepted.all, attempt);
  const published = grown.map(({ facts, events }) => ({
    feed: facts.feed,
    events: events.map(({ event, body }) => wireEvent(event, body)),
  }));
  return { verdicts, feeds: published };
}

/** Under whose numbers nonces are to be kept. */
function* authorsOf(commands: readonly Command[]): Iterable<UserId> {
  for (const command of commands) if (remembered(command)) yield command.actor.id;
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

  /** `toAppend`: the rule has an event for the feed. */
  open(id: FeedId, toAppend = false): OpenFeed {
    for (const { feed, unlocked } of this.needs) {
      if (feed === id && !(toAppend && unlocked)) return this.#feeds.get(id) as OpenFeed;
    }
    throw new Error(`A rule did not say that it needs ${id}`);
  }
}

/** Lets the rule decide and takes its events into the feeds. */
function perform(
  sent: Command,
  nonceBytes: Uint8Array,
  { view, names, allocator }: { view: FactsView; names: ClaimChanges; allocator: Allocator },
): Accepted | Fault {
  const { actor, nonce } = sent;
  const time = allocator.timeOf(sent);
  const command = time === sent.at ? sent : { ...sent, at: time };
  const decision = decide(command, view);
  if (decision === "unchanged") return { placed: [], at: time, duplicate: false };
  if ("fault" in decision) return decision;
  if (decision.drafts.length > mostEvents(view.needs))
    throw new Error(`A rule made ${decision.drafts.length} events of one ${command.body.kind}`);
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
    const open = view.open(draft.feed, true);
    open.lastAt = Math.max(time, open.lastAt);
    const seq = open.facts.last + 1;
    const id = allocator.newId(open.lastAt);
    const event = stamped(draft.event, {
      seq,
      id,
      actor: actor.id,
      name: actor.name,
      at: open.lastAt,
      nonce,
    });
    fold(open.facts, event);
    open.events.push({ event, body: bodyText(draft.event), nonce: nonceBytes });
    placed.push({ feed: draft.feed, seq, id });
    at = Math.max(at, open.lastAt);
  }
  return { placed, at, duplicate: false };
}

function* writeAll(
  feeds: ReadonlyMap<FeedId, OpenFeed>,
  grown: readonly OpenFeed[],
  records: readonly AcceptedCommand[],
  { allocator, authors, learnt }: Attempt,
): Steps<void> {
  if (records.length > 0) {
    const numberOf = (feed: FeedId) => (feeds.get(feed) as OpenFeed).no;
    yield insert(
      NEW_NONCE,
      inOrder(records).map(({ command: { actor }, nonce, digest, answer: { at, placed } }) => [
        nonce,
        authors.get(actor.id) ?? (learnt.get(actor.id) as number),
        digest,
        writeTime(at, placed),
        writeNonceResult(placed, numberOf),
      ]),
    );
  }
  if (grown.length > 0) yield* project(grown, allocator);
}

/** By nonce and author, so that two batches never wait for each other. Most are in this order: a nonce begins with its time. */
function inOrder(records: readonly AcceptedCommand[]): readonly AcceptedCommand[] {
  for (let i = 1; i < records.length; i++) {
    if (compare(records[i - 1] as AcceptedCommand, records[i] as AcceptedCommand) > 0)
      return [...records].sort(compare);
  }
  return records;
}

function compare({ command: one }: AcceptedCommand, { command: other }: AcceptedCommand): number {
  if (one.nonce !== other.nonce) return one.nonce < other.nonce ? -1 : 1;
  return one.actor.id < other.actor.id ? -1 : 1;
}
