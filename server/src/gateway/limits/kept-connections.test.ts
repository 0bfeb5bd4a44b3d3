import { expect, test } from "bun:test";
import { KeptConnections } from "./kept-connections.ts";

test("LM-17 an address keeps a number of connections; those that were idle too long are free again", () => {
  let now = 0;
  const kept = new KeptConnections({ most: 3, idle: 1_000, now: () => now });
  for (const port of [1, 2, 3]) expect(kept.mayKeep("192.0.2.1", port)).toBe(true);
  expect(kept.mayKeep("192.0.2.1", 4)).toBe(false);
  // A known one may stay; another address has its own number; one network of IPv6 is one address.
  expect(kept.mayKeep("192.0.2.1", 1)).toBe(true);
  expect(kept.mayKeep("192.0.2.2", 4)).toBe(true);
  for (const port of [1, 2, 3]) expect(kept.mayKeep(`2001:db8::${port}`, port)).toBe(true);
  expect(kept.mayKeep("2001:db8::9", 9)).toBe(false);
  now = 900;
  expect(kept.mayKeep("192.0.2.1", 1)).toBe(true);
  now = 1_001;
  expect([4, 5, 6].map((port) => kept.mayKeep("192.0.2.1", port))).toEqual([true, true, false]);
});
