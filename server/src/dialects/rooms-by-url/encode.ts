import { type DialectEncoder, timestamp } from "../encoder.ts";

/** Rooms by URL: `/ws/{room}?username=Alice`. Messages and nothing else. */
export const roomsByUrl: DialectEncoder = {
  name: "named-room",
  message: ({ name, text, at }) =>
    JSON.stringify({ type: "message", username: name, content: text, timestamp: timestamp(at) }),
  joined: () => null,
  left: () => null,
  people: () => null,
  typing: () => null,
};
