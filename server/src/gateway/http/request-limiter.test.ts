import { expect, test } from "bun:test";
import { ReadBudget } from "../limits/read-budget.ts";
import { RequestLimiter } from "./request-limiter.ts";
import type { RequestContext } from "./request-log.ts";

const KB = 1_024;
const HERE = "192.0.2.1";
const ELSEWHERE = "192.0.2.2";
const LIMITS = { requestsPerAddress: 10, maxInFlight: 1_024 * KB };

function setUp(limits: ConstructorParameters<typeof RequestLimiter>[0] = LIMITS, readBurst = 100_000) {
  const budget = new ReadBudget({ readRate: 1, readBurst }, () => 0);
  const limiter = new RequestLimiter(limits, budget);
  const ask = (answer: () => Response | Promise<Response>, address = HERE, path = "/api/v1/search") => {
    const url = new URL(`http://parley.example${path}`);
    const asked: RequestContext = { id: "r", url, route: "other" };
    return limiter.run(new Request(url.href), address, asked, answer);
  };
  return { limiter, ask };
}

const small = () => Response.json({});
const large = () => new Response("x".repeat(256 * KB));
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

test("HT-9 few reads of an address run at once and the rest wait their turn; another address does not wait", async () => {
  const { limiter, ask } = setUp();
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const held = (index: number) =>
    ask(() => {
      began.push(index);
      return new Promise<Response>((resolve) => ends.push(() => resolve(small())));
    });
  const all = Array.from({ length: 10 }, (_, index) => held(index));
  await settled();
  expect(began).toEqual([0, 1, 2, 3]);
  expect((await ask(small, ELSEWHERE)).status).toBe(200);
  expect((await ask(small)).status).toBe(429);
  while (ends.length > 0) {
    ends.shift()?.();
    await settled();
  }
  for (const answer of all) expect((await answer).status).toBe(200);
  expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(limiter.addresses).toBe(0);
});

test("HT-9 no read runs for a client that disconnected while it waited", async () => {
  const { limiter, ask } = setUp();
  const ends: (() => void)[] = [];
  const running = Array.from({ length: 4 }, () =>
    ask(() => new Promise<Response>((resolve) => ends.push(() => resolve(small())))),
  );
  const gone = new AbortController();
  let read = false;
  const url = new URL("http://parley.example/api/v1/search");
  const asked: RequestContext = { id: "r", url, route: "other" };
  const request = new Request(url.href, { signal: gone.signal });
  const waiting = limiter.run(request, HERE, asked, () => {
    read = true;
    return small();
  });
  gone.abort();
  await settled();
  for (const end of ends) end();
  await Promise.all([...running, waiting]);
  expect(read).toBe(false);
});

test("HT-9 an answer that is not read counts until it is read or its client is gone, for the address and for all", async () => {
  const { limiter, ask } = setUp();
  const unread = await ask(large);
  expect(limiter.bytes).toBe(256 * KB);
  const refused = await ask(small);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("content-type")).toBe("application/problem+json");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: "rate_limited", status: 429, final: false });
  // The rest of what all may have on their way.
  const others = [];
  for (let other = 10; other < 13; other++) others.push(await ask(large, `192.0.2.${other}`));
  expect((await ask(small, ELSEWHERE)).status).toBe(429);
  expect((await unread.text()).length).toBe(256 * KB);
  expect((await ask(small)).status).toBe(200);
  for (const other of others) await other.body?.cancel();
  expect(limiter.bytes).toBe(0);
  expect(limiter.addresses).toBe(0);
});

test("LM-16 an address pays for the bytes of its answers, another one has its own budget", async () => {
  const { ask } = setUp(LIMITS, 10);
  const answer = await ask(() => new Response("x".repeat(80 * KB)));
  expect(await answer.text()).toHaveLength(80 * KB);
  expect((await ask(small)).status).toBe(429);
  expect((await ask(small, ELSEWHERE)).status).toBe(200);
});

test("health and the page are answered however many requests of the address are under way", async () => {
  const { ask } = setUp(LIMITS, 1);
  await (await ask(() => new Response("x".repeat(80 * KB)))).text();
  expect((await ask(small)).status).toBe(429);
  for (const path of ["/healthz", "/readyz", "/", "/assets/index.js", "/users-guide"])
    expect((await ask(small, HERE, path)).status).toBe(200);
  expect((await ask(small, HERE, "/users")).status).toBe(429);
});

test("RATE_LIMITS=off lifts all of it", async () => {
  const budget = new ReadBudget(null, () => 0);
  const limiter = new RequestLimiter(null, budget);
  const url = new URL("http://parley.example/api/v1/search");
  const answers = Array.from({ length: 100 }, () =>
    limiter.run(new Request(url.href), HERE, { id: "r", url, route: "o" }, large),
  );
  for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
});
