import { expect, test } from "bun:test";
import { randomFillSync } from "node:crypto";
import { UUID_PATTERN } from "@parley/protocol";
import { uuidv7 } from "./uuid.ts";

test("RFC 9562, section 5.7: time, version and variant stand where they belong", () => {
  const make = uuidv7(randomFillSync);
  const at = 0x017f22e279b0; // the example of its appendix A.6
  const id = make(at);
  expect(id).toMatch(UUID_PATTERN);
  expect(id.slice(0, 15)).toBe("017f22e2-79b0-7");
  expect("89ab").toContain(id[19] as string);
});

test("all bits that may be random are, and none is used twice", () => {
  const zero = uuidv7((bytes) => bytes.fill(0))(1);
  const ones = uuidv7((bytes) => bytes.fill(255))(1);
  expect(zero).toBe("00000000-0001-7000-8000-000000000000");
  expect(ones).toBe("00000000-0001-7fff-bfff-ffffffffffff");
  const make = uuidv7(randomFillSync);
  const many = new Set(Array.from({ length: 20_000 }, () => make(1)));
  expect(many.size).toBe(20_000);
});
