import { type FeedEvent, LIMITS, type Message, type ReadState, type UserId } from "@parley/protocol";

/** A room's messages as they are now, oldest first, computed from its log alone: slow, and independent of the SDK. */
export function project(log: readonly FeedEvent[], reader: UserId | null): Message[] {
  return log.flatMap((sent) => {
    if (sent.kind !== "message_sent") return [];
    const later = log.filter((event) => "message" in event && event.message.id === sent.id);
    const isDeleted = later.some(({ kind }) => kind === "message_deleted");
    const edits = later.filter((event) => event.kind === "message_edited");
    const said = isDeleted ? { text: "", mentions: [] } : (edits.at(-1) ?? sent);
    return [
      {
        id: sent.id,
        seq: sent.seq,
        author: sent.actor,
        name: sent.name,
        at: sent.at,
        text: said.text,
        mentions: said.mentions,
        mentions_room: "mentions_room" in said && said.mentions_room === true,
        reactions: isDeleted ? [] : reactionsOf(later, reader),
        reply_to: sent.reply_to,
        edited_at: edits.at(-1)?.at ?? null,
        deleted: isDeleted,
        walk_in: false,
        nonce: sent.nonce,
        rev: later.at(-1)?.seq ?? sent.seq,
      },
    ];
  });
}

/** What a reader has not read above `seq`. */
export function unread(log: readonly FeedEvent[], seq: number, reader: UserId): ReadState {
  const others = project(log, reader).filter(
    (message) => message.seq > seq && message.author !== reader && !message.deleted,
  );
  const meant = others.filter(({ mentions, mentions_room }) => mentions_room || mentions.includes(reader));
  return {
    seq,
    unread: Math.min(LIMITS.unread, others.length),
    mentions: Math.min(LIMITS.unread, meant.length),
  };
}

function reactionsOf(later: readonly FeedEvent[], reader: UserId | null): Message["reactions"] {
  const standing = new Map<string, { emoji: string; id: UserId; name: string; seq: number }>();
  for (const event of later) {
    if (event.kind !== "reaction_added" && event.kind !== "reaction_removed") continue;
    const { emoji, actor: id, name, seq } = event;
    if (event.kind === "reaction_added") standing.set(`${emoji} ${id}`, { emoji, id, name, seq });
    else standing.delete(`${emoji} ${id}`);
  }
  const inOrder = [...standing.values()].sort((one, other) => one.seq - other.seq);
  return [...new Set(inOrder.map(({ emoji }) => emoji))].map((emoji) => {
    const users = inOrder.filter((one) => one.emoji === emoji).map(({ id, name }) => ({ id, name }));
    return { emoji, count: users.length, mine: users.some(({ id }) => id === reader), users };
  });
}
