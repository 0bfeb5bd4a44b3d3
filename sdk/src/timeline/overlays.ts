import type { CommandOf, EventId, Message, MessageRef, Nonce, Placed, Reaction } from "@parley/protocol";
import type { OutboxItem } from "../outbox/outbox.ts";
import { react } from "./fold.ts";
import { type Me, type TimelineItem, toItem } from "./item.ts";

type ChangeBody = CommandOf<"edit_message" | "delete_message" | "add_reaction" | "remove_reaction">;
type Change = { readonly nonce: Nonce; readonly body: ChangeBody; readonly at: number };
type Shown = { readonly message: Message; readonly nonces: string; readonly item: TimelineItem };

/**
 * Own changes of messages that are on their way: shown before their events come, and not any more when they are refused.
 * Between ack and event they stay, so that nothing flickers.
 */
export class Overlays {
  #acked: (Change & { readonly seq: number })[] = [];
  /** What was shown last, so that views keep their identity. */
  #shown = new Map<EventId, Shown>();
  #byRef = new Map<MessageRef, Change[]>();

  acknowledged({ nonce, body, at }: OutboxItem, { seq }: Placed): void {
    if (isChange(body)) this.#acked.push({ nonce, body, at, seq });
  }

  /** The events up to `asOf` are here. */
  settle(asOf: number): void {
    if (this.#acked.length > 0) this.#acked = this.#acked.filter(({ seq }) => seq > asOf);
  }

  clear(): void {
    this.#acked = [];
  }

  /** Looks at what is on its way now; `over` then shows it. */
  gather(outbox: readonly OutboxItem[]): void {
    const byRef = new Map<MessageRef, Change[]>();
    const add = (change: Change) => {
      const changes = byRef.get(change.body.message);
      if (changes) changes.push(change);
      else byRef.set(change.body.message, [change]);
    };
    for (const change of this.#acked) add(change);
    for (const { nonce, body, at, state } of outbox) {
      if (state !== "failed" && isChange(body)) add({ nonce, body, at });
    }
    this.#byRef = byRef;
    if (byRef.size === 0 && this.#shown.size > 0) this.#shown = new Map();
  }

  /** The message as it will be; null where nothing is on its way to it. */
  over(message: Message, me: Me): TimelineItem | null {
    if (this.#byRef.size === 0) return null;
    const byNonce = message.author === me?.id ? this.#byRef.get(message.nonce) : undefined;
    const changes = [...(this.#byRef.get(message.id) ?? []), ...(byNonce ?? [])];
    if (changes.length === 0 || message.deleted) return null;
    const nonces = changes.map(({ nonce }) => nonce).join();
    const kept = this.#shown.get(message.id);
    if (kept?.message === message && kept.nonces === nonces) return kept.item;
    const item = changes.reduce((item, change) => lay(item, change, me), toItem(message, me));
    this.#shown.set(message.id, { message, nonces, item });
    return item;
  }
}

function isChange(body: OutboxItem["body"]): body is ChangeBody {
  switch (body.kind) {
    case "edit_message":
    case "delete_message":
    case "add_reaction":
    case "remove_reaction":
      return true;
    default:
      return false;
  }
}

function lay(item: TimelineItem, { body, at }: Change, me: Me): TimelineItem {
  switch (body.kind) {
    case "edit_message":
      return {
        ...item,
        text: body.text,
        mentions: body.mentions ?? [],
        mentionsRoom: body.mentions_room === true,
        editedAt: at,
        changing: "edit",
      };
    case "delete_message":
      return { ...item, changing: "delete" };
    case "add_reaction":
      return { ...item, reactions: mine(item.reactions, body.emoji, true, me) };
    case "remove_reaction":
      return { ...item, reactions: mine(item.reactions, body.emoji, false, me) };
  }
}

function mine(reactions: readonly Reaction[], emoji: string, has: boolean, me: Me): readonly Reaction[] {
  const had = reactions.find((reaction) => reaction.emoji === emoji)?.mine === true;
  return had === has || me === null ? reactions : react(reactions, emoji, me, has, me.id);
}
