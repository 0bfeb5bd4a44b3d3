import type { FeedId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import {
  type FeedFacts,
  findMessage,
  type MessageFact,
  type MessageNeed,
  type Need,
  nonceKey,
  reactionOf,
} from "../../core/facts.ts";
import { bytesToId, idToBytes } from "../base/compact-id.ts";
import { readNonceResult } from "../base/nonce-result.ts";
import { find, type Row, type Steps } from "../base/steps.ts";
import type { OpenFeed } from "./known-feeds.ts";
import { FIND_NONCE } from "./nonces.ts";

const MESSAGE_BY_ID =
  "SELECT e.seq, e.actor, a.deleted FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE e.id = $1 AND e.message = 1 AND e.feed_no = $2";
const MESSAGE_BY_SEQ =
  "SELECT e.id, e.actor, a.deleted FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE e.feed_no = $1 AND e.seq = $2 AND e.message = 1";
/** How many kinds of reactions a message has, how many of one kind, and whether one user is among them. */
const REACTION_FACT =
  "SELECT (SELECT COUNT(DISTINCT emoji) FROM reactions WHERE room_no = $1 AND seq = $2), " +
  "(SELECT COUNT(*) FROM reactions WHERE room_no = $1 AND seq = $2 AND emoji = $3), " +
  "(SELECT COUNT(*) FROM reactions WHERE room_no = $1 AND seq = $2 AND emoji = $3 AND user_id = $4)";

type MessageLookup = { readonly no: number; readonly facts: FeedFacts; readonly need: MessageNeed };

/** Loads the messages that commands name, by id or by the nonce of an own command. `skip` are those that had their answer. */
export function* loadMessages(
  commands: readonly Command[],
  needs: readonly (readonly Need[])[],
  skip: (index: number) => boolean,
  open: ReadonlyMap<FeedId, OpenFeed>,
): Steps<void> {
  const sought: MessageLookup[] = [];
  for (let i = 0; i < commands.length; i++) {
    if (skip(i)) continue;
    for (const { feed, messages } of needs[i] as readonly Need[]) {
      if (!messages) continue;
      const { no, facts } = open.get(feed) as OpenFeed;
      if (no > 0) for (const need of messages) sought.push({ no, facts, need });
    }
  }
  if (sought.length === 0) return;
  const byId = yield find(
    MESSAGE_BY_ID,
    sought.map(({ no, need }) => [idToBytes(need.ref), no]),
  );
  const rest: MessageLookup[] = [];
  for (const [i, each] of sought.entries()) {
    const row = byId[i];
    if (!row) {
      rest.push(each);
      continue;
    }
    const [seq, author, deleted] = row as [number, string, number | null];
    keep(each.facts, each.need.ref, seq, author, deleted);
  }
  if (rest.length > 0) yield* loadByNonce(rest);
  const reacted = sought.filter(({ need }) => need.emoji !== undefined);
  if (reacted.length > 0) yield* loadReactions(reacted);
}

function* loadReactions(sought: readonly MessageLookup[]): Steps<void> {
  const rows: Row[] = [];
  const into: [MessageFact, string, string][] = [];
  for (const { no, facts, need } of sought) {
    const message = findMessage(facts, need);
    if (!message || need.emoji === undefined) continue;
    rows.push([no, message.seq, need.emoji, need.actor]);
    into.push([message, need.emoji, need.actor]);
  }
  if (rows.length === 0) return;
  const found = yield find(REACTION_FACT, rows);
  for (const [i, [message, emoji, actor]] of into.entries()) {
    const [kinds, count, own] = found[i] as unknown as [number, number, number];
    message.reactions ??= { kinds, byEmoji: new Map() };
    const fact = reactionOf(message.reactions, emoji);
    fact.count = count;
    fact.users.set(actor, own > 0);
  }
}

function* loadByNonce(sought: readonly MessageLookup[]): Steps<void> {
  const answers = yield find(
    FIND_NONCE,
    sought.map(({ need }) => [idToBytes(need.ref), idToBytes(need.actor)]),
  );
  const rows: Row[] = [];
  const into: MessageLookup[] = [];
  for (const [i, each] of sought.entries()) {
    const row = answers[i];
    const first = row && readNonceResult(row[2] as Uint8Array).find(({ no }) => no === each.no);
    if (!first) continue;
    rows.push([first.no, first.seq]);
    into.push(each);
  }
  if (rows.length === 0) return;
  const found = yield find(MESSAGE_BY_SEQ, rows);
  for (const [i, { facts, need }] of into.entries()) {
    const row = found[i];
    if (!row) continue;
    const [id, author, deleted] = row as [Uint8Array, string, number | null];
    const message = keep(facts, bytesToId(id), rows[i]?.[1] as number, author, deleted);
    facts.messages.set(nonceKey(need.actor, need.ref), message);
  }
}

/** One message is one object, by whatever name it was asked for: `fold` changes it under its id. */
function keep(facts: FeedFacts, id: string, seq: number, author: string, deleted: number | null) {
  const message = facts.messages.get(id) ?? { id, seq, author, deleted: deleted === 1, reactions: null };
  facts.messages.set(id, message);
  return message;
}
