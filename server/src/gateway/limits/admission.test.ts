import { expect, test } from "bun:test";
import { Admission, type AdmissionParts, addressKey } from "./admission.ts";
import { KeyedRateLimiter } from "./rate-limiter.ts";

const limits = {
  connectRate: 10,
  connectBurst: 4,
  connectionsPerAddress: 3,
  guestRate: 60,
  guestBurst: 2,
  failedHelloRate: 60,
  failedHelloBurst: 3,
  roomRate: 60,
  roomBurst: 1,
  contactRate: 60,
  contactBurst: 3,
  contactedRate: 60,
  contactedBurst: 4,
};

/** An admission with a clock and a memory that the test sets. */
function setUp(parts: Partial<AdmissionParts> = {}) {
  const world = { now: 0, memory: 0 };
  const admission = new Admission({
    limits,
    maxConnections: 5,
    maxUnauthenticated: 2,
    maxMemory: 1_000,
    memory: () => world.memory,
    now: () => world.now,
    ...parts,
  });
  return { admission, world };
}

test("LM-6 an address may connect as often as burst and rate allow, another address is not touched", () => {
  const { admission, world } = setUp();
  expect([1, 2, 3, 4].map(() => admission.admit("a"))).toEqual([0, 0, 0, 0]);
  const wait = admission.admit("a");
  expect(wait).toBe(100);
  expect(admission.admit("b")).toBe(0);
  world.now += wait;
  expect(admission.admit("a")).toBe(0);
});

test("LM-6 an address holds so many sockets at once, and one more when one is closed", () => {
  const { admission } = setUp();
  for (let count = 0; count < 3; count++) admission.opened("::ffff:10.0.0.1");
  expect(admission.admit("10.0.0.1")).toBeGreaterThan(0);
  admission.closed("10.0.0.1");
  expect(admission.admit("10.0.0.1")).toBe(0);
  for (let count = 0; count < 2; count++) admission.closed("10.0.0.1");
  expect(admission.addresses).toBe(0);
});

test("LM-8 a server that is full by number or by memory has no capacity, and has some again later", () => {
  const { admission, world } = setUp();
  for (let count = 0; count < 5; count++) {
    expect(admission.hasCapacity()).toBe(true);
    admission.opened(`address ${count}`);
  }
  expect(admission.hasCapacity()).toBe(false);
  admission.closed("address 0");
  expect(admission.hasCapacity()).toBe(true);
  world.memory = 1_001;
  world.now += 1_000;
  expect(admission.hasCapacity()).toBe(false);
  world.memory = 1_000;
  world.now += 1_000;
  expect(admission.hasCapacity()).toBe(true);
});

test("LM-8 without a limit memory is not read", () => {
  const memory = () => {
    throw new Error("looked");
  };
  expect(setUp({ maxMemory: 0, memory }).admission.hasCapacity()).toBe(true);
});

test("HS-11 of too many pending sockets the oldest is closed; one that sent hello stays", () => {
  const { admission } = setUp();
  const closed: string[] = [];
  const pending = (name: string) => ({ close: (code: number) => void closed.push(`${name} ${code}`) });
  const [polite, first, second, third] = ["polite", "first", "second", "third"].map(pending);
  if (!polite || !first || !second || !third) throw new Error("unreachable");
  admission.awaitHello(polite);
  admission.gotHello(polite);
  for (const one of [first, second, third]) admission.awaitHello(one);
  expect(closed).toEqual(["first 4410"]);
});

test("LM-7 new guests and rooms are counted by address and user, and what was not created costs nothing", () => {
  const { admission, world } = setUp();
  expect([1, 2, 3].map(() => admission.guestAllowance("a").take()?.fault)).toEqual([
    undefined,
    undefined,
    "rate_limited",
  ]);
  expect(admission.newRoom("ada", "a")).toBe(null);
  expect(admission.newRoom("ada", "b")).toMatchObject({ fault: "rate_limited", retry_after: 60_000 });
  admission.refundRoom("ada", "a");
  expect(admission.newRoom("ada", "a")).toBe(null);
  // Five times as many for an address, whichever user asks.
  for (let user = 0; user < 4; user++) expect(admission.newRoom(`user ${user}`, "a")).toBe(null);
  expect(admission.newRoom("bim", "a")).toMatchObject({ fault: "rate_limited" });
  world.now += 60_000;
  expect(admission.guestAllowance("a").take()).toBe(null);
});

test("LM-7 a room that the address refused does not use the user's own allowance", () => {
  const { admission, world } = setUp();
  for (let user = 0; user < 5; user++) expect(admission.newRoom(`user ${user}`, "a")).toBe(null);
  expect(admission.newRoom("bim", "a")).toMatchObject({ retry_after: 12_000 });
  world.now += 12_000;
  expect(admission.newRoom("bim", "a")).toBe(null);
});

test("LM-6 without rates nothing is counted by address", () => {
  const { admission } = setUp({ limits: null });
  for (let count = 0; count < 1_000; count++) {
    expect(admission.admit("a")).toBe(0);
    expect(admission.guestAllowance("a").take() ?? admission.newRoom("ada", "a")).toBe(null);
  }
});

test("LM-6 of IPv6 the first 64 bits are one address", () => {
  const same = ["2001:db8:0:1::1", "2001:DB8:0:1:ffff::2", "2001:0db8::1:9:9:9:9", "2001:db8:0:1::%eth0"];
  expect(new Set(same.map(addressKey))).toEqual(new Set(["2001:db8:0:1"]));
  expect(addressKey("2001:db8:0:2::1")).not.toBe(addressKey("2001:db8:0:1::1"));
  expect(addressKey("::1")).toBe("0:0:0:0");
  expect(addressKey("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(addressKey("192.0.2.7")).toBe("192.0.2.7");
});

test("LM-6 the number of known addresses is bounded, and one above its rate is not forgotten for one that is not", () => {
  const buckets = new KeyedRateLimiter(0.001, 1, 100);
  expect(buckets.take("greedy", 0)).toBe(0);
  for (let count = 0; count < 99; count++) buckets.take(`once ${count}`, 0);
  // All those have their token back; greedy takes it again.
  const later = 1_000_000;
  expect(buckets.take("greedy", later)).toBe(0);
  for (let count = 0; count < 50; count++) buckets.take(`later ${count}`, later);
  expect(buckets.size).toBeLessThanOrEqual(100);
  expect(buckets.take("greedy", later)).toBeGreaterThan(0);
});

test("LM-7 failed hellos have an allowance of their own, which a check does not use", () => {
  const { admission, world } = setUp();
  const allowance = admission.guestAllowance("a");
  for (let count = 0; count < 9; count++) expect(allowance.mayFail()).toBe(null);
  for (let count = 0; count < 3; count++) allowance.failed();
  expect(allowance.mayFail()).toMatchObject({ fault: "rate_limited", retry_after: 60_000 });
  expect(allowance.take()).toBe(null);
  allowance.giveBack();
  expect(admission.guestAllowance("b").mayFail()).toBe(null);
  world.now += 60_000;
  expect(allowance.mayFail()).toBe(null);
});
