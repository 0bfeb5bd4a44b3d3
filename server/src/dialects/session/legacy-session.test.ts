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

/** Walk-ins in one room, on connections that note what is done with them. `held` are names that guests with a token have. */
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
  const come = (nameSource: NameSource) => {
    const did: string[] = [];
    const peer = { buffered: 0 };
    const connection = {
      address: "192.0.2.1",
      send: (frame: string) => void did.push(frame),
      subscribe: (topic: string) => void did.push(`hears ${topic}`),
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
  return { clock, dialectRoom: dialectRoom, open, come, draw, holding: () => holding };
}

/** Lets what waits for a promise run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("it is welcomed, hears the room, and what it sent before is answered after that, in order", async () => {
  const { come } = setUp();
  const ada = come("Ada");
  ada.session.onFrame("one");
  ada.session.onFrame("two");
  expect(ada.did).toEqual([]);
  await settle();
  expect(ada.did).toEqual(["welcome", "hears lobby-text/lobby", "got one", "got two"]);
});

test("what comes before it is in the room is bounded, in frames and in characters", async () => {
  const { come } = setUp();
  const [many, large] = [come("Many"), come("Large")];
  for (let i = 0; i < 66; i++) many.session.onFrame("x");
  for (let i = 0; i < 3; i++) large.session.onFrame("x".repeat(100_000));
  expect(many.did).toHaveLength(2);
  expect(large.did).toHaveLength(1);
  await settle();
  expect(many.did.filter((frame) => frame === "got x")).toHaveLength(64);
  expect(large.did.filter((frame) => frame.startsWith("got"))).toHaveLength(2);
});

test("a silent peer is asked at each heartbeat and dropped after two and a half", async () => {
  const { come, clock, open, holding } = setUp();
  const { session, did } = come("Ada");
  await settle();
  did.length = 0;
  for (let second = 0; second <= 63; second++) {
    session.check(clock.now(), SLOW);
    clock.advance(1_000);
  }
  expect(did).toEqual(["ping", "ping", "terminated"]);
  expect([open.size, holding()]).toEqual([0, 0]);
  const { session: lively, did: does } = come("Bim");
  await settle();
  for (let second = 0; second < 200; second++) {
    lively.check(clock.now(), SLOW);
    clock.advance(1_000);
    if (second % (HEARTBEAT / 1_000) === 1) lively.onActivity();
  }
  expect(does).not.toContain("terminated");
});

test("who reads too slowly is closed with 4408, and dropped 5 s later, whether it has read that or not", async () => {
  const { come, clock, open, holding } = setUp();
  const { session, did, peer } = come("Deaf");
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

test("of a holder that answers in time the newcomer hears no; of one that does not it takes the name at 2 s", async () => {
  const { come, clock } = setUp();
  const holder = come("Ada");
  await settle();
  const early = come("ada");
  await settle();
  clock.advance(1_999);
  holder.session.onActivity();
  await settle();
  expect(early.did).toEqual(["1008 Username 'ada' is already taken."]);
  const late = come("ADA");
  await settle();
  clock.advance(1_999);
  await settle();
  expect(late.did).toEqual([]);
  clock.advance(1);
  await settle();
  expect(holder.did.at(-1)).toBe("terminated");
  expect(late.did).toEqual(["welcome", "hears lobby-text/lobby"]);
});

test("a name that was given is refused where a guest has it, one that was drawn is drawn again", async () => {
  const { come, draw } = setUp(["Guest-0", "Grace"]);
  const grace = come("Grace");
  await settle();
  expect(grace.did).toEqual(["1008 Username 'Grace' is already taken."]);
  const one = come(draw);
  await settle();
  expect([one.session.name, one.did[0]]).toEqual(["Guest-1", "welcome"]);
});

test("where every name that is drawn is taken it ends, and no holder is asked on the way but the last", async () => {
  const { come, draw, clock } = setUp();
  const all = [come(draw), come(draw)];
  await settle();
  const more = come(draw);
  for (let turn = 0; turn < 300; turn++) await settle();
  for (const { session } of all) session.onActivity();
  await settle();
  expect(more.did).toEqual([expect.stringMatching(/^1008 /)]);
  expect(all.flatMap(({ did }) => did.filter((what) => what === "ping"))).toHaveLength(1);
  clock.advance(10_000);
});

test("who goes while it waits for a name leaves nothing behind", async () => {
  const { come, dialectRoom, open, holding, clock } = setUp();
  const holder = come("Ada");
  await settle();
  const waiting = come("Ada");
  await settle();
  waiting.session.onClose(1006, "");
  holder.session.onClose(1000, "");
  clock.advance(2_000);
  await settle();
  expect([open.size, holding(), [...dialectRoom.clients()].length]).toEqual([0, 0, 0]);
  const next = come("Ada");
  await settle();
  expect(next.did[0]).toBe("welcome");
});

test("a reason that is too long for a close frame is cut where a character ends", async () => {
  const { come } = setUp(["🎈".repeat(32)]);
  const { did } = come("🎈".repeat(32));
  await settle();
  const reason = String(did[0]).slice("1008 ".length);
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  expect(reason).toMatch(/^Username '🎈+…$/u);
});
