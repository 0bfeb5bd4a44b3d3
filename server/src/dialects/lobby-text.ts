import type { Movement, Wire } from "./wire.ts";

/** The lobby in plain text: `/ws/{username}?format=text`. The whole frame is the text, in and out. */
export const lobbyText: Wire = {
  name: "lobby-text",
  message: ({ name, text }) => `${name}: ${text}`,
  joined: (movement) => notice(movement, "joined"),
  left: (movement) => notice(movement, "left"),
  people: () => null,
  typing: () => null,
};

function notice({ names, more }: Movement, did: string): string {
  const [first = "", second] = names;
  if (more > 0)
    return systemLine(`${names.join(", ")} and ${more} other${more === 1 ? "" : "s"} have ${did} the chat`);
  if (second !== undefined) return systemLine(`${first} and ${second} have ${did} the chat`);
  return systemLine(`${first} has ${did} the chat`);
}

export function systemLine(text: string): string {
  return `System: ${text}`;
}
