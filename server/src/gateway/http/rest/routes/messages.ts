import { isFault, type Posted } from "@parley/protocol";
import {
  history,
  hitList,
  message,
  messageChange,
  newMessage,
  page,
  pageQuery,
  performed,
  posted,
  searchQuery,
} from "@parley/protocol/schemas";
import type { Where } from "../../../../store/store.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { acknowledged, commandAnswer, perform, performAndAnswer } from "../perform-command.ts";
import { type Route, route } from "../route.ts";
import { EVENT, MESSAGE, PERFORMED, REACTION, ROOM } from "./examples.ts";

const path = "/rooms/{room}/messages";
const one = `${path}/{message}` as const;

const readMessages = route({
  id: "readMessages",
  method: "get",
  path,
  tag: "Messages",
  summary: "A page of a room's messages, oldest first",
  description:
    "The newest page, or the one next to the number in `before` or `after`, or on both sides of `around`; one of the three. `has_before` and `has_after` say whether there is more on that side: ask for it with the `seq` of the first or last message. Messages are as they are now, at most 256 KB of them. `as_of` is the room's last number in the snapshot that was read.",
  query: pageQuery,
  answers: {
    200: {
      schema: page,
      description: "The page.",
      example: {
        room: ROOM,
        epoch: "1f0c2d3e4b5a6978",
        as_of: 43,
        as_of_id: REACTION,
        messages: [MESSAGE],
        has_before: true,
        has_after: false,
      },
    },
  },
  faults: ["no_such_room", "invalid"],
  async run({ params, query, user, meter }, { store }) {
    const found = await store.page(params.room, omitUndefined(query) as Where, { user: user.id }, meter);
    return isFault(found) ? found : { body: found };
  },
});

const sendMessage = route({
  id: "sendMessage",
  method: "post",
  path,
  tag: "Messages",
  summary: "Send a message",
  description:
    "Answered when the message is on disk. With an `Idempotency-Key` it may be sent again as often as you like: it is stored once. `mentions` are ids of users; `reply_to` is the id of the message that this one answers.",
  body: newMessage,
  bodyExample: { text: "The build is green." },
  command: true,
  answers: {
    201: {
      schema: posted,
      description: "Stored. `Location` is the message.",
      example: { ...PERFORMED, id: EVENT, seq: 42 },
    },
  },
  faults: ["no_such_room", "not_a_member", "room_archived", "no_such_message"],
  async run({ params: { room }, body, user, nonce, address }, parts) {
    const verdict = await perform(
      parts,
      { user, nonce, address },
      { kind: "send_message", room, ...omitUndefined(body) },
    );
    if (isFault(verdict)) return verdict;
    const { id = "", seq = 0 } = verdict.placed.find(({ feed }) => feed === room) ?? {};
    const sent: Posted = { ...acknowledged(nonce, verdict), id, seq };
    return { ...commandAnswer(sent), status: 201, location: `/rooms/${room}/messages/${id}` };
  },
});

const readMessage = route({
  id: "readMessage",
  method: "get",
  path: one,
  tag: "Messages",
  summary: "One message as it is now",
  answers: { 200: { schema: message, description: "The message.", example: MESSAGE } },
  faults: ["no_such_room", "no_such_message"],
  async run({ params, user, meter }, { store }) {
    const found = await store.message(params.room, params.message, { user: user.id }, meter);
    return isFault(found) ? found : { body: found };
  },
});

const editMessage = route({
  id: "editMessage",
  method: "patch",
  path: one,
  tag: "Messages",
  summary: "Edit an own message",
  description:
    "Text and mentions are replaced together: mentions that are left out are gone. The texts before stay in the history.",
  body: messageChange,
  bodyExample: { text: "The build is green again." },
  command: true,
  answers: { 200: { schema: performed, description: "Changed, or `unchanged`.", example: PERFORMED } },
  faults: [
    "no_such_room",
    "not_a_member",
    "no_such_message",
    "not_author",
    "message_deleted",
    "room_archived",
  ],
  run: ({ params, body, user, nonce, address }, parts) =>
    performAndAnswer(
      parts,
      { user, nonce, address },
      { kind: "edit_message", ...params, ...omitUndefined(body) },
    ),
});

const deleteMessage = route({
  id: "deleteMessage",
  method: "delete",
  path: one,
  tag: "Messages",
  summary: "Delete a message",
  description:
    "One of your own or, as a moderator or owner, any message. The text is deleted for good, from the log and from the search; the seq stays.",
  command: true,
  answers: { 200: { schema: performed, description: "Deleted, or `unchanged`.", example: PERFORMED } },
  faults: ["no_such_room", "not_a_member", "no_such_message", "not_allowed", "room_archived"],
  run: ({ params, user, nonce, address }, parts) =>
    performAndAnswer(parts, { user, nonce, address }, { kind: "delete_message", ...params }),
});

const readHistory = route({
  id: "readHistory",
  method: "get",
  path: `${one}/history`,
  tag: "Messages",
  summary: "The last texts that a message had, oldest first",
  description: "The last one is the present text. As many as fit into 256 KB.",
  answers: {
    200: {
      schema: history,
      description: "All versions.",
      example: { versions: [{ seq: 42, text: MESSAGE.text, at: MESSAGE.at }] },
    },
  },
  faults: ["no_such_room", "no_such_message", "message_deleted"],
  async run({ params, user, meter }, { store }) {
    const versions = await store.history(params.room, params.message, { user: user.id }, meter);
    return isFault(versions) ? versions : { body: { versions } };
  },
});

const search = route({
  id: "searchMessages",
  method: "get",
  path: "/search",
  tag: "Messages",
  summary: "Search messages",
  description:
    'Messages that hold all words, newest first, from the rooms that you are in, or from one `room` that you may read. `"two words"` in quotes is a phrase, `wor*` the beginning of a word; case and accents make no difference. `after` and `before` are times in milliseconds UTC. `next` is the `cursor` of the next page.',
  query: searchQuery,
  answers: {
    200: {
      schema: hitList,
      description: "A page of hits.",
      example: { hits: [{ room: ROOM, room_name: "Builds", message: MESSAGE }], next: null },
    },
  },
  faults: ["no_such_room", "invalid", "rate_limited"],
  async run({ query, user, meter }, { store }) {
    const hits = await store.search(omitUndefined(query) as never, { user: user.id }, meter);
    return isFault(hits) ? hits : { body: hits };
  },
});

export const messages: readonly Route[] = [
  readMessages,
  sendMessage,
  readMessage,
  editMessage,
  deleteMessage,
  readHistory,
  search,
];
