import { expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import type { Connection } from "../socket/connection.ts";
import type { SessionParts } from "./parts.ts";
import { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";

type Sent = { frames: { type: string }[]; closed: number[]; terminated: number };

/** A session on a connection that records its calls. `unread`: bytes that its peer leaves in the buffer. */
function setUp(parts: Partial<SessionParts> = {}) {
  const sent: Sent = { frames: [], closed: [], terminated: 0 };
  const clock = { now: 1_000_000, unread: 0 };
  const connection: Connection = {
    address: "127.0.0.1",
    send: (frame) => void sent.frames.push(JSON.parse(frame)),
    subscribe: () => {},
    unsubscribe: () => {},
    buffered: () => clock.unread,
    ping: () => {},
    close: (code) => void sent.closed.push(code),
    terminate: () => void sent.terminated++,
  };
  const now = () => clock.now;
  const sessions = new Sessions(now);
  sessions.close();
  const log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} };
  const all = {
    id: "s",
    sessions,
    rates: null,
    admission: {
      awaitHello() {},
      gotHello() {},
      guestAllowance: () => ({ mayFail: () => null, failed() {}, take: () => null, giveBack() {} }),
    },
    maxPerUser: 50,
    log,
    now,
    monotonicNow: now,
    refill: now,
    bearer: null,
    ...parts,
  } as unknown as SessionParts;
  return { session: new Session(connection, all), sessions, sent, clock };
}

test("HS-3 no hello within 10 s: 4410, once, and no more frames are taken", () => {
  const { session, sent, clock } = setUp();
  clock.now += 10_000;
  session.check(clock.now, 1_000);
  expect(sent.closed).toEqual([]);
  clock.now += 1;
  session.check(clock.now, 1_000);
  expect(sent.closed).toEqual([4410]);
  session.check(clock.now, 1_000);
  session.onFrame("{}");
  expect(sent).toEqual({ frames: [], closed: [4410], terminated: 0 });
});

test("LM-5 a peer that leaves too much unread is closed with 4408, once", () => {
  const { session, sent, clock } = setUp();
  clock.unread = 1_000;
  session.check(clock.now, 1_000);
  expect(sent.closed).toEqual([]);
  clock.unread = 1_001;
  session.check(clock.now, 1_000);
  session.check(clock.now, 1_000);
  expect(sent.closed).toEqual([4408]);
});

test("HS-8 a silent peer is terminated, one that answers pings is not", () => {
  const { session, sent, clock } = setUp({ guests: { signIn: () => new Promise(() => {}) } as never });
  session.onFrame(JSON.stringify({ type: "hello", token: "A".repeat(43), name: "Ada", device: "d" }));
  clock.now += 60_000;
  session.onActivity();
  clock.now += 60_000;
  session.check(clock.now, 1_000);
  expect(sent.terminated).toBe(0);
  clock.now += 3_000;
  session.check(clock.now, 1_000);
  expect(sent.terminated).toBe(1);
});

test("HS-6 a client that does not wait for the welcome is refused", () => {
  const { session, sent } = setUp({ guests: { signIn: () => new Promise(() => {}) } as never });
  session.onFrame(JSON.stringify({ type: "hello", token: "A".repeat(43), name: "Ada", device: "d" }));
  session.onFrame(JSON.stringify({ type: "resume", epoch: "e", cursors: [{ feed: LOBBY }] }));
  expect(sent.frames).toMatchObject([{ type: "fault", code: "hello_first" }]);
  expect(sent.closed).toEqual([1002]);
});

test("a hello that fails inside ends this session with 1011 and leaves nothing behind", async () => {
  const failing = { signIn: () => Promise.reject(new Error("injected")) } as never;
  const { session, sessions, sent } = setUp({ guests: failing });
  session.onFrame(JSON.stringify({ type: "hello", token: "A".repeat(43), name: "Ada", device: "d" }));
  await Promise.resolve();
  await Promise.resolve();
  expect(sent.closed).toEqual([1011]);
  session.onClose(1011, "");
  expect(sessions.size).toBe(0);
});
