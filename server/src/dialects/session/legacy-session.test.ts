import { expect, test } from "bun:test";
import type { RoomId } from "@parley/protocol";
import { Followed } from "../../gateway/feeds/followed-feed.ts";
import { HEARTBEAT } from "../../gateway/session/sessions.ts";
import { HandClock } from "../../testing/fake-clock.ts";
import { lobbyText } from "../lobby-text/encode.ts";
import { Place } from "../room/room.ts";
import { type Manner, type Naming, WalkIn, type WalkInParts } from "./legacy-session.ts";

const SLOW = 1_000;

/** Walk-ins in one room, on connections that note what is done with them. `held` are names that guests with a token have. */
function stage(held: readonly string[] = []) {
  const clock = new HandClock();
  const followed = new Followed("lobby");
  followed.start({ seq: 0, id: null });
  const place = new Place({ followed, timing: clock, wall: () => 0, publish() {} });
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
    places: {
      hold: async () => {
        holding++;
        return place;
      },
      release: () => void holding--,
    },
  } as unknown as WalkInParts;
  const manner: Manner = {
    wire: lobbyText,
    room: async (): Promise<RoomId> => "lobby",
    welcome: async () => () => ["welcome"],
    frame: (walkIn, _, data) => walkIn.send(`got ${data}`),
    error: (message) => `error ${message}`,
  };
  const come = (naming: Naming) => {
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
    const walkIn = new WalkIn(connection, naming, manner, parts);
    return { walkIn, did, peer };
  };
  const draw = () => `Guest-${drawn++ % 2}`;
  return { clock, place, open, come, draw, holding: () => holding };
}

/** Lets what waits for a promise run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("it is welcomed, hears the room, and what it sent before is answered after that, in order", async () => {
  const { come } = stage();
  const ada = come("Ada");
  ada.walkIn.onFrame("one");
  ada.walkIn.onFrame("two");
  expect(ada.did).toEqual([]);
  await settle();
  expect(ada.did).toEqual(["welcome", "hears lobby-text/lobby", "got one", "got two"]);
});

test("what comes before it is in the room is bounded, in frames and in characters", async () => {
  const { come } = stage();
  const [many, large] = [come("Many"), come("Large")];
  for (let i = 0; i < 66; i++) many.walkIn.onFrame("x");
  for (let i = 0; i < 3; i++) large.walkIn.onFrame("x".repeat(100_000));
  expect(many.did).toHaveLength(2);
  expect(large.did).toHaveLength(1);
  await settle();
  expect(many.did.filter((frame) => frame === "got x")).toHaveLength(64);
  expect(large.did.filter((frame) => frame.startsWith("got"))).toHaveLength(2);
});

test("a silent peer is asked at each heartbeat and dropped after two and a half", async () => {
  const { come, clock, open, holding } = stage();
  const { walkIn, did } = come("Ada");
  await settle();
  did.length = 0;
  for (let second = 0; second <= 63; second++) {
    walkIn.check(clock.now(), SLOW);
    clock.pass(1_000);
  }
  expect(did).toEqual(["ping", "ping", "terminated"]);
  expect([open.size, holding()]).toEqual([0, 0]);
  const { walkIn: lively, did: does } = come("Bim");
  await settle();
  for (let second = 0; second < 200; second++) {
    lively.check(clock.now(), SLOW);
    clock.pass(1_000);
    if (second % (HEARTBEAT / 1_000) === 1) lively.onSign();
  }
  expect(does).not.toContain("terminated");
});

test("who reads too slowly is closed with 4408, and dropped 5 s later, whether it has read that or not", async () => {
  const { come, clock, open, holding } = stage();
  const { walkIn, did, peer } = come("Deaf");
  await settle();
  peer.buffered = SLOW + 1;
  walkIn.check(clock.now(), SLOW);
  expect(did.at(-1)).toBe("4408 Reading too slowly.");
  expect([open.size, holding()]).toEqual([0, 0]);
  clock.pass(4_999);
  expect(did.at(-1)).toStartWith("4408");
  clock.pass(1);
  expect(did.at(-1)).toBe("terminated");
});

test("of a holder that answers in time the newcomer hears no; of one that does not it takes the name at 2 s", async () => {
  const { come, clock } = stage();
  const holder = come("Ada");
  await settle();
  const early = come("ada");
  await settle();
  clock.pass(1_999);
  holder.walkIn.onSign();
  await settle();
  expect(early.did).toEqual(["1008 Username 'ada' is already taken."]);
  const late = come("ADA");
  await settle();
  clock.pass(1_999);
  await settle();
  expect(late.did).toEqual([]);
  clock.pass(1);
  await settle();
  expect(holder.did.at(-1)).toBe("terminated");
  expect(late.did).toEqual(["welcome", "hears lobby-text/lobby"]);
});

test("a name that was given is refused where a guest has it, one that was drawn is drawn again", async () => {
  const { come, draw } = stage(["Guest-0", "Grace"]);
  const grace = come("Grace");
  await settle();
  expect(grace.did).toEqual(["1008 Username 'Grace' is already taken."]);
  const one = come(draw);
  await settle();
  expect([one.walkIn.name, one.did[0]]).toEqual(["Guest-1", "welcome"]);
});

test("where every name that is drawn is taken it ends, and no holder is asked on the way but the last", async () => {
  const { come, draw, clock } = stage();
  const all = [come(draw), come(draw)];
  await settle();
  const more = come(draw);
  for (let turn = 0; turn < 300; turn++) await settle();
  for (const { walkIn } of all) walkIn.onSign();
  await settle();
  expect(more.did).toEqual([expect.stringMatching(/^1008 /)]);
  expect(all.flatMap(({ did }) => did.filter((what) => what === "ping"))).toHaveLength(1);
  clock.pass(10_000);
});

test("who goes while it waits for a name leaves nothing behind", async () => {
  const { come, place, open, holding, clock } = stage();
  const holder = come("Ada");
  await settle();
  const waiting = come("Ada");
  await settle();
  waiting.walkIn.onClose(1006, "");
  holder.walkIn.onClose(1000, "");
  clock.pass(2_000);
  await settle();
  expect([open.size, holding(), [...place.visitors()].length]).toEqual([0, 0, 0]);
  const next = come("Ada");
  await settle();
  expect(next.did[0]).toBe("welcome");
});

test("a reason that is too long for a close frame is cut where a character ends", async () => {
  const { come } = stage(["🎈".repeat(32)]);
  const { did } = come("🎈".repeat(32));
  await settle();
  const reason = String(did[0]).slice("1008 ".length);
  expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  expect(reason).toMatch(/^Username '🎈+…$/u);
});
