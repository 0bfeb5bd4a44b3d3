import { type Fault, fault, type MessageRef } from "@parley/protocol";
import { type ActorRole, may } from "./access.ts";
import type { Command, CommandTo } from "./command.ts";
import { type FeedFacts, findMessage, type MessageFact, type Need, type RoomFact } from "./facts.ts";
import { refuseArchived, seenRoom } from "./rooms.ts";
import { rule } from "./rule.ts";

export const sendMessage = rule("send_message", {
  needs: ({ actor, body }) => [
    {
      feed: body.room,
      members: [actor.id],
      ...(body.reply_to === undefined ? {} : { messages: [{ ref: body.reply_to, actor: actor.id }] }),
    },
  ],
  decide(command, facts) {
    const { actor, body } = command;
    const room = facts.feed(body.room);
    const seen = seenRoom(command, room);
    if ("fault" in seen) return seen;
    if (!may("send", seen.room.kind, seen.who)) return fault("not_a_member");
    const archived = refuseArchived(seen.room);
    if (archived) return archived;
    let replyTo: { id: string; seq: number } | null = null;
    if (body.reply_to !== undefined) {
      const message = findMessage(room, { ref: body.reply_to, actor: actor.id });
      if (!message) return fault("no_such_message", "reply_to");
      replyTo = { id: message.id, seq: message.seq };
    }
    const { text, mentions = [], mentions_room } = body;
    const plain = { kind: "message_sent", text, mentions, reply_to: replyTo } as const;
    if (!mentions_room && !actor.walk_in) return { drafts: [{ feed: body.room, event: plain }] };
    const marked = {
      ...plain,
      ...(mentions_room ? { mentions_room: true as const } : {}),
      ...(actor.walk_in ? { walk_in: true as const } : {}),
    };
    return { drafts: [{ feed: body.room, event: marked }] };
  },
});

function needsMessage({ actor, body }: CommandTo<"edit_message"> | CommandTo<"delete_message">): Need[] {
  return [{ feed: body.room, members: [actor.id], messages: [{ ref: body.message, actor: actor.id }] }];
}

export const editMessage = rule("edit_message", {
  needs: needsMessage,
  decide(command, facts) {
    const { body } = command;
    const found = foundMessage(command, facts.feed(body.room), body.message);
    if ("fault" in found) return found;
    const { message, own, room, who } = found;
    if (!own) return fault("not_author");
    if (!may("edit_own", room.kind, who)) return fault("not_allowed");
    const archived = refuseArchived(room);
    if (archived) return archived;
    if (message.deleted) return fault("message_deleted");
    return {
      drafts: [
        {
          feed: body.room,
          event: {
            kind: "message_edited",
            message: { id: message.id, seq: message.seq },
            text: body.text,
            mentions: body.mentions ?? [],
            ...(body.mentions_room ? { mentions_room: true as const } : {}),
          },
        },
      ],
    };
  },
});

export const deleteMessage = rule("delete_message", {
  needs: needsMessage,
  decide(command, facts) {
    const { body } = command;
    const found = foundMessage(command, facts.feed(body.room), body.message);
    if ("fault" in found) return found;
    const { message, own, room, who } = found;
    if (!may(own ? "delete_own" : "delete_other", room.kind, who)) return fault("not_allowed");
    if (message.deleted) return "unchanged";
    return {
      drafts: [
        {
          feed: body.room,
          event: { kind: "message_deleted", message: { id: message.id, seq: message.seq } },
        },
      ],
    };
  },
});

/** Like a deletion, in any room and for any author. Not available to clients: the server performs it. */
export const redactMessage = rule("redact_message", {
  needs: ({ actor, body }) => [{ feed: body.room, messages: [{ ref: body.message, actor: actor.id }] }],
  decide({ actor, body }, facts) {
    const feed = facts.feed(body.room);
    if (!feed.room || feed.room.state === "deleted") return fault("no_such_room");
    const message = findMessage(feed, { ref: body.message, actor: actor.id });
    if (!message) return fault("no_such_message");
    if (message.deleted) return "unchanged";
    return {
      drafts: [
        {
          feed: body.room,
          event: { kind: "message_deleted", message: { id: message.id, seq: message.seq } },
        },
      ],
    };
  },
});

type FoundMessage = { message: MessageFact; own: boolean; room: RoomFact; who: ActorRole };

/** The message that a command changes, or the fault. Walk-ins and outsiders change nothing. */
export function foundMessage(command: Command, facts: FeedFacts, ref: MessageRef): FoundMessage | Fault {
  const seen = seenRoom(command, facts);
  if ("fault" in seen) return seen;
  if (seen.who === "outsider") return fault("not_a_member");
  if (seen.who === "walk_in") return fault("not_allowed", "Walk-ins edit and delete nothing.");
  const message = findMessage(facts, { ref, actor: command.actor.id });
  if (!message) return fault("no_such_message");
  return { message, own: message.author === command.actor.id, ...seen };
}
