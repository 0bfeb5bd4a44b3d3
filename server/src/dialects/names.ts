import { LIMITS } from "@parley/protocol";
import { nameProblem } from "@parley/protocol/name-policy";
import { name } from "@parley/protocol/schemas";

const personName = name(LIMITS.user_name);
const roomName = name(LIMITS.room_name);

/** A name from a URL, or why it is refused: a text that fits into the reason of a close (123 bytes). */
export type ReadName = { readonly name: string } | { readonly refused: string };

/** A person's name as a path segment or a query gives it, percent sequences and all. */
export function readPersonName(text: string): ReadName {
  const read = readName(text, personName, "Username", LIMITS.user_name);
  const problem = "name" in read ? nameProblem(read.name) : null;
  return problem === null ? read : { refused: `Username ${problem}.` };
}

export function readRoomName(text: string): ReadName {
  return readName(text, roomName, "Room name", LIMITS.room_name);
}

function readName(text: string, schema: typeof personName, what: string, most: number): ReadName {
  const decoded = decoded8(text);
  if (decoded === null) return { refused: `${what} is not valid UTF-8 in percent encoding.` };
  const parsed = schema.safeParse(decoded);
  if (parsed.success) return { name: parsed.data };
  return { refused: `${what} must be 1 to ${most} characters, without control characters.` };
}

/** Null when the percent sequences are broken. */
function decoded8(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A name for a client that gave none, such as `Guest-7f3a`. `random` is a number from 0 up to 65,535. */
export function guestName(random: number): string {
  return `Guest-${random.toString(16).padStart(4, "0")}`;
}
