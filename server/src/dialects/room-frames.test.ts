import { expect, test } from "bun:test";
import { readLobbyFrame } from "./lobby-json/frames.ts";
import { readRoomFrame } from "./room-frames.ts";

const kinds = (typed: boolean, frames: readonly string[]) =>
  frames.map((frame) => readRoomFrame(frame, typed).kind);

test("B accepts an object with a text, whatever other fields it has", () => {
  const good = ['{"content":"hi"}', '{"content":"hi","type":"anything","x":1}', ' {"content":""} '];
  expect(kinds(false, good)).toEqual(["message", "message", "message"]);
  const bad = [
    "",
    "hi",
    "null",
    "7",
    '"hi"',
    "[]",
    '[{"content":"x"}]',
    "{}",
    '{"content":7}',
    '{"content":',
  ];
  expect(new Set(kinds(false, bad))).toEqual(new Set(["wrong"]));
});

test("E needs the type of each frame", () => {
  expect(readRoomFrame('{"type":"message","content":"hi"}', true)).toEqual({ kind: "message", text: "hi" });
  expect(readRoomFrame('{"type":"typing","is_typing":false}', true)).toEqual({ kind: "typing", on: false });
  const bad = [
    '{"content":"hi"}',
    '{"type":"Message","content":"hi"}',
    '{"type":7,"content":"hi"}',
    '{"type":"message"}',
    '{"type":"message","content":["hi"]}',
    '{"type":"typing"}',
    '{"type":"typing","is_typing":1}',
    '{"type":"__proto__"}',
  ];
  expect(new Set(kinds(true, bad))).toEqual(new Set(["wrong"]));
});

test.each([
  ["hi", { kind: "chat", text: "hi" }],
  ['{"content":"hi"}', { kind: "chat", text: "hi" }],
  ['{"content":7}', { kind: "chat", text: '{"content":7}' }],
  ['{"type":"chat","content":"hi"}', { kind: "chat", text: '{"type":"chat","content":"hi"}' }],
  ['{"type":"ping","content":"hi"}', { kind: "ping" }],
  ["null", { kind: "chat", text: "null" }],
  ['{"type":"chat_message","receiver_id":"u","content":"x"}', { kind: "direct", receiver: "u", text: "x" }],
  ['{"type":"chat_message","receiver_id":"","content":"x"}', { kind: "wrong" }],
  ['{"type":"chat_message","receiver_id":"u","content":" "}', { kind: "wrong" }],
  ['{"type":"chat_message","receiver_id":["u"],"content":"x"}', { kind: "wrong" }],
])("in the lobby %p is %p", (frame, read) => {
  expect(readLobbyFrame(frame)).toMatchObject(read as object);
});
