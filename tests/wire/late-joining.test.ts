import { expect, test } from "bun:test";
import type { Published } from "@parley/server/bus/bus.ts";
import { newNonce, startTestServer, WireClient } from "../support/test-server.ts";

test("RS-8 a room just joined keeps its head when it is resumed before the bus brings the joining", async () => {
  let held: string | null = null;
  const late: Published[] = [];
  let publish = (_: Published): void => {};
  const server = await startTestServer([], {
    // The event of the joining reaches the private feed first, as it may over several nodes.
    bus: (real) => {
      publish = (message) => real.publish(message);
      return {
        ...real,
        publish: (message) => {
          if (message.feed === held) late.push(message);
          else real.publish(message);
        },
      };
    },
  });
  try {
    const owner = new WireClient(server);
    const { epoch } = await owner.join("Ada");
    const room = newNonce();
    await owner.command({ kind: "create_room", room, room_kind: "public", name: "Tea" });
    const guest = new WireClient(server);
    await guest.join("Bim");
    held = room;
    await guest.command({ kind: "join_room", room });
    const isOfRoom = (feeds: readonly { feed: string }[]) => feeds.some(({ feed }) => feed === room);
    const joined = await guest.next("feeds", ({ feeds }) => isOfRoom(feeds));
    const head = joined.feeds.find(({ feed }) => feed === room)?.head ?? 0;
    await guest.resume(epoch, [{ feed: room }]);
    const resumed = await guest.next("feeds", ({ feeds }) => isOfRoom(feeds));
    expect(resumed.feeds).toMatchObject([{ feed: room, state: "live", head }]);
    held = null;
    for (const message of late) publish(message);
    await owner.command({ kind: "send_message", room, text: "hello" });
    await guest.event(room, ({ seq }) => seq === head + 1);
  } finally {
    await server.end();
  }
});
