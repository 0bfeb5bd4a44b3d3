import { isFault } from "@parley/protocol";
import { performed, readChange, readList } from "@parley/protocol/schemas";
import { performAndAnswer } from "../perform-command.ts";
import { type Route, route } from "../route.ts";
import { ADA, BIM, PERFORMED } from "./examples.ts";

const markRead = route({
  id: "markRead",
  method: "put",
  path: "/rooms/{room}/read",
  tag: "Messages",
  summary: "Say how far you have read a room",
  description:
    "The position only moves forward: a lower number is `unchanged`, one above the room's last counts as the last.",
  body: readChange,
  bodyExample: { seq: 42 },
  answers: { 200: { schema: performed, description: "Noted, or `unchanged`.", example: PERFORMED } },
  faults: ["no_such_room", "not_a_member"],
  // It takes no key: doing it twice is doing it once.
  run: ({ params, body, user, address }, parts) =>
    performAndAnswer(
      parts,
      { user, nonce: parts.newId(), address },
      { kind: "mark_read", room: params.room, seq: body.seq },
    ),
});

const readReads = route({
  id: "readReads",
  method: "get",
  path: "/rooms/{room}/reads",
  tag: "Messages",
  summary: "How far each member has read",
  description: "Empty in rooms of more than 50 members.",
  answers: {
    200: {
      schema: readList,
      description: "A number for each member who has read something.",
      example: {
        reads: [
          { user: ADA.id, seq: 43 },
          { user: BIM.id, seq: 41 },
        ],
      },
    },
  },
  faults: ["no_such_room", "not_a_member"],
  async run({ params, user }, { store }) {
    const reads = await store.reads(params.room, { user: user.id });
    return isFault(reads) ? reads : { body: { reads } };
  },
});

export const reading: readonly Route[] = [markRead, readReads];
