import { expect, test } from "bun:test";
import { LIMITS, LOBBY } from "@parley/protocol";
import { refusal, WIRE_LIMITS } from "./checks.ts";

const say = (text: string) => ({ kind: "send_message", room: LOBBY, text }) as const;

test("LM-3 what would not fit into a frame is refused before it is sent, whatever else is right with it", () => {
  const small = { ...WIRE_LIMITS, frame_bytes: 1_000 };
  expect(refusal(say("é".repeat(300)), small)).toBeNull();
  expect(refusal(say("é".repeat(500)), small)).toMatchObject({ code: "too_large" });
  expect(refusal(say("😀".repeat(LIMITS.text)), WIRE_LIMITS)).toBeNull();
});

test("LM-2 blank, overlong and unstorable text is refused in words", () => {
  for (const text of ["  \n", "a".repeat(LIMITS.text + 1), "a\u0000", "\ud800"]) {
    expect(refusal(say(text), WIRE_LIMITS)).toMatchObject({ code: "invalid", text: expect.any(String) });
  }
});
