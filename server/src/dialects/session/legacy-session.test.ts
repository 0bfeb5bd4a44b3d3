import { expect, test } from "bun:test";
import type { RoomId } from "@parley/protocol";
import { FollowedFeed } from "../../gateway/feeds/followed-feed.ts";
import { HEARTBEAT } from "../../gateway/session/sessions.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { lobbyText } from "../lobby-text/encode.ts";
import { DialectRoom } from "../room/room.ts";
import {
  type DialectHandler,
  LegacySession,
  type LegacySessionParts,
  type NameSource,
} from "./legacy-session.ts";

const SLOW = 1_000;

/** Walk-ins in one room, on connections that record their calls. `held` are names that guests with a token have. */
function setUp(held: readonly string[] = []) {
  const clock = new FakeClock();
  const followed = new FollowedFeed("lobby");
  followed.start({ seq: 0, id: null });
  const dialectRoom = new DialectRoom({ followed, timing: clock, wallClock: () => 0, publish() {} });
  const open = new Set<unknown>();
  let ids = 0;
  let drawn = 0;
  let holding = 0;
  const parts = {
    timing: clock,
    refill: () => clock.now(),
    rates: null,
    addresses: null,
    log: {
      debug() {},
      error(line: { error: unknown }) {
        throw line.error;
      },
    },
    newId: () => `id-${++ids}`,
    now: () => 0,
    store: { nameHeld: async (name: string) => held.includes(name) },
    sessions: {
      draining: false,
      add: (one: unknown) => open.add(one),
      remove: (one: unknown) => open.delete(one),
    },
    dialectRooms: {
      acquire: async () => {
        holding++;
        return dialectRoom;
      },
      release: () => void holding--,
    },
  } as unknown as LegacySessionParts;
  const handler: DialectHandler = {
    encoder: lobbyText,
    room: async (): Promise<RoomId> => "lobby",
    welcome: async () => () => ["welcome"],
    frame: (session, _, data) => session.send(`got ${data}`),
    error: (message) => `error ${message}`,
  };
  const connect = (nameSource: NameSource) => {
    const did: string[] = [];
    const peer = { buffered: 0 };
    const connection = {
      address: "192.0.2.1",
      send: (frame: string) => void did.push(frame),
      subscribe: (topic: string) => void did.push(`subscribes ${topic}`),
      unsubscribe() {},
      buffered: () => peer.buffered,
      ping: () => void did.push("ping"),
      close: (code: number, reason: string) => void did.push(`${code} ${reason}`),
      terminate: () => void did.push("terminated"),
    };
    const session = new LegacySession(connection, nameSource, handler, parts);
    return { session: session, did, peer };
  };
  const draw = () => `Guest-${drawn++ % 2}`;
  return { clock, dialectRoom: dialectRoom, open, connect, draw, holding: () => holding };
}

/** Resolves after pending promises have run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a session is welcomed, subscribed, and early frames are handled after that, in order", async () => {
  const { connect } = setUp();
  const ada = connect("Ada");
  ada.session.onFrame("one");
  ada.session.onFrame("two");
  expect(ada.did).toEqual([]);
  await settle();
  expect(ada.did).toEqual(["welcome", "subscribes lobby-text/lobby", "got one", "got two"]);
});

test("early frames are bounded, in number and in characters", async () => {
  const { connect } = setUp();
  const [many, large] = [connect("Many"), connect("Large")];
  for (let i = 0; i < 66; i++) many.session.onFrame("x");
  for (let i = 0; i < 3; i++) large.session.onFrame("x".repeat(100_000));
  expect(many.did).toHaveLength(2);
  expect(large.did).toHaveLength(1);
  await settle();
  expect(many.did.filter((frame) => frame === "got x")).toHaveLength(64);
  expect(large.did.filter((frame) => frame.startsWith("got"))).toHaveLength(2);
});

test("a silent peer gets a ping at each heartbeat and is terminated after two and a half", async () => {
  const { connect, clock, open, holding } = setUp();
  const { session, did } = connect("Ada");
  await settle();
  did.length = 0;
  for (let second = 0; second <= 63; second++) {
    session.check(clock.now(), SLOW);
    clock.advance(1_000);
  }
  expect(did).toEqual(["ping", "ping", "terminated"]);
  expect([open.size, holding()]).toEqual([0, 0]);
  const { session: lively, did: does } = connect("Bim");
  await settle();
  for (let second = 0; second < 200; second++) {
    lively.check(clock.now(), SLOW);
    clock.advance(1_000);
    if (second % (HEARTBEAT / 1_000) === 1) lively.onActivity();
  }
  expect(does).not.toContain("terminated");
});

test("a slow reader is closed with 4408, and terminated 5 s later, whether it has read that or not", async () => {
  const { connect, clock, open, holding } = setUp();
  const { session, did, peer } = connect("Deaf");
  await settle();
  peer.buffered = SLOW + 1;
  session.check(clock.now(), SLOW);
  expect(did.at(-1)).toBe("4408 Reading too slowly.");
  expect([open.size, holding()]).toEqual([0, 0]);
  clock.advance(4_999);
  expect(did.at(-1)).toStartWith("4408");
  clock.advance(1);
  expect(did.at(-1)).toBe("terminated");
});

test("a holder that answers a ping in time keeps the name; from one that does not it is taken at 2 s", async () => {
  const { connect, clock } = setUp();
  const holder = connect("Ada");
  await settle();
  const early = connect("ada");
  await settle();
  clock.advance(1_999);
  holder.session.onActivity();
  await settle();
  expect(early.did).toEqual(["1008 Username 'ada' is already taken."]);
  const late = connect("ADA");
  await settle();
  clock.advance(1_999);
  await settle();
  expect(late.did).toEqual([]);
  clock.advance(1);
  await settle();
  expect(holder.did.at(-1)).toBe("terminated");
  expect(late.did).toEqual(["welcome", "subscribes lobby-text/lobby"]);
});

test("a name that was given is refused where a guest has it, one that was drawn is drawn again", async () => {
  const { connect, draw } = setUp(["Guest-0", "Grace"]);
  const grace = connect("Grace");
  await settle();
  expect(grace.did).toEqual(["1008 Username 'Grace' is already taken."]);
  const one = connect(draw);
  await settle();
  expect([one.session.name, one.did[0]]).toEqual(["Guest-1", "welcome"]);
});

test("drawing ends when every name is taken, and only the last holder gets a ping", async () => {
  const { connect, draw, clock } = setUp();
  const all = [connect(draw), connect(draw)];
  await settle();
  const more = connect(draw);
  for (let turn = 0; turn < 300; turn++) await settle();
  for (const { session } of all) session.onActivity();
  await settle();
  expect(more.did).toEqual([expect.stringMatching(/^1008 /)]);
  expect(all.flatMap(({ did }) => did.filter((what) => what === "ping"))).toHaveLength(1);
  clock.advance(10_000);
});

test("a client that disconnects while it waits for a name leaves nothing behind", async () => {
  const { connect, dialectRoom, open, holding, clock } = setUp();
  const holder = connect("Ada");
  await settle();
  const waiting = connect("Ada");
  await settle();
  waiting.session.onClose(1006, "");
  holder.session.onClose(1000, "");
  clock.advance(2_000);
  await settle();
  expect([open.size, holding(), [...dialectRoom.clients()].length]).toEqual([0, 0, 0]);
  const next = connect("Ada");
  await settle();
  expect(next.did[0]).toBe("welcome");
});

test("a reason that is too long for a close frame is cut where a character ends", async () => {
  const { connect } = setUp(["🎈".repeat(32)]);
  const { did } = connect("🎈".repeat(32));
  await settle();
  const reason = String(did[0]).slice("1008 ".length);
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  expect(reason).toMatch(/^Username '🎈+…$/u);
});
