import type { CommandKind, EventKind, EventOf, Fault, FaultCode, FeedId } from "@parley/protocol";
import type { CommandTo } from "./command.ts";
import type { Facts, Need } from "./facts.ts";

/** What the store adds to a draft when it becomes an event. */
type Stamp = "seq" | "id" | "actor" | "name" | "at" | "nonce";

/** An event as a rule proposes it, without number, id, author and time. */
export type DraftEvent = { [K in EventKind]: Omit<EventOf<K>, Stamp> }[EventKind];
export type Draft = { readonly feed: FeedId; readonly event: DraftEvent };

/** A key with one holder in the whole store, such as the name of a public room. The second claim gets `fault`. */
export type Claim = {
  readonly space: "room_name" | "room_skeleton";
  readonly key: string;
  readonly feed: FeedId;
  readonly fault: FaultCode;
};

/** A key that a rule may claim: its holder is a fact, read before the rule decides. */
export type Name = Pick<Claim, "space" | "key">;

/** A key that its holder releases. */
export type Release = Pick<Claim, "space" | "key" | "feed">;

/** What a rule decides: events to append (and names to claim), nothing to do, or a fault. */
export type Decision =
  | {
      readonly drafts: readonly Draft[];
      readonly claims?: readonly Claim[];
      readonly releases?: readonly Release[];
    }
  | "unchanged"
  | Fault;

/**
 * A rule is a value: the facts that it needs, and its decision. Synchronous and pure, so that it runs inside the
 * transaction of any engine and its tests need no mocks. `needs` depends on the command alone and names at most
 * LIMITS.feeds_per_command feeds; every draft goes to one of them.
 */
export type Rule<K extends CommandKind> = {
  needs(command: CommandTo<K>): readonly Need[];
  decide(command: CommandTo<K>, facts: Facts): Decision;
  /** The keys that the decision may claim. They depend on the command alone. */
  names?(command: CommandTo<K>): readonly Name[];
  /** The command is idempotent, so the store keeps no nonce for it. */
  readonly keyless?: true;
};

export type Rules = { readonly [K in CommandKind]: Rule<K> };

/** Binds a rule to its kind of command, so that the command is typed. */
export function rule<K extends CommandKind>(_kind: K, body: Rule<NoInfer<K>>): Rule<K> {
  return body;
}

/**
 * The most events that a command with these needs makes: one in its room, and for each private feed that it names one there
 * and one in the room.
 */
export function mostEvents(needs: readonly Need[]): number {
  return 2 * needs.length - 1;
}
