import { expect, test } from "bun:test";
import { fault, LIMITS } from "@parley/protocol";
import { commands, serverFrames } from "@parley/protocol/schemas";
import { ackFrame, ackText, decode, faultFrame, invalid } from "./codec.ts";

const NONCE = "01900000-0000-7000-8000-000000000001";
const command = {
  type: "command",
  request: 7,
  nonce: NONCE,
  kind: "send_message",
  room: "lobby",
  text: "hi",
};
const decoded = (value: unknown) => decode(JSON.stringify(value));
const code = (value: unknown) => {
  const frame = typeof value === "string" || value instanceof Uint8Array ? decode(value) : decoded(value);
  return frame.type === "refused" ? frame.fault.fault : frame.type;
};

test("FT-3 anything but a JSON object with a type is a bad frame", () => {
  const bad = ["", "{", "null", "[]", "7", '"text"', "{}", '{"type":7}', new Uint8Array([1, 2])];
  expect(bad.map(code)).toEqual(bad.map(() => "bad_frame"));
});

test("FT-3 ten thousand brackets are refused without an error", () => {
  expect(code("[".repeat(10_000))).toBe("bad_frame");
  expect(code("[".repeat(10_000) + "]".repeat(10_000))).toBe("bad_frame");
  expect(code(`{"type":"hello","device":${"[".repeat(10_000)}${"]".repeat(10_000)}}`)).toMatch(
    /bad_frame|invalid/,
  );
});

test("FT-3 unknown types and kinds are named in the fault, also those that every object has", () => {
  expect(decoded({ type: "dance" })).toMatchObject({
    fault: { fault: "unknown_kind", detail: "type: dance" },
  });
  expect(decoded({ ...command, kind: "dance" })).toMatchObject({
    request: 7,
    nonce: NONCE,
    fault: { detail: "kind: dance" },
  });
  for (const name of ["__proto__", "constructor", "toString"]) {
    expect(code({ type: name })).toBe("unknown_kind");
    expect(code({ ...command, kind: name })).toBe("unknown_kind");
  }
});

test("FT-3 a missing or wrong field is named, with request and nonce where they could be read", () => {
  const { text: _, ...without } = command;
  expect(decoded(without)).toMatchObject({
    request: 7,
    nonce: NONCE,
    fault: { fault: "invalid", detail: expect.stringMatching(/^text: /) },
  });
  expect(decoded({ ...command, room: "kitchen" })).toMatchObject({
    fault: { detail: "room: is not a room id" },
  });
  expect(decoded({ ...command, nonce: "1" })).toMatchObject({
    request: 7,
    fault: { detail: expect.stringMatching(/^nonce/) },
  });
  for (const request of [-1, 1.5, "7", null, 2 ** 53]) {
    expect(decoded({ ...command, request })).toMatchObject({
      fault: { detail: expect.stringMatching(/^request/) },
    });
  }
  expect(
    code({ type: "resume", epoch: "e", cursors: Array(LIMITS.cursors + 1).fill({ feed: "lobby" }) }),
  ).toBe("invalid");
});

test("EV-7 unknown fields are dropped, also __proto__", () => {
  const frame = decode(
    JSON.stringify({ ...command, colour: "red" }).replace("{", '{"__proto__":{"admin":true},'),
  );
  expect(frame).toEqual({
    type: "command",
    request: 7,
    nonce: NONCE,
    body: { kind: "send_message", room: "lobby", text: "hi" },
  });
});

test("FT-1 a fault frame carries code, text, advice and final, and matches the schema", () => {
  const frame = JSON.parse(faultFrame(fault("rate_limited", undefined, 120), { request: 7, nonce: NONCE }));
  expect(serverFrames.fault.parse(frame)).toEqual(frame);
  expect(frame).toMatchObject({
    request: 7,
    nonce: NONCE,
    code: "rate_limited",
    advice: "retry",
    final: false,
    retry_after: 120,
  });
});

test("CM-2 hand-encoded acks match the schema, in each of their forms", () => {
  const event = { feed: "lobby", seq: 7, id: NONCE };
  const forms = [
    { placed: [event], at: 5, duplicate: false },
    { placed: [event, { ...event, feed: `user.${NONCE}` }], at: 5, duplicate: true },
    { placed: [], at: 5, duplicate: false },
  ];
  const frame = JSON.parse(ackFrame(forms.map((accepted) => ackText(7, NONCE, accepted)).join(",")));
  expect(serverFrames.ack.parse(frame)).toEqual(frame);
  expect(frame.acks).toMatchObject([
    { request: 7, nonce: NONCE, events: [event], at: 5 },
    { events: [event, {}], duplicate: true },
    { events: [], unchanged: true },
  ]);
});

test("FT-3 the decoder without the schema agrees with the schema: 20,000 frames, most of them wrong", () => {
  const id = "01900000-0000-7000-8000-0000000000ab";
  const values: readonly unknown[] = [
    ...[
      "",
      " ",
      "\t\n\u2028\ufeff",
      "hello",
      " a ",
      "a\u0000b",
      "\ud800",
      "🙂",
      "lobby",
      id,
      id.toUpperCase(),
    ],
    ...[
      "x".repeat(LIMITS.text),
      "x".repeat(LIMITS.text + 1),
      "🙂".repeat(LIMITS.text),
      "🙂".repeat(LIMITS.text + 1),
    ],
    ...[
      `direct.${id}.${id}`,
      `user.${id}`,
      null,
      0,
      1.5,
      true,
      false,
      [],
      [id],
      [id, id],
      ["x"],
      {},
      { kind: 1 },
    ],
  ];
  let seed = 4_711;
  const below = (count: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * count);
  };
  const names = [
    "room",
    "text",
    "mentions",
    "mentions_room",
    "reply_to",
    "thread",
    "attachments",
    "other",
    "__proto__",
  ];
  let accepted = 0;
  for (let i = 0; i < 20_000; i++) {
    const fields = [`"room":"lobby"`, `"text":"hello"`];
    for (let n = below(3); n > 0; n--)
      fields.push(
        `${JSON.stringify(names[below(names.length)])}:${JSON.stringify(values[below(values.length)])}`,
      );
    if (below(4) === 0) fields.splice(below(2), 1);
    const frame = `{"type":"command","request":1,"nonce":"${id}","kind":"send_message"${fields.map((field) => `,${field}`).join("")}}`;
    const wanted = commands.send_message.safeParse(JSON.parse(frame));
    const found = decode(frame);
    if (wanted.success) {
      accepted++;
      expect(found).toStrictEqual({ type: "command", request: 1, nonce: id, body: wanted.data });
    } else {
      expect(found).toEqual({ type: "refused", request: 1, nonce: id, fault: invalid(wanted.error) });
    }
  }
  expect(accepted).toBeGreaterThan(4_000);
  expect(accepted).toBeLessThan(16_000);
});
