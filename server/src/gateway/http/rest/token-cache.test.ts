import { expect, test } from "bun:test";
import { TokenCache } from "./token-cache.ts";

const TOKEN = "q7Zk2mXv9LbT4sRw8NcY1hJd6GfP3uQe5AxKoViW0Bz";
const ADA = { id: "ada", name: "Ada" };

/** A cache that counts the reads of the store, with a clock that the test advances. */
function setUp() {
  const asked: string[] = [];
  const known = new Set([TOKEN]);
  let time = 0;
  const guests = {
    known: async (token: string) => {
      asked.push(token);
      return known.has(token) ? ADA : null;
    },
  };
  return { bearers: new TokenCache(guests, () => time), asked, known, pass: (ms: number) => (time += ms) };
}

test("a repeated token is looked up once, and again after five seconds", async () => {
  const { bearers, asked, known, pass } = setUp();
  for (let i = 0; i < 3; i++) expect(await bearers.user(`Bearer ${TOKEN}`)).toEqual(ADA);
  expect(asked).toHaveLength(1);
  pass(5_000);
  known.clear();
  expect(await bearers.user(`Bearer ${TOKEN}`)).toBeNull();
});

test("an unknown token is looked up each time, and an invalid one never", async () => {
  const { bearers, asked, known } = setUp();
  known.clear();
  expect(await bearers.user(`Bearer ${TOKEN}`)).toBeNull();
  known.add(TOKEN);
  expect(await bearers.user(`Bearer ${TOKEN}`)).toEqual(ADA);
  expect(asked).toHaveLength(2);
  for (const header of [null, "", "Bearer", TOKEN, "Bearer short", `Basic ${TOKEN}`]) {
    expect(await bearers.user(header)).toBeNull();
  }
  expect(asked).toHaveLength(2);
});

test("other forms of the header are not cached", async () => {
  const { bearers, asked } = setUp();
  for (const spaces of [2, 3, 4, 2, 3, 4]) {
    expect(await bearers.user(`Bearer${" ".repeat(spaces)}${TOKEN}`)).toEqual(ADA);
  }
  expect(asked).toHaveLength(6);
});
