import { performed } from "@parley/protocol/schemas";
import { performAndAnswer } from "../perform-command.ts";
import { type Route, route } from "../route.ts";
import { PERFORMED } from "./examples.ts";

const path = "/rooms/{room}/messages/{message}/reactions/{emoji}";

const addReaction = route({
  id: "addReaction",
  method: "put",
  path,
  tag: "Messages",
  summary: "Put a reaction on a message",
  description: "One visible character, percent-encoded in the address: `%F0%9F%91%8D` is a thumb.",
  command: true,
  answers: {
    200: { schema: performed, description: "It is there; `unchanged` if it was.", example: PERFORMED },
  },
  faults: [
    "no_such_room",
    "not_a_member",
    "no_such_message",
    "message_deleted",
    "too_many_reactions",
    "room_archived",
    "invalid",
  ],
  run: ({ params, user, nonce, address }, parts) =>
    performAndAnswer(parts, { user, nonce, address }, { kind: "add_reaction", ...params }),
});

const removeReaction = route({
  id: "removeReaction",
  method: "delete",
  path,
  tag: "Messages",
  summary: "Take an own reaction off a message",
  command: true,
  answers: {
    200: { schema: performed, description: "It is gone; `unchanged` if it was.", example: PERFORMED },
  },
  faults: ["no_such_room", "not_a_member", "no_such_message", "message_deleted", "room_archived", "invalid"],
  run: ({ params, user, nonce, address }, parts) =>
    performAndAnswer(parts, { user, nonce, address }, { kind: "remove_reaction", ...params }),
});

export const reactions: readonly Route[] = [addReaction, removeReaction];
