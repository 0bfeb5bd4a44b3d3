import type { FeedId } from "@parley/protocol";
import { type FeedFacts, type MessageNeed, type Need, nonceKey, reactionOf } from "../../core/facts.ts";
import { bytesToId, idToBytes } from "../base/compact-id.ts";
import { ofMessages } from "../base/events.ts";
import { readNonceResult } from "../base/nonce-result.ts";
import { find, type Lookup, type Row, type Value } from "../base/steps.ts";
import type { OpenFeed } from "./known-feeds.ts";
import { FIND_NONCE } from "./nonces.ts";

const MESSAGE = "SELECT e.id, e.seq, e.actor, a.deleted";
/** How many kinds of reactions a message has, how many of one kind, and whether one user is among them. */
const REACTIONS =
  ", (SELECT COUNT(DISTINCT r.emoji) FROM reactions r WHERE r.room_no = e.feed_no AND r.seq = e.seq), " +
  "(SELECT COUNT(*) FROM reactions r WHERE r.room_no = e.feed_no AND r.seq = e.seq AND r.emoji = $3), " +
  "(SELECT COUNT(*) FROM reactions r WHERE r.room_no = e.feed_no AND r.seq = e.seq AND r.emoji = $3 AND r.user_id = $4)";
const FROM =
  " FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq WHERE e.feed_no = $1 AND ";
const byId = (columns: string) => `${columns}${FROM}e.message = 1 AND e.id = $2`;
const bySeq = (columns: string) => ofMessages((kind) => `${columns}${FROM}${kind} AND e.seq = $2`, "e");
const BY_ID = { plain: byId(MESSAGE), reacted: byId(MESSAGE + REACTIONS) };
const BY_SEQ = { plain: bySeq(MESSAGE), reacted: bySeq(MESSAGE + REACTIONS) };

type Sought = {
  readonly no: number;
  readonly facts: FeedFacts;
  readonly need: MessageNeed;
  found: boolean;
  /** The seq that a nonce was answered with. */
  seq: number | null;
};

/** The messages that commands name, by id or by the nonce of an own command. */
export class MessageLookups {
  readonly #sought: Sought[] = [];

  constructor(needs: readonly (readonly Need[])[], open: ReadonlyMap<FeedId, OpenFeed>) {
    for (const each of needs) {
      for (const { feed, messages } of each) {
        if (!messages) continue;
        const { no, facts } = open.get(feed) as OpenFeed;
        if (no === 0) continue;
        for (const need of messages) this.#sought.push({ no, facts, need, found: false, seq: null });
      }
    }
  }

  /** By id and by nonce at once: a reference does not say which of both it is. */
  byReference(): Lookup[] {
    if (this.#sought.length === 0) return [];
    const nonces = this.#sought.map(({ need }): Row => [idToBytes(need.ref), idToBytes(need.actor)]);
    return [
      ...messages(BY_ID, this.#sought, ({ need }) => idToBytes(need.ref)),
      {
        step: find(FIND_NONCE, nonces),
        take: (found) => {
          for (const [i, each] of this.#sought.entries()) {
            const row = found[i];
            const place = row && readNonceResult(row[2] as Uint8Array).find(({ no }) => no === each.no);
            if (place) each.seq = place.seq;
          }
        },
      },
    ];
  }

  /** After those: the messages that only a nonce named. */
  bySeq(): Lookup[] {
    const sought = this.#sought.filter(({ found, seq }) => !found && seq !== null);
    return messages(BY_SEQ, sought, ({ seq }) => seq);
  }
}

/** Messages, with the reactions that are asked for. */
function messages(by: typeof BY_ID, sought: readonly Sought[], key: (sought: Sought) => Value): Lookup[] {
  const plain = sought.filter(({ need }) => need.emoji === undefined);
  const reacted = sought.filter(({ need }) => need.emoji !== undefined);
  return [
    ...kept(by.plain, plain, (each) => [each.no, key(each)]),
    ...kept(by.reacted, reacted, (each) => [each.no, key(each), each.need.emoji ?? "", each.need.actor]),
  ];
}

function kept(sql: string, sought: readonly Sought[], row: (sought: Sought) => Row): Lookup[] {
  if (sought.length === 0) return [];
  return [
    {
      step: find(sql, sought.map(row)),
      take(found) {
        for (const [i, each] of sought.entries()) keep(each, found[i]);
      },
    },
  ];
}

/** One message is one object, by whatever name it was asked for: `fold` changes it under its id. */
function keep(sought: Sought, row: Row | undefined): void {
  if (!row) return;
  const [bytes, seq, author, deleted] = row as [Uint8Array, number, string, number | null];
  const { facts, need } = sought;
  const id = bytesToId(bytes);
  const message = facts.messages.get(id) ?? { id, seq, author, deleted: deleted === 1, reactions: null };
  facts.messages.set(id, message);
  if (need.ref !== id) facts.messages.set(nonceKey(need.actor, need.ref), message);
  sought.found = true;
  if (need.emoji === undefined) return;
  const [kinds, count, own] = row.slice(4) as [number, number, number];
  message.reactions ??= { kinds, byEmoji: new Map() };
  const fact = reactionOf(message.reactions, need.emoji);
  fact.count = count;
  fact.users.set(need.actor, own > 0);
}
