import { type Fault, fault, LIMITS } from "@parley/protocol";
import { may } from "./access.ts";
import type { CommandTo } from "./command.ts";
import { type Facts, type MessageFact, type Need, type ReactionFacts, reactionOf } from "./facts.ts";
import { foundMessage } from "./messages.ts";
import { refuseArchived } from "./rooms.ts";
import { type Decision, type DraftEvent, rule } from "./rule.ts";

type Change = CommandTo<"add_reaction"> | CommandTo<"remove_reaction">;

function needs({ actor, body }: Change): Need[] {
  const message = { ref: body.message, actor: actor.id, emoji: body.emoji };
  return [{ feed: body.room, members: [actor.id], messages: [message] }];
}

type Reacted = { readonly message: MessageFact; readonly reactions: ReactionFacts; readonly has: boolean };

/** The message and its reactions, if the actor may change them. */
function reacted(command: Change, facts: Facts): Reacted | Fault {
  const { actor, body } = command;
  const found = foundMessage(command, facts.feed(body.room), body.message);
  if ("fault" in found) return found;
  const { message, room, who } = found;
  if (!may("react", room.kind, who)) return fault("not_allowed");
  const archived = refuseArchived(room);
  if (archived) return archived;
  if (message.deleted) return fault("message_deleted");
  const reactions = message.reactions ?? { kinds: 0, byEmoji: new Map() };
  const has = reactionOf(reactions, body.emoji).users.get(actor.id) === true;
  return { message, reactions, has };
}

function one(
  { body }: Change,
  kind: "reaction_added" | "reaction_removed",
  { id, seq }: MessageFact,
): Decision {
  const event: DraftEvent = { kind, message: { id, seq }, emoji: body.emoji };
  return { drafts: [{ feed: body.room, event }] };
}

export const addReaction = rule("add_reaction", {
  needs,
  decide(command, facts) {
    const found = reacted(command, facts);
    if ("fault" in found) return found;
    const { message, reactions, has } = found;
    if (has) return "unchanged";
    const fresh = reactionOf(reactions, command.body.emoji).count === 0;
    if (fresh && reactions.kinds >= LIMITS.reactions) return fault("too_many_reactions");
    return one(command, "reaction_added", message);
  },
});

export const removeReaction = rule("remove_reaction", {
  needs,
  decide(command, facts) {
    const found = reacted(command, facts);
    if ("fault" in found) return found;
    return found.has ? one(command, "reaction_removed", found.message) : "unchanged";
  },
});
