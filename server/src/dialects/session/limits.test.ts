import { expect, test } from "bun:test";
import { addressLimiter, SessionLimiter } from "./limits.ts";

const rates = { messageRate: 10, messageBurst: 30, frameRate: 50 };

test("a walk-in has the messages of one user, and gets them back with time", () => {
  const one = new SessionLimiter(rates, addressLimiter(rates), "192.0.2.1", 0);
  for (let i = 0; i < 30; i++) expect(one.message(0)).toBe(0);
  expect(one.message(0)).toBe(100);
  expect(one.message(100)).toBe(0);
});

test("a hundred sockets of one address have ten allowances, not a hundred; another address has its own", () => {
  const addresses = addressLimiter(rates);
  const said = (address: string) => {
    let count = 0;
    for (let socket = 0; socket < 100; socket++) {
      const one = new SessionLimiter(rates, addresses, address, 0);
      while (one.message(0) === 0) count++;
    }
    return count;
  };
  expect(said("192.0.2.1")).toBe(300);
  expect(said("::ffff:192.0.2.1")).toBe(0);
  expect(said("192.0.2.2")).toBe(300);
  // One household has the 64 bits to itself.
  expect(said("2001:db8::1") + said("2001:db8::2")).toBe(300);
});

test("what the address may not say does not cost the socket anything", () => {
  const addresses = addressLimiter(rates);
  const crowd = Array.from({ length: 10 }, () => new SessionLimiter(rates, addresses, "192.0.2.1", 0));
  for (const one of crowd) for (let i = 0; i < 30; i++) one.message(0);
  const late = new SessionLimiter(rates, addresses, "192.0.2.1", 0);
  for (let i = 0; i < 50; i++) expect(late.message(0)).toBe(10);
  expect(late.message(10)).toBe(0);
});

test("signs of writing do not use up messages, and a flood of frames is called one", () => {
  const one = new SessionLimiter(rates, addressLimiter(rates), "192.0.2.1", 0);
  let signs = 0;
  while (one.mayType(0)) signs++;
  expect(signs).toBe(30);
  expect(one.message(0)).toBe(0);
  let frames = 0;
  while (one.frame(0) !== Number.POSITIVE_INFINITY) frames++;
  expect(frames).toBe(100 + 1_000);
});

test("where rates are lifted there is no end of it", () => {
  const one = new SessionLimiter(null, addressLimiter(null), "192.0.2.1", 0);
  for (let i = 0; i < 5_000; i++)
    expect([one.frame(0), one.message(0), one.mayType(0)]).toEqual([0, 0, true]);
});
