import { expect, test } from "bun:test";
import type { CommandBody } from "@parley/protocol";
import { digest } from "./digest.ts";

const send = (fields: object) =>
  ({ kind: "send_message", room: "lobby", text: "hi", ...fields }) as CommandBody;

test("CM-3 the same fields in any order, with absent ones or without, are the same", () => {
  const one = digest(send({ mentions: ["a", "b"] }));
  const turned = { mentions: ["a", "b"], text: "hi", room: "lobby", kind: "send_message" } as CommandBody;
  expect(digest(turned)).toBe(one);
  for (let i = 0; i < 1_000; i++) {
    const text = `message ${i}`;
    expect(digest({ ...turned, text } as CommandBody)).toBe(digest(send({ mentions: ["a", "b"], text })));
  }
  expect(digest(send({ mentions: ["a", "b"], reply_to: undefined }))).toBe(one);
});

test("CM-3 any other field is another command", () => {
  const bodies = [
    send({}),
    send({ text: "hi " }),
    send({ text: "Hi" }),
    send({ room: "other" }),
    send({ mentions: [] }),
    send({ mentions: ["a", "b"] }),
    send({ mentions: ["b", "a"] }),
    send({ mentions: ["a,b"] }),
    send({ reply_to: "a" }),
    send({ text: 'hi",reply_to:"a' }),
    { kind: "join_room", room: "lobby" } as const,
    { kind: "leave_room", room: "lobby" } as const,
  ];
  expect(new Set(bodies.map(digest)).size).toBe(bodies.length);
});

test("many texts that differ a little keep apart, as numbers that every engine can hold", () => {
  const digests = new Set<number>();
  for (let i = 0; i < 50_000; i++) {
    const found = digest(send({ text: `message ${i}` }));
    expect(Number.isSafeInteger(found) && found >= 0).toBe(true);
    digests.add(found);
  }
  expect(digests.size).toBe(50_000);
});
