import { codePoints, LIMITS } from "@parley/sdk";

/** What is wrong with the fields of a room, and beside which field it is shown. */
export type RoomFault = { readonly where: "name" | "topic" | "room"; readonly text: string };

/** The first thing that the server would refuse. */
export function checkRoomFields(name: string, topic: string): RoomFault | null {
  if (name.trim() === "") return { where: "name", text: "A room needs a name." };
  if (codePoints(name.trim()) > LIMITS.room_name)
    return { where: "name", text: `At most ${LIMITS.room_name} characters.` };
  if (codePoints(topic.trim()) > LIMITS.topic)
    return { where: "topic", text: `At most ${LIMITS.topic} characters.` };
  return null;
}
