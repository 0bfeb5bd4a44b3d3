import { expect, test } from "bun:test";
import { UUID_PATTERN } from "@parley/protocol";
import { derived, nonceOf } from "./idempotency-key.ts";

const fresh = () => "fresh";
const UUID = "019a9c41-89ab-7cde-8f01-23456789abcd";

test("HT-2 a key that is a UUID in lower case is the nonce, no key is a new one", () => {
  expect(nonceOf(UUID, fresh)).toBe(UUID);
  expect(nonceOf(null, fresh)).toBe("fresh");
});

test("HT-2 any other key always gives the same UUIDv8", () => {
  // A fixed value: another derivation would break the keys that were used before.
  expect(nonceOf("order-4711", fresh)).toBe(derived("order-4711"));
  expect(derived("order-4711")).toBe("7d6b09bb-38c8-88dc-a20e-d46939ee1e99");
  const made = new Set(["a", "b", "a ", UUID.toUpperCase()].map((key) => nonceOf(key, fresh)));
  expect(made.size).toBe(4);
  for (const nonce of made) {
    expect(nonce).toMatch(UUID_PATTERN);
    expect(String(nonce)[14]).toBe("8");
    expect("89ab").toContain(String(nonce)[19] ?? "");
  }
  expect(derived("a", "b")).not.toBe(derived("ab"));
});

test.each(["", "x".repeat(256), "ü", "a\nb", "\u0000", "a\u007f"])("HT-2 %p is no key", (key) => {
  expect(nonceOf(key, fresh)).toMatchObject({ fault: "invalid" });
});
