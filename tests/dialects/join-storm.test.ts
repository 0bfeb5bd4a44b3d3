import { describe, expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { type DialectEncoder, encoderTopic } from "@parley/server/dialects/encoder.ts";
import { lobbyJson } from "@parley/server/dialects/lobby-json/encode.ts";
import { lobbyText } from "@parley/server/dialects/lobby-text/encode.ts";
import { DialectRoom, type RoomClient } from "@parley/server/dialects/room/room.ts";
import { roomsByRest } from "@parley/server/dialects/rooms-by-rest/encode.ts";
import { FollowedFeed } from "@parley/server/gateway/feeds/followed-feed.ts";
import { FakeClock } from "@parley/server/testing/fake-clock.ts";

/**
 * What one client may be sent in any second of a storm: the ten single notices and the summary of the rest, the lists of
 * 250 ms while the room is small, the first one of a large room, and one for a new client alone.
 */
const A_SECOND = 10 + 1 + 5 + 1 + 1;
/** Notices and lists for a client over the whole storm and the time after it: the same for every number of clients. */
const IN_ALL = A_SECOND + 4;

type Sent = { readonly at: number; readonly frame: string };

/** So many join within a second, evenly; then time passes until no timer is due. Frames by client. */
function storm(count: number, encoder: DialectEncoder): Sent[][] {
  const clock = new FakeClock();
  const followed = new FollowedFeed(LOBBY);
  followed.start({ seq: 0, id: null });
  const clients: Sent[][] = [];
  const place = new DialectRoom({
    followed,
    timing: clock,
    wallClock: () => 0,
    publish(topic, frame) {
      if (topic !== encoderTopic(encoder, LOBBY)) throw new Error(`${topic} belongs to no client here.`);
      for (const frames of clients) frames.push({ at: clock.now(), frame });
    },
  });
  for (let i = 0; i < count; i++) {
    const frames: Sent[] = [];
    const user: RoomClient = {
      id: `id-${i}`,
      name: `n${i}`,
      encoder,
      send: (frame) => void frames.push({ at: clock.now(), frame }),
      isAlive: async () => true,
      terminate() {},
      roomDeleted() {},
    };
    place.claim(user);
    clients.push(frames);
    place.enter(user);
    clock.advance(1_000 / count);
  }
  clock.advance(10_000);
  expect(clock.waiting).toBe(0);
  return clients;
}

function mostInASecond(frames: readonly Sent[]): number {
  let most = 0;
  for (const [first, { at: from }] of frames.entries()) {
    const after = frames.findIndex(({ at }) => at >= from + 1_000);
    most = Math.max(most, (after < 0 ? frames.length : after) - first);
  }
  return most;
}

const isList = ({ frame }: Sent) => frame.startsWith('{"type":"user_list');

describe.each([lobbyJson, lobbyText, roomsByRest].map((wire) => [wire.name, wire] as const))(
  "%s",
  (_, wire) => {
    test("A E each client of a join storm is sent a bounded number of frames a second, however many join", () => {
      const totals = [250, 500, 1_000].map((count) => {
        const clients = storm(count, wire);
        for (const frames of clients) {
          expect(mostInASecond(frames)).toBeLessThanOrEqual(A_SECOND);
          expect(frames.length).toBeLessThanOrEqual(IN_ALL);
        }
        return clients.flat().length;
      });
      const [small = 0, middle = 0, large = 0] = totals;
      // With the number of clients, not with its square: that would be 4 and 16 times as many.
      expect(middle / small).toBeLessThanOrEqual(2.2);
      expect(large / small).toBeLessThanOrEqual(4.4);
    });
  },
);

describe.each([lobbyJson, roomsByRest].map((wire) => [wire.name, wire] as const))("%s", (_, wire) => {
  test.each([250, 500, 1_000])(
    "A E in a join storm of %d every client soon gets a list with itself and one of all",
    (count) => {
      const began = new FakeClock().now();
      for (const [i, frames] of storm(count, wire).entries()) {
        const lists = frames.filter(isList);
        const came = began + (i * 1_000) / count;
        const own = lists.find(({ frame }) => frame.includes(`"n${i}"`));
        // A pace of 250 ms, and what the division of a second into so many parts rounds.
        expect(own!.at - came).toBeLessThan(251);
        const { users } = JSON.parse(lists.at(-1)!.frame) as { users: unknown[] };
        expect(users).toHaveLength(count);
        // The list is the one frame that is as long as the lobby: no client gets it more often than it must.
        expect(lists.filter(({ at }) => at > began + 1_000).length).toBeLessThanOrEqual(2);
      }
    },
  );
});
