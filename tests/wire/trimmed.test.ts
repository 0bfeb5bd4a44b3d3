import { expect, test } from "bun:test";
import { isFault, LIMITS, type RoomId } from "@parley/protocol";
import type { Seams } from "@parley/server/serve.ts";
import { newNonce, startTestServer, WireClient } from "../support/test-server.ts";

/** A store whose feeds were trimmed to what is above this seq, after the position of the client was looked at. */
const trimmedTo = (floor: number): Seams => ({
  store: (real) => ({
    ...real,
    async after(feed, seq, limit, reader) {
      if (reader === "node") return real.after(feed, seq, limit, reader);
      const events = await real.after(feed, Math.max(seq, floor), limit, reader);
      return isFault(events) ? events : events.filter((event) => event.seq > floor);
    },
  }),
});

async function roomOf(client: WireClient, count: number): Promise<RoomId> {
  const room = newNonce();
  await client.command({ kind: "create_room", room, room_kind: "private", name: "A room" });
  const sends = Array.from({ length: count }, (_, index) =>
    client.command({ kind: "send_message", room, text: `message ${index}` }),
  );
  await Promise.all(sends);
  await client.event(room, ({ seq }) => seq === count + 2);
  return room;
}

test("P6 RS-2 a feed that is trimmed while a client replays it gets reset, never a silent gap", async () => {
  const server = await startTestServer([], trimmedTo(400));
  try {
    const ada = new WireClient(server);
    const { epoch } = await ada.join("Ada");
    const room = await roomOf(ada, 600);
    const third = ada.events(room).find(({ seq }) => seq === 3);
    const phone = new WireClient(server, ada.token);
    await phone.hello();
    await phone.resume(epoch, [{ feed: room, seq: 3, id: third?.id ?? "" }]);
    expect(await phone.next("reset")).toMatchObject({ feed: room, head: 602, floor: 400, why: "floor" });
    await ada.command({ kind: "send_message", room, text: "later" });
    await phone.event(room, ({ seq }) => seq === 603);
    expect(phone.events(room).map(({ seq }) => seq)).toEqual([603]);
    await phone.send({ type: "after", feed: room, seq: 3, limit: LIMITS.replay_events });
    expect(await phone.next("reset")).toMatchObject({ feed: room, head: 603, floor: 400, why: "floor" });
  } finally {
    await server.end();
  }
});

test("EV-10 every session loses a deleted room, also when the bus loses the deletion", async () => {
  const server = await startTestServer([], {
    bus: (real) => ({
      ...real,
      publish: (message) => {
        if (message.events.every(({ kind }) => kind !== "room_deleted")) real.publish(message);
      },
    }),
  });
  try {
    const ada = new WireClient(server);
    await ada.join("Ada");
    const room = await roomOf(ada, 5);
    await ada.command({ kind: "delete_room", room });
    await ada.next("feeds", ({ feeds }) =>
      feeds.some(({ feed, state }) => feed === room && state === "gone"),
    );
  } finally {
    await server.end();
  }
});
