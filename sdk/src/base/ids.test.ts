import { expect, test } from "bun:test";
import { UUID_PATTERN } from "@parley/protocol";
import { Chance } from "../../testing/random.ts";
import { digest, uuidMaker } from "./ids.ts";
import { newToken } from "./token.ts";

const chance = new Chance(7);

test("ids are UUIDv7 and sort in the order they were made, in one millisecond and when the clock goes back", () => {
  let now = 1_700_000_000_000;
  const maker = uuidMaker({ now: () => now, randomBytes: chance.bytes });
  const made: string[] = [];
  for (let index = 0; index < 20_000; index++) {
    if (index === 5_000) now += 3;
    if (index === 10_000) now -= 60_000;
    if (index === 15_000) now += 120_000;
    made.push(maker.next());
  }
  expect(made).toEqual([...made].sort());
  expect(new Set(made).size).toBe(made.length);
  for (const id of made.slice(0, 50)) {
    expect(id).toMatch(UUID_PATTERN);
    expect(id).toMatch(/^.{14}7.{4}[89ab]/);
  }
  expect(Number.parseInt(made[0]!.slice(0, 8) + made[0]!.slice(9, 13), 16)).toBe(1_700_000_000_000);
});

test("a maker that follows an id sorts after it, independent of its own clock", () => {
  const old = uuidMaker({ now: () => 1_700_000_500_000, randomBytes: chance.bytes }).next();
  const maker = uuidMaker({ now: () => 1_700_000_000_000, randomBytes: chance.bytes });
  maker.follow(old);
  const [first, second] = [maker.next(), maker.next()];
  expect(first > old && second > first).toBe(true);
});

test("a token is 256 bits as base64url", () => {
  const token = newToken({ randomBytes: chance.bytes });
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(newToken({ randomBytes: chance.bytes })).not.toBe(token);
});

test("a digest is FNV-1a of 64 bits", () => {
  // Vectors of draft-eastlake-fnv.
  expect(digest("")).toBe("cbf29ce484222325");
  expect(digest("a")).toBe("af63dc4c8601ec8c");
  expect(digest("foobar")).toBe("85944171f73967e8");
});
