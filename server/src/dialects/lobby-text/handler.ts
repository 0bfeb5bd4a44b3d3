import type { DialectParts } from "../dialect.ts";
import { lobbyWelcome } from "../lobby-welcome.ts";
import type { DialectHandler } from "../session/legacy-session.ts";
import { lobbyText, systemLine } from "./encode.ts";

/** `/ws/{username}?format=text`: a frame is the text of a message. */
export function lobbyTextHandler(parts: DialectParts): DialectHandler {
  return {
    ...lobbyWelcome(lobbyText, parts, () => []),
    error: systemLine,
    frame(session, dialectRoom, data) {
      if (data.trim() !== "") session.sendMessage(dialectRoom, data);
    },
  };
}
