/** Values that the examples of the document share, so that they belong together. */
export const ADA = { id: "019a9c3e-5b60-7a10-8f3e-2d1c4b5a6978", name: "Ada" };
export const BIM = { id: "019a9c3e-5b61-7c22-9a4b-7e6f5d4c3b2a", name: "Bim" };
export const TOKEN = "q7Zk2mXv9LbT4sRw8NcY1hJd6GfP3uQe5AxKoViW0Bz";
export const ROOM = "019a9c40-1122-7333-8444-555566667777";
export const NONCE = "019a9c41-89ab-7cde-8f01-23456789abcd";
export const EVENT = "019a9c41-8a00-7d11-9e22-f33344445555";
export const REACTION = "019a9c41-9b11-7e22-8f33-044455556666";
const AT = 1_763_640_000_000;

export const MESSAGE = {
  id: EVENT,
  seq: 42,
  author: ADA.id,
  name: ADA.name,
  at: AT,
  text: "The build is green.",
  mentions: [],
  mentions_room: false,
  reactions: [{ emoji: "👍", count: 1, mine: false, users: [BIM] }],
  reply_to: null,
  edited_at: null,
  deleted: false,
  walk_in: false,
  nonce: NONCE,
  rev: 43,
};

export const PERFORMED = { nonce: NONCE, events: [{ feed: ROOM, seq: 42, id: EVENT }], at: AT };

export const ROOM_ENTRY = {
  id: ROOM,
  kind: "public" as const,
  name: "Builds",
  topic: "What the machines say",
  members: 2,
  archived: false,
  role: "owner" as const,
  peer: null,
};
