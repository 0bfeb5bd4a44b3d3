import { type DialectEncoder, type JoinLeaveNotice, timestamp } from "../encoder.ts";

/** Rooms that were created by REST: `/ws/chat/{room_id}?username=Ada`. */
export const roomsByRest: DialectEncoder = {
  name: "chat-room",
  message: ({ id, room, name, text, at }) =>
    JSON.stringify({
      type: "message",
      id,
      room_id: room,
      username: name,
      content: text,
      timestamp: timestamp(at),
    }),
  joined: (notice) => one("join", notice),
  left: (notice) => one("leave", notice),
  people: (people) => JSON.stringify({ type: "user_list", users: people.map(({ name }) => name) }),
  typing: (names) => JSON.stringify({ type: "typing", users: names }),
};

/** The dialect has no frame for several users: the list of users shows them. */
function one(type: "join" | "leave", { names, more, at }: JoinLeaveNotice): string | null {
  const [username] = names;
  if (username === undefined || names.length > 1 || more > 0) return null;
  return JSON.stringify({ type, username, timestamp: timestamp(at) });
}
