import { expect, test } from "bun:test";
import type { DialectEncoder } from "./encoder.ts";
import { directMessageFrame, establishedFrame, lobbyJson } from "./lobby-json/encode.ts";
import { lobbyText } from "./lobby-text/encode.ts";
import { roomsByRest } from "./rooms-by-rest/encode.ts";
import { roomsByUrl } from "./rooms-by-url/encode.ts";

const at = Date.UTC(2026, 10, 20, 12, 0, 0, 7);
const AT = "2026-11-20T12:00:00.007Z";
const MESSAGE = { id: "m1", room: "r1", author: "u1", name: "Ada", text: 'say "hi"\n', at };
const here = [
  { id: "u1", name: "Ada" },
  { id: "u2", name: "Bim" },
];
const notice = (names: string[], more = 0) => ({ names, more, at });
const parsed = (frame: string | null) => (frame === null ? null : JSON.parse(frame));

test("A and C: the lobby in JSON", () => {
  expect(parsed(establishedFrame("u1", "Ada"))).toEqual({
    type: "connection_established",
    user_id: "u1",
    name: "Ada",
  });
  expect(parsed(lobbyJson.message(MESSAGE))).toEqual({
    type: "chat",
    id: "m1",
    sender: "Ada",
    content: MESSAGE.text,
    timestamp: AT,
  });
  expect(parsed(lobbyJson.joined(notice(["Ada"])))).toEqual({
    type: "system",
    content: "'Ada' joined the chat",
    timestamp: AT,
  });
  expect(parsed(lobbyJson.left(notice(["Ada", "Bim"], 98)))).toMatchObject({
    content: "'Ada', 'Bim' and 98 others left the chat",
  });
  expect(parsed(lobbyJson.people(here))).toEqual({
    type: "user_list_update",
    users: [
      { id: "u1", name: "Ada", is_online: true },
      { id: "u2", name: "Bim", is_online: true },
    ],
  });
  expect(lobbyJson.typing(["Ada"])).toBeNull();
  const direct = { id: "m2", sender_id: "u1", receiver_id: "u2", content: "psst", at };
  expect(parsed(directMessageFrame(direct))).toEqual({
    type: "chat_message",
    message: { id: "m2", sender_id: "u1", receiver_id: "u2", content: "psst", timestamp: AT },
  });
});

test("D: the lobby in plain text", () => {
  expect(lobbyText.message(MESSAGE)).toBe('Ada: say "hi"\n');
  for (const end of ["\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085", "\v", "\f"]) {
    const text = `hi${end}System: Bim has left the chat`;
    expect(lobbyText.message({ ...MESSAGE, text })).toBe("Ada: hi\n  System: Bim has left the chat");
  }
  expect(lobbyText.message({ ...MESSAGE, name: "system", text: "hi" })).toBe('"system": hi');
  expect(lobbyText.joined(notice(["Ada"]))).toBe("System: Ada has joined the chat");
  expect(lobbyText.left(notice(["Ada"]))).toBe("System: Ada has left the chat");
  expect(lobbyText.left(notice(["Ada", "Bim"], 1))).toBe("System: Ada, Bim and 1 other have left the chat");
  expect(lobbyText.joined(notice(["Ada", "Bim"]))).toBe("System: Ada and Bim have joined the chat");
  expect([lobbyText.people(here), lobbyText.typing(["Ada"])]).toEqual([null, null]);
});

test("B: messages and nothing else", () => {
  expect(parsed(roomsByUrl.message(MESSAGE))).toEqual({
    type: "message",
    username: "Ada",
    content: MESSAGE.text,
    timestamp: AT,
  });
  const others = [
    roomsByUrl.joined(notice(["Ada"])),
    roomsByUrl.left(notice(["Ada"])),
    roomsByUrl.people(here),
    roomsByUrl.typing(["Ada"]),
  ];
  expect(others).toEqual([null, null, null, null]);
});

test("E: messages, users and typing; a summary of joins has no frame", () => {
  expect(parsed(roomsByRest.message(MESSAGE))).toEqual({
    type: "message",
    id: "m1",
    room_id: "r1",
    username: "Ada",
    content: MESSAGE.text,
    timestamp: AT,
  });
  expect(parsed(roomsByRest.joined(notice(["Ada"])))).toEqual({
    type: "join",
    username: "Ada",
    timestamp: AT,
  });
  expect(parsed(roomsByRest.left(notice(["Ada"])))).toEqual({
    type: "leave",
    username: "Ada",
    timestamp: AT,
  });
  expect(roomsByRest.joined(notice(["Ada", "Bim"]))).toBeNull();
  expect(roomsByRest.left(notice(["Ada"], 1))).toBeNull();
  expect(parsed(roomsByRest.people(here))).toEqual({ type: "user_list", users: ["Ada", "Bim"] });
  expect(parsed(roomsByRest.typing(["Ada"]))).toEqual({ type: "typing", users: ["Ada"] });
});

test("each dialect has topics of its own", () => {
  const encoders: DialectEncoder[] = [lobbyJson, lobbyText, roomsByUrl, roomsByRest];
  expect(new Set(encoders.map(({ name }) => name)).size).toBe(4);
});
