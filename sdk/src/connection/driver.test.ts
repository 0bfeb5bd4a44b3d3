import { describe, expect, test } from "bun:test";
import { LIMITS, SUBPROTOCOL } from "@parley/protocol";
import { ClientHarness, feed, ME, sentEvent, welcome } from "../../testing/client-harness.ts";

const kinds = (frames: readonly { type: string }[]) => frames.map(({ type }) => type);
const fault = (code: string, final: boolean, more: object = {}) => ({
  type: "fault",
  code,
  text: `${code}.`,
  advice: final ? "never" : "retry",
  final,
  ...more,
});

describe("handshake", () => {
  test("HS-1 HS-2 offers the subprotocol and sends hello first, with the token in the frame", () => {
    const harness = new ClientHarness({ device: "tab 1" });
    harness.client.start();
    const { socket } = harness;
    expect([socket.url, socket.protocol]).toEqual(["ws://stage/ws", SUBPROTOCOL]);
    expect(socket.sent).toEqual([]);
    socket.open();
    expect(socket.sent).toMatchObject([
      { type: "hello", token: "t".repeat(43), name: "Me", device: "tab 1" },
    ]);
  });

  test("HS-6 sends nothing before the whole list is here, then resume, then what waits", () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").send("early");
    harness.client.start();
    const { socket } = harness;
    socket.open();
    socket.say(welcome([feed("lobby", "listed", 4)], { more: true }));
    socket.say({ type: "feeds", feeds: [feed("x", "listed", 2)], more: true });
    expect(kinds(socket.sent)).toEqual(["hello"]);
    socket.say({ type: "feeds", feeds: [feed("y", "listed", 2)] });
    expect(kinds(socket.sent)).toEqual(["hello", "resume", "command"]);
    expect(socket.sent[1]).toEqual({
      type: "resume",
      epoch: "e",
      cursors: [{ feed: "lobby" }, { feed: "x" }, { feed: "y" }],
    });
    expect(harness.client.rooms.get().map(({ id }) => id)).toEqual(["lobby", "x", "y"]);
  });

  test("RS-1 names at most 200 cursors a frame", () => {
    const harness = new ClientHarness();
    harness.client.start();
    harness.socket.open();
    const feeds = Array.from({ length: 450 }, (_, index) => feed(`room ${index}`, "listed", 1));
    harness.socket.say(welcome(feeds));
    expect(harness.socket.take("resume").map(({ cursors }) => cursors.length)).toEqual([
      LIMITS.cursors,
      LIMITS.cursors,
      50,
    ]);
  });

  test("HS-4 a refusal is shown with the fault's words and stays until a person acts", () => {
    const harness = new ClientHarness();
    harness.client.start();
    harness.socket.open();
    harness.socket.say(fault("name_taken", true));
    expect(harness.client.connection.get()).toEqual({
      state: "refused",
      code: "name_taken",
      text: "name_taken.",
      advice: "never",
    });
    harness.wake();
    harness.clock.advance(60_000);
    expect(harness.sockets).toHaveLength(1);
    harness.client.reconnectNow();
    expect(harness.sockets).toHaveLength(2);
  });

  test("a socket that a page's policy forbids is a network that fails", () => {
    let refused = true;
    const forbidden = new ClientHarness({
      platform: {
        openSocket: () => {
          if (refused) throw new Error("forbidden");
          return { send() {}, close() {} };
        },
      },
    });
    forbidden.client.start();
    forbidden.clock.advance(0);
    expect(forbidden.client.connection.get().state).toBe("waiting");
    refused = false;
    forbidden.clock.advance(10_000);
    expect(forbidden.client.connection.get().state).toBe("connecting");
  });
});

describe("a connection's life", () => {
  test("what comes from an old socket is ignored", () => {
    const harness = new ClientHarness();
    const old = harness.follow();
    harness.client.stop();
    old.say({ type: "events", feed: "lobby", events: [sentEvent(1, "late")] });
    old.close(1000);
    expect(harness.client.inspect().cursors.lobby).toBe(0);
    expect(harness.client.connection.get()).toEqual({ state: "stopped", why: "by_you" });
    expect(harness.clock.waiting).toBe(0);
  });

  test("EV-7 frames of a later version and garbage are ignored", () => {
    const harness = new ClientHarness();
    const socket = harness.follow(3);
    socket.say({ type: "signal", what: "typing" });
    for (const text of ["", "[]", "null", "{}", '{"type":1}', "{"]) socket.garble(text);
    expect(harness.client.connection.get().state).toBe("live");
  });

  test("HS-8 a silent line gets a ping, and is cut when nothing comes back", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    harness.clock.advance(50_000);
    expect(socket.take("ping")).toHaveLength(1);
    socket.say({ type: "pong" });
    harness.clock.advance(5_000);
    expect(harness.client.connection.get().state).toBe("live");
    harness.clock.advance(45_000);
    expect(socket.take("ping")).toHaveLength(1);
    harness.clock.advance(5_000);
    expect([socket.closed, harness.client.connection.get().state]).toEqual([1000, "waiting"]);
  });

  test("a page that is looked at again asks whether the line still lives, and opens another at once if not", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    harness.wake();
    harness.wake();
    expect(socket.take("ping")).toHaveLength(1);
    // What lay in this device's own buffers while it slept is no sign of life.
    socket.say({ type: "heads", heads: {} });
    harness.clock.advance(2_999);
    expect(harness.sockets).toHaveLength(1);
    harness.clock.advance(1);
    expect([socket.closed, harness.sockets.length]).toEqual([1000, 2]);
    expect(harness.client.connection.get()).toMatchObject({ state: "connecting", attempt: 0 });
  });

  test("a pong, or anything that comes later, is a sign of life", () => {
    for (const answer of [{ type: "pong" }, { type: "heads", heads: {} }]) {
      const harness = new ClientHarness();
      const socket = harness.follow();
      harness.wake();
      harness.clock.advance(1_500);
      socket.say(answer);
      harness.clock.advance(5_000);
      expect([harness.sockets.length, socket.closed]).toEqual([1, null]);
    }
  });

  test("a handshake from before the sleep gets 5 s more, and the next try comes at once", () => {
    const harness = new ClientHarness();
    harness.client.start();
    harness.clock.advance(9_000);
    harness.wake();
    harness.clock.advance(5_000 + 125);
    expect(harness.sockets).toHaveLength(2);
  });

  test("a wake ends a long pause, and the pauses begin small again", () => {
    const harness = new ClientHarness();
    harness.client.start();
    for (let attempt = 0; attempt < 8; attempt++) {
      harness.socket.close(1006);
      harness.clock.advance(8_000);
    }
    harness.socket.close(1006);
    const { length } = harness.sockets;
    harness.wake();
    expect(harness.sockets).toHaveLength(length + 1);
    harness.socket.close(1006);
    harness.clock.advance(125);
    expect(harness.sockets).toHaveLength(length + 2);
  });

  test("FT-1 a fault with the advice sign_in signs out, independent of what it answers", () => {
    for (const about of [{}, { request: 1 }]) {
      const harness = new ClientHarness();
      const socket = harness.follow();
      harness.client.room("lobby").send("one");
      socket.say({ ...fault("signed_out", true, about), advice: "sign_in" });
      expect(harness.client.connection.get()).toMatchObject({
        state: "refused",
        code: "signed_out",
        advice: "sign_in",
      });
      expect(socket.closed).toBe(1000);
    }
  });

  test("FT-1 a hello that is too old for the server says so; another frame that is does not end the connection", () => {
    const harness = new ClientHarness();
    harness.client.start();
    harness.socket.open();
    harness.socket.say({ ...fault("unknown_kind", true), advice: "upgrade" });
    expect(harness.client.connection.get()).toMatchObject({ state: "refused", advice: "upgrade" });
    const other = new ClientHarness();
    other.follow().say({ ...fault("unknown_kind", true), advice: "upgrade" });
    expect(other.client.connection.get().state).toBe("live");
  });

  test("HS-9 after a drain no command leaves on this line, answers still count, and the next line sends the rest", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const lobby = harness.client.room("lobby");
    lobby.send("one");
    const [one] = socket.take("command");
    socket.say({ type: "drain", reconnect_within: 2_000 });
    lobby.send("two");
    expect(socket.take("command")).toEqual([]);
    socket.say({ type: "ack", acks: [{ request: one!.request, nonce: one!.nonce, events: [], at: 1 }] });
    expect(harness.client.inspect().outbox).toBe(1);
    socket.close(1012);
    harness.clock.advance(999);
    expect(harness.sockets).toHaveLength(1);
    harness.clock.advance(1);
    expect(harness.live().take("command")).toMatchObject([{ text: "two" }]);
  });

  test("a command without an answer for 30 s goes again on another line, with its nonce", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    harness.client.room("lobby").send("one");
    const [one] = socket.take("command");
    for (let second = 0; second < 30; second++) {
      socket.say({ type: "heads", heads: {} });
      harness.clock.advance(1_000);
    }
    expect(socket.closed).toBe(1000);
    harness.clock.advance(10_000);
    expect(harness.live().take("command")).toMatchObject([{ text: "one", nonce: one!.nonce }]);
  });

  test("the answer to the oldest of several moves the deadline on", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const lobby = harness.client.room("lobby");
    lobby.send("one");
    harness.clock.advance(20_000);
    lobby.send("two");
    const [one] = socket.take("command");
    socket.say({ type: "ack", acks: [{ request: one!.request, nonce: one!.nonce, events: [], at: 1 }] });
    harness.clock.advance(20_000);
    expect(socket.closed).toBeNull();
  });
});

describe("feeds", () => {
  test("EV-3 a gap is asked for on the line, and a head that is ahead too", () => {
    const harness = new ClientHarness();
    const socket = harness.follow(3);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(6, "six")] });
    expect(socket.take("after")).toEqual([
      { type: "after", feed: "lobby", seq: 3, limit: LIMITS.replay_events },
    ]);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(4, "four"), sentEvent(5, "five")] });
    expect(harness.client.inspect().cursors.lobby).toBe(6);
    socket.say({ type: "heads", heads: { lobby: 8 } });
    expect(socket.take("after")).toMatchObject([{ seq: 6 }]);
  });

  test("LM-4 a question that was refused for its rate is asked again", () => {
    const harness = new ClientHarness();
    const socket = harness.live(3);
    expect(socket.take("resume")).toHaveLength(1);
    socket.say(fault("rate_limited", false, { retry_after: 100 }));
    harness.clock.advance(99);
    expect(socket.take("resume")).toEqual([]);
    harness.clock.advance(1);
    expect(socket.take("resume")).toMatchObject([{ cursors: [{ feed: "lobby" }, { feed: `user.${ME}` }] }]);
    harness.clock.advance(10_000);
    expect(socket.take("resume")).toHaveLength(1);
    socket.say({ type: "feeds", feeds: [feed("lobby", "live", 3), feed(`user.${ME}`, "live", 1)] });
    harness.clock.advance(20_000);
    expect(socket.take("resume")).toEqual([]);
    expect(harness.client.connection.get().state).toBe("live");
  });

  test("RS-8 rooms come and go with their feeds", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    socket.say({ type: "feeds", feeds: [feed("club", "live", 2)] });
    expect(harness.client.rooms.get().map(({ id }) => id)).toEqual(["lobby", "club"]);
    socket.say({ type: "events", feed: "club", events: [sentEvent(3, "hi")] });
    expect(harness.client.inspect().cursors.club).toBe(3);
    socket.say({ type: "feeds", feeds: [feed("club", "gone", 0)] });
    expect(harness.client.rooms.get().map(({ id }) => id)).toEqual(["lobby"]);
    expect(harness.client.inspect().cursors).not.toHaveProperty("club");
  });

  test("RS-8 what was lost while away is gone with the next list", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    socket.say({ type: "feeds", feeds: [feed("club", "live", 2)] });
    socket.close(1006);
    harness.clock.advance(10_000);
    harness.live();
    expect(harness.client.rooms.get().map(({ id }) => id)).toEqual(["lobby"]);
  });

  test("members are counted by their events", () => {
    const harness = new ClientHarness();
    const socket = harness.follow(3);
    const base = { id: "e", actor: "x", name: "X", at: 1, nonce: "n", user: "x", user_name: "X" };
    socket.say({
      type: "events",
      feed: "lobby",
      events: [{ ...base, seq: 4, kind: "member_joined", role: "member" }],
    });
    expect(harness.client.rooms.get()).toMatchObject([{ members: 2, head: 4, role: "member" }]);
    socket.say({ type: "events", feed: "lobby", events: [{ ...base, seq: 5, kind: "member_left" }] });
    expect(harness.client.rooms.get()).toMatchObject([{ members: 1, head: 5 }]);
  });

  test("the hooks hear where following began, what was applied and what was answered", () => {
    const calls: unknown[] = [];
    const harness = new ClientHarness({
      onPlaced: (id, seq) => calls.push(["placed", id, seq]),
      onApplied: (id, events) => calls.push(["applied", id, events.map(({ seq }) => seq)]),
      onAnswered: (nonce, answer) => calls.push(["answered", nonce, "code" in answer ? answer.code : "ack"]),
    });
    const socket = harness.follow(3);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(4, "four")] });
    socket.say({ type: "ack", acks: [{ request: 1, nonce: "n", events: [], at: 1 }] });
    socket.say(fault("held", false, { nonce: "m" }));
    socket.say({ type: "reset", feed: "lobby", head: 2, floor: 0, why: "lineage" });
    expect(calls).toEqual([
      ["placed", "lobby", 3],
      ["placed", `user.${ME}`, 1],
      ["applied", "lobby", [4]],
      ["answered", "n", "ack"],
      ["answered", "m", "held"],
      ["placed", "lobby", 2],
    ]);
  });
});

describe("a wall clock that is set", () => {
  const HOUR = 3_600_000;

  test("HS-8 a silent line is noticed as soon as ever", () => {
    const harness = new ClientHarness();
    harness.follow();
    harness.clock.setWall(-HOUR);
    harness.clock.advance(50_000);
    expect(harness.socket.take("ping")).toHaveLength(1);
    harness.clock.advance(5_000);
    expect(harness.client.connection.get().state).not.toBe("live");
  });

  test("a pause ends when its time has passed, and is shown in the time of the clock", () => {
    const harness = new ClientHarness();
    harness.follow();
    harness.socket.close(1006);
    const before = harness.client.connection.get();
    expect(before).toMatchObject({ state: "waiting" });
    if (before.state === "waiting") expect(before.until).toBeGreaterThan(harness.clock.now());
    harness.clock.setWall(-HOUR);
    harness.clock.advance(10_000);
    expect(harness.sockets).toHaveLength(2);
  });

  test("LM-4 a command over the rate goes again after its pause", () => {
    const harness = new ClientHarness();
    harness.follow();
    harness.client.room("lobby").send("one");
    const [one] = harness.socket.take("command");
    harness.clock.setWall(-HOUR);
    harness.socket.say(
      fault("rate_limited", false, { nonce: one?.nonce, request: one?.request, retry_after: 1_000 }),
    );
    harness.clock.setWall(-HOUR);
    harness.clock.advance(5_000);
    expect(harness.socket.take("command")).toHaveLength(1);
  });

  test("EV-3 an open question is asked again after its time", () => {
    const harness = new ClientHarness();
    harness.follow(4);
    harness.socket.say({ type: "heads", heads: { lobby: 6 } });
    expect(harness.socket.take("after")).toHaveLength(1);
    harness.clock.setWall(-HOUR);
    harness.clock.advance(6_000);
    expect(harness.socket.take("after")).toHaveLength(1);
  });
});
