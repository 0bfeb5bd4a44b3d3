import { isReserved } from "@parley/protocol/name-policy";
import type { DialectEncoder, JoinLeaveNotice } from "../encoder.ts";

/** Everything that ends a line (UAX #14: BK, CR, LF, NL). */
const LINE_BREAK = /(?:\r\n|[\n\r\v\f\u0085\u2028\u2029])(?!$)/gu;

/**
 * The lobby in plain text: `/ws/{username}?format=text`. The whole frame is the text, in both directions. A line
 * without an indent begins a message or a notice, so the further lines of a message are indented.
 */
export const lobbyText: DialectEncoder = {
  name: "lobby-text",
  message: ({ name, text }) => `${shownName(name)}: ${text.replace(LINE_BREAK, "\n  ")}`,
  joined: (joinLeave) => noticeLine(joinLeave, "joined"),
  left: (joinLeave) => noticeLine(joinLeave, "left"),
  people: () => null,
  typing: () => null,
};

/** A name from before reserved names were refused is quoted, so that its messages do not read as notices. */
function shownName(name: string): string {
  return isReserved(name) ? `"${name}"` : name;
}

function noticeLine({ names, more }: JoinLeaveNotice, did: string): string {
  const [first = "", second] = names;
  if (more > 0)
    return systemLine(`${names.join(", ")} and ${more} other${more === 1 ? "" : "s"} have ${did} the chat`);
  if (second !== undefined) return systemLine(`${first} and ${second} have ${did} the chat`);
  return systemLine(`${first} has ${did} the chat`);
}

export function systemLine(text: string): string {
  return `System: ${text}`;
}
