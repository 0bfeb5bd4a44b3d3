import { type DialectName, isFault } from "@parley/protocol";
import { roomId } from "@parley/protocol/schemas";
import type { Dialect } from "./dialect.ts";
import { lobbyJsonHandler } from "./lobby-json/handler.ts";
import { lobbyTextHandler } from "./lobby-text/handler.ts";
import { readPersonName, readRoomName } from "./names.ts";
import { roomsByRestHandler } from "./rooms-by-rest/handler.ts";
import { roomsByUrlHandler } from "./rooms-by-url/handler.ts";

const lobby: Dialect = {
  ownsSocket: ({ segments, username }) => segments.length === 1 && username === null,
  route({ segments: [name = ""], format }, parts) {
    const isText = (format === "text" || format === "json" ? format : parts.lobbyFormat) === "text";
    return {
      handler: isText ? lobbyTextHandler(parts) : lobbyJsonHandler(parts),
      name: name === "" || name === "anonymous" ? null : readPersonName(name),
    };
  },
  ownsRequest(pathname, { method, headers }) {
    if (pathname === "/users") return true;
    // A browser gets the page.
    const asksPage = (headers.get("accept") ?? "").includes("text/html");
    return pathname === "/" && /^(GET|HEAD)$/.test(method) && !asksPage;
  },
};

const rooms: Dialect = {
  ownsSocket: ({ segments, username }) => segments.length === 1 && username !== null,
  route({ segments: [segment = ""], username }, parts) {
    const room = readRoomName(segment);
    if ("refused" in room) return room;
    return { handler: roomsByUrlHandler(room.name, parts), name: readPersonName(username ?? "") };
  },
  ownsRequest: () => false,
};

const chat: Dialect = {
  ownsSocket: ({ segments }) => segments.length === 2 && segments[0] === "chat",
  async route({ segments: [, segment], username }, parts) {
    const room = roomId.safeParse(segment);
    const found = room.success ? await parts.store.room(room.data, "") : null;
    if (!room.success || found === null || isFault(found))
      return new Response("Room not found", { status: 404 });
    return {
      handler: roomsByRestHandler(room.data, parts),
      name: username ? readPersonName(username) : null,
    };
  },
  ownsRequest: (pathname) => pathname === "/api/chat" || pathname.startsWith("/api/chat/"),
};

/** The one table of dialects. A name of the setting DIALECTS without a row does not compile. */
export const DIALECTS: { readonly [name in DialectName]: Dialect } = { lobby, rooms, chat };
