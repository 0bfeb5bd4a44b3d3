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
  const sent = (address: string) => {
    let count = 0;
    for (let socket = 0; socket < 100; socket++) {
      const one = new SessionLimiter(rates, addresses, address, 0);
      while (one.message(0) === 0) count++;
    }
    return count;
  };
  expect(sent("192.0.2.1")).toBe(300);
  expect(sent("::ffff:192.0.2.1")).toBe(0);
  expect(sent("192.0.2.2")).toBe(300);
  // One household shares the first 64 bits.
  expect(sent("2001:db8::1") + sent("2001:db8::2")).toBe(300);
});

test("a message that the address refuses does not charge the socket", () => {
  const addresses = addressLimiter(rates);
  const crowd = Array.from({ length: 10 }, () => new SessionLimiter(rates, addresses, "192.0.2.1", 0));
  for (const one of crowd) for (let i = 0; i < 30; i++) one.message(0);
  const late = new SessionLimiter(rates, addresses, "192.0.2.1", 0);
  for (let i = 0; i < 50; i++) expect(late.message(0)).toBe(10);
  expect(late.message(10)).toBe(0);
});

test("typing does not use up messages, and a flood of frames is recognized", () => {
  const one = new SessionLimiter(rates, addressLimiter(rates), "192.0.2.1", 0);
  let signs = 0;
  while (one.mayType(0)) signs++;
  expect(signs).toBe(30);
  expect(one.message(0)).toBe(0);
  let frames = 0;
  while (one.frame(0) !== Number.POSITIVE_INFINITY) frames++;
  expect(frames).toBe(100 + 1_000);
});

test("without rates nothing is limited", () => {
  const one = new SessionLimiter(null, addressLimiter(null), "192.0.2.1", 0);
  for (let i = 0; i < 5_000; i++)
    expect([one.frame(0), one.message(0), one.mayType(0)]).toEqual([0, 0, true]);
});
