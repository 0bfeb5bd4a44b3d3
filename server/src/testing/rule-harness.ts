import { type FeedEvent, type FeedId, isFault, userFeed } from "@parley/protocol";
import type { Actor, Body } from "../core/command.ts";
import { emptyFacts, type FeedFacts, fold } from "../core/facts.ts";
import type { Decision } from "../core/rule.ts";
import { decide, needs } from "../core/rules.ts";

/** Ids in a row that look like UUIDs: tests read better with them, and a failure repeats itself exactly. */
export function uuidOf(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

/**
 * Rules and `fold` without a store, for tests: commands are decided one after the other on facts that know everything,
 * and what they decide is folded in. Claims are kept, the first wins.
 */
export class RuleHarness {
  readonly events = new Map<FeedId, FeedEvent[]>();
  readonly #facts = new Map<FeedId, FeedFacts>();
  readonly #claims = new Map<string, FeedId>();
  #ids = 1_000_000;

  user(number: number, name: string): Actor {
    const actor = { id: uuidOf(number), name, walk_in: false };
    this.facts(userFeed(actor.id)).user = { id: actor.id, name };
    return actor;
  }

  facts(feed: FeedId): FeedFacts {
    let facts = this.#facts.get(feed);
    if (!facts) {
      facts = emptyFacts(feed);
      this.#facts.set(feed, facts);
    }
    return facts;
  }

  nextId(): string {
    return uuidOf(this.#ids++);
  }

  /** Decides and, if there are events, folds them. Throws if the rule names a feed that it did not ask for. */
  perform(actor: Actor, body: Body, nonce: string = this.nextId()): Decision {
    const command = { actor, nonce, at: 0, body };
    const named = new Set(needs(command).map(({ feed }) => feed));
    const decision = decide(command, { feed: (id) => this.#named(named, id) });
    if (decision === "unchanged" || isFault(decision)) return decision;
    for (const { space, key, feed, fault } of decision.claims ?? []) {
      if ((this.#claims.get(`${space}/${key}`) ?? feed) !== feed) return { fault };
    }
    for (const { space, key } of decision.releases ?? []) this.#claims.delete(`${space}/${key}`);
    for (const { space, key, feed } of decision.claims ?? []) this.#claims.set(`${space}/${key}`, feed);
    for (const { feed, event } of decision.drafts) {
      const facts = this.#named(named, feed);
      const stamped = {
        ...event,
        seq: facts.last + 1,
        id: this.nextId(),
        actor: actor.id,
        name: actor.name,
        at: 0,
        nonce,
      };
      fold(facts, stamped);
      const list = this.events.get(feed);
      if (list) list.push(stamped);
      else this.events.set(feed, [stamped]);
    }
    return decision;
  }

  #named(named: ReadonlySet<FeedId>, feed: FeedId): FeedFacts {
    if (!named.has(feed)) throw new Error(`the rule did not name ${feed} in its needs`);
    return this.facts(feed);
  }
}

/** The outcome in a word: `done`, `unchanged`, or the code of the fault. */
export function outcome(decision: Decision): string {
  if (decision === "unchanged") return "unchanged";
  return isFault(decision) ? decision.fault : "done";
}
