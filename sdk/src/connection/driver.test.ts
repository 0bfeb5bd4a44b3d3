import { describe, expect, test } from "bun:test";
import { LIMITS, SUBPROTOCOL } from "@parley/protocol";
import { feed, ME, Stage, sentEvent, welcome } from "../../testing/client-harness.ts";

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
  test("HS-1 HS-2 offers the subprotocol and says hello first, with the token in the frame", () => {
    const stage = new Stage({ device: "tab 1" });
    stage.client.start();
    const { line } = stage;
    expect([line.url, line.protocol]).toEqual(["ws://stage/ws", SUBPROTOCOL]);
    expect(line.sent).toEqual([]);
    line.open();
    expect(line.sent).toMatchObject([{ type: "hello", token: "t".repeat(43), name: "Me", device: "tab 1" }]);
  });

  test("HS-6 sends nothing before the whole list is here, then resume, then what waits", () => {
    const stage = new Stage();
    stage.client.room("lobby").send("early");
    stage.client.start();
    const { line } = stage;
    line.open();
    line.say(welcome([feed("lobby", "listed", 4)], { more: true }));
    line.say({ type: "feeds", feeds: [feed("x", "listed", 2)], more: true });
    expect(kinds(line.sent)).toEqual(["hello"]);
    line.say({ type: "feeds", feeds: [feed("y", "listed", 2)] });
    expect(kinds(line.sent)).toEqual(["hello", "resume", "command"]);
    expect(line.sent[1]).toEqual({
      type: "resume",
      epoch: "e",
      cursors: [{ feed: "lobby" }, { feed: "x" }, { feed: "y" }],
    });
    expect(stage.client.rooms.get().map(({ id }) => id)).toEqual(["lobby", "x", "y"]);
  });

  test("RS-1 names at most 200 cursors a frame", () => {
    const stage = new Stage();
    stage.client.start();
    stage.line.open();
    const feeds = Array.from({ length: 450 }, (_, index) => feed(`room ${index}`, "listed", 1));
    stage.line.say(welcome(feeds));
    expect(stage.line.take("resume").map(({ cursors }) => cursors.length)).toEqual([
      LIMITS.cursors,
      LIMITS.cursors,
      50,
    ]);
  });

  test("HS-4 a refusal is shown with the fault's words and stays until a person acts", () => {
    const stage = new Stage();
    stage.client.start();
    stage.line.open();
    stage.line.say(fault("name_taken", true));
    expect(stage.client.connection.get()).toEqual({
      state: "refused",
      code: "name_taken",
      text: "name_taken.",
      advice: "never",
    });
    stage.wake();
    stage.clock.advance(60_000);
    expect(stage.lines).toHaveLength(1);
    stage.client.reconnectNow();
    expect(stage.lines).toHaveLength(2);
  });

  test("a socket that a page's policy forbids is a network that fails", () => {
    let refused = true;
    const forbidden = new Stage({
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
  test("what an old socket still says is nobody's", () => {
    const stage = new Stage();
    const old = stage.follow();
    stage.client.stop();
    old.say({ type: "events", feed: "lobby", events: [sentEvent(1, "late")] });
    old.close(1000);
    expect(stage.client.inspect().cursors.lobby).toBe(0);
    expect(stage.client.connection.get()).toEqual({ state: "stopped", why: "by_you" });
    expect(stage.clock.waiting).toBe(0);
  });

  test("EV-7 frames of a later version and garbage are ignored", () => {
    const stage = new Stage();
    const line = stage.follow(3);
    line.say({ type: "signal", what: "typing" });
    for (const text of ["", "[]", "null", "{}", '{"type":1}', "{"]) line.garble(text);
    expect(stage.client.connection.get().state).toBe("live");
  });

  test("HS-8 a silent line gets a ping, and is cut when nothing comes back", () => {
    const stage = new Stage();
    const line = stage.follow();
    stage.clock.advance(50_000);
    expect(line.take("ping")).toHaveLength(1);
    line.say({ type: "pong" });
    stage.clock.advance(5_000);
    expect(stage.client.connection.get().state).toBe("live");
    stage.clock.advance(45_000);
    expect(line.take("ping")).toHaveLength(1);
    stage.clock.advance(5_000);
    expect([line.closed, stage.client.connection.get().state]).toEqual([1000, "waiting"]);
  });

  test("a page that is looked at again asks whether the line still lives, and opens another at once if not", () => {
    const stage = new Stage();
    const line = stage.follow();
    stage.wake();
    stage.wake();
    expect(line.take("ping")).toHaveLength(1);
    // What lay in this device's own buffers while it slept is no sign of life.
    line.say({ type: "heads", heads: {} });
    stage.clock.advance(2_999);
    expect(stage.lines).toHaveLength(1);
    stage.clock.advance(1);
    expect([line.closed, stage.lines.length]).toEqual([1000, 2]);
    expect(stage.client.connection.get()).toMatchObject({ state: "connecting", attempt: 0 });
  });

  test("a pong, or anything that comes later, is a sign of life", () => {
    for (const answer of [{ type: "pong" }, { type: "heads", heads: {} }]) {
      const stage = new Stage();
      const line = stage.follow();
      stage.wake();
      stage.clock.advance(1_500);
      line.say(answer);
      stage.clock.advance(5_000);
      expect([stage.lines.length, line.closed]).toEqual([1, null]);
    }
  });

  test("a handshake from before the sleep gets 5 s more, and the next try comes at once", () => {
    const stage = new Stage();
    stage.client.start();
    stage.clock.advance(9_000);
    stage.wake();
    stage.clock.advance(5_000 + 125);
    expect(stage.lines).toHaveLength(2);
  });

  test("a wake ends a long pause, and the pauses begin small again", () => {
    const stage = new Stage();
    stage.client.start();
    for (let attempt = 0; attempt < 8; attempt++) {
      stage.line.close(1006);
      stage.clock.advance(8_000);
    }
    stage.line.close(1006);
    const { length } = stage.lines;
    stage.wake();
    expect(stage.lines).toHaveLength(length + 1);
    stage.line.close(1006);
    stage.clock.advance(125);
    expect(stage.lines).toHaveLength(length + 2);
  });

  test("FT-1 a fault that says sign in again signs out, whatever it answers", () => {
    for (const about of [{}, { request: 1 }]) {
      const stage = new Stage();
      const line = stage.follow();
      stage.client.room("lobby").send("one");
      line.say({ ...fault("signed_out", true, about), advice: "sign_in" });
      expect(stage.client.connection.get()).toMatchObject({
        state: "refused",
        code: "signed_out",
        advice: "sign_in",
      });
      expect(line.closed).toBe(1000);
    }
  });

  test("FT-1 a hello that is too old for the server says so; another frame that is does not end the connection", () => {
    const stage = new Stage();
    stage.client.start();
    stage.line.open();
    stage.line.say({ ...fault("unknown_kind", true), advice: "upgrade" });
    expect(stage.client.connection.get()).toMatchObject({ state: "refused", advice: "upgrade" });
    const other = new Stage();
    other.follow().say({ ...fault("unknown_kind", true), advice: "upgrade" });
    expect(other.client.connection.get().state).toBe("live");
  });

  test("HS-9 after a drain no command leaves on this line, answers still count, and the next line sends the rest", () => {
    const stage = new Stage();
    const line = stage.follow();
    const lobby = stage.client.room("lobby");
    lobby.send("one");
    const [one] = line.take("command");
    line.say({ type: "drain", reconnect_within: 2_000 });
    lobby.send("two");
    expect(line.take("command")).toEqual([]);
    line.say({ type: "ack", acks: [{ request: one!.request, nonce: one!.nonce, events: [], at: 1 }] });
    expect(stage.client.inspect().outbox).toBe(1);
    line.close(1012);
    stage.clock.advance(999);
    expect(stage.lines).toHaveLength(1);
    stage.clock.advance(1);
    expect(stage.live().take("command")).toMatchObject([{ text: "two" }]);
  });

  test("a command without an answer for 30 s goes again on another line, with its nonce", () => {
    const stage = new Stage();
    const line = stage.follow();
    stage.client.room("lobby").send("one");
    const [one] = line.take("command");
    for (let second = 0; second < 30; second++) {
      line.say({ type: "heads", heads: {} });
      stage.clock.advance(1_000);
    }
    expect(line.closed).toBe(1000);
    stage.clock.advance(10_000);
    expect(stage.live().take("command")).toMatchObject([{ text: "one", nonce: one!.nonce }]);
  });

  test("the answer to the oldest of several moves the deadline on", () => {
    const stage = new Stage();
    const line = stage.follow();
    const lobby = stage.client.room("lobby");
    lobby.send("one");
    stage.clock.advance(20_000);
    lobby.send("two");
    const [one] = line.take("command");
    line.say({ type: "ack", acks: [{ request: one!.request, nonce: one!.nonce, events: [], at: 1 }] });
    stage.clock.advance(20_000);
    expect(line.closed).toBeNull();
  });
});

describe("feeds", () => {
  test("EV-3 a gap is asked for on the line, and a head that is ahead too", () => {
    const stage = new Stage();
    const line = stage.follow(3);
    line.say({ type: "events", feed: "lobby", events: [sentEvent(6, "six")] });
    expect(line.take("after")).toEqual([
      { type: "after", feed: "lobby", seq: 3, limit: LIMITS.replay_events },
    ]);
    line.say({ type: "events", feed: "lobby", events: [sentEvent(4, "four"), sentEvent(5, "five")] });
    expect(stage.client.inspect().cursors.lobby).toBe(6);
    line.say({ type: "heads", heads: { lobby: 8 } });
    expect(line.take("after")).toMatchObject([{ seq: 6 }]);
  });

  test("LM-4 a question that was refused for its rate is asked again", () => {
    const stage = new Stage();
    const line = stage.live(3);
    expect(line.take("resume")).toHaveLength(1);
    line.say(fault("rate_limited", false, { retry_after: 100 }));
    stage.clock.advance(99);
    expect(line.take("resume")).toEqual([]);
    stage.clock.advance(1);
    expect(line.take("resume")).toMatchObject([{ cursors: [{ feed: "lobby" }, { feed: `user.${ME}` }] }]);
    stage.clock.advance(10_000);
    expect(line.take("resume")).toHaveLength(1);
    line.say({ type: "feeds", feeds: [feed("lobby", "live", 3), feed(`user.${ME}`, "live", 1)] });
    stage.clock.advance(20_000);
    expect(line.take("resume")).toEqual([]);
    expect(stage.client.connection.get().state).toBe("live");
  });

  test("RS-8 rooms come and go with their feeds", () => {
    const stage = new Stage();
    const line = stage.follow();
    line.say({ type: "feeds", feeds: [feed("club", "live", 2)] });
    expect(stage.client.rooms.get().map(({ id }) => id)).toEqual(["lobby", "club"]);
    line.say({ type: "events", feed: "club", events: [sentEvent(3, "hi")] });
    expect(stage.client.inspect().cursors.club).toBe(3);
    line.say({ type: "feeds", feeds: [feed("club", "gone", 0)] });
    expect(stage.client.rooms.get().map(({ id }) => id)).toEqual(["lobby"]);
    expect(stage.client.inspect().cursors).not.toHaveProperty("club");
  });

  test("RS-8 what was lost while away is gone with the next list", () => {
    const stage = new Stage();
    const line = stage.follow();
    line.say({ type: "feeds", feeds: [feed("club", "live", 2)] });
    line.close(1006);
    stage.clock.advance(10_000);
    stage.live();
    expect(stage.client.rooms.get().map(({ id }) => id)).toEqual(["lobby"]);
  });

  test("members are counted by their events", () => {
    const stage = new Stage();
    const line = stage.follow(3);
    const base = { id: "e", actor: "x", name: "X", at: 1, nonce: "n", user: "x", user_name: "X" };
    line.say({
      type: "events",
      feed: "lobby",
      events: [{ ...base, seq: 4, kind: "member_joined", role: "member" }],
    });
    expect(stage.client.rooms.get()).toMatchObject([{ members: 2, head: 4, role: "member" }]);
    line.say({ type: "events", feed: "lobby", events: [{ ...base, seq: 5, kind: "member_left" }] });
    expect(stage.client.rooms.get()).toMatchObject([{ members: 1, head: 5 }]);
  });

  test("the hooks hear where following began, what was applied and what was answered", () => {
    const heard: unknown[] = [];
    const stage = new Stage({
      onPlaced: (id, seq) => heard.push(["placed", id, seq]),
      onApplied: (id, events) => heard.push(["applied", id, events.map(({ seq }) => seq)]),
      onAnswered: (nonce, answer) => heard.push(["answered", nonce, "code" in answer ? answer.code : "ack"]),
    });
    const line = stage.follow(3);
    line.say({ type: "events", feed: "lobby", events: [sentEvent(4, "four")] });
    line.say({ type: "ack", acks: [{ request: 1, nonce: "n", events: [], at: 1 }] });
    line.say(fault("held", false, { nonce: "m" }));
    line.say({ type: "reset", feed: "lobby", head: 2, floor: 0, why: "lineage" });
    expect(heard).toEqual([
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
    const stage = new Stage();
    stage.follow();
    stage.clock.setWall(-HOUR);
    stage.clock.advance(50_000);
    expect(stage.line.take("ping")).toHaveLength(1);
    stage.clock.advance(5_000);
    expect(stage.client.connection.get().state).not.toBe("live");
  });

  test("a pause ends when its time has passed, and is shown in the time of the clock", () => {
    const stage = new Stage();
    stage.follow();
    stage.line.close(1006);
    const before = stage.client.connection.get();
    expect(before).toMatchObject({ state: "waiting" });
    if (before.state === "waiting") expect(before.until).toBeGreaterThan(stage.clock.now());
    stage.clock.setWall(-HOUR);
    stage.clock.advance(10_000);
    expect(stage.lines).toHaveLength(2);
  });

  test("LM-4 a command over the rate goes again after its pause", () => {
    const stage = new Stage();
    stage.follow();
    stage.client.room("lobby").send("one");
    const [one] = stage.line.take("command");
    stage.clock.setWall(-HOUR);
    stage.line.say(
      fault("rate_limited", false, { nonce: one?.nonce, request: one?.request, retry_after: 1_000 }),
    );
    stage.clock.setWall(-HOUR);
    stage.clock.advance(5_000);
    expect(stage.line.take("command")).toHaveLength(1);
  });

  test("EV-3 an open question is asked again after its time", () => {
    const stage = new Stage();
    stage.follow(4);
    stage.line.say({ type: "heads", heads: { lobby: 6 } });
    expect(stage.line.take("after")).toHaveLength(1);
    stage.clock.setWall(-HOUR);
    stage.clock.advance(6_000);
    expect(stage.line.take("after")).toHaveLength(1);
  });
});
