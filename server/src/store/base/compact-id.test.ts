import { expect, test } from "bun:test";
import { randomFillSync } from "node:crypto";
import { bytesToId, ID_BYTES, idToBytes, timeOf } from "./compact-id.ts";
import { uuidv7 } from "./uuid.ts";

test("an id comes back as it was, in 16 bytes, and holds its time", () => {
  const newId = uuidv7(randomFillSync);
  for (let i = 0; i < 2_000; i++) {
    const at = Math.floor(Math.random() * 2 ** 46);
    const id = newId(at);
    const bytes = idToBytes(id);
    expect(bytes.length).toBe(ID_BYTES);
    expect(bytesToId(bytes)).toBe(id);
    expect(timeOf(bytesToId(bytes))).toBe(at);
  }
});

test("bytes order as the texts do", () => {
  const ids = Array.from({ length: 500 }, () => crypto.randomUUID());
  const byBytes = [...ids].sort((one, other) => Buffer.compare(idToBytes(one), idToBytes(other)));
  expect(byBytes).toEqual([...ids].sort());
});

test("what is not a UUID in lower case comes back as it was, and is never taken for one", () => {
  const uuid = "01900000-0000-7000-8000-0000000000ab";
  const others = [
    "",
    "x",
    "sixteen letters!",
    uuid.toUpperCase(),
    uuid.replace("-", "0"),
    `${uuid.slice(0, 35)}g`,
    `${uuid.slice(0, 34)}é0`,
    `${uuid.slice(0, 35)}ˠ`,
    `${uuid} `,
    "~".repeat(16),
    "ünïcödé 🙂",
  ];
  for (const id of others) {
    const bytes = idToBytes(id);
    expect(bytes.length === ID_BYTES).toBe(false);
    expect(bytesToId(bytes)).toBe(id);
  }
});
