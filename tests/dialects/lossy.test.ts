import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Published } from "@parley/server/bus/bus.ts";
import { connect, DIALECT_FIXTURES, echo, makeRoom, receivedText } from "../support/dialect-fixtures.ts";
import { startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  let count = 0;
  let late: Published | null = null;
  server = await startTestServer([], {
    bus: (real) => ({
      ...real,
      publish(message) {
        count++;
        // Drops one in five, repeats one in five, and swaps one in five with the next.
        if (count % 5 === 0) return;
        if (count % 5 === 1) real.publish(message);
        if (count % 5 === 2 && late === null) {
          late = message;
          return;
        }
        real.publish(message);
        if (late !== null) real.publish(late);
        late = null;
      },
    }),
  });
});
afterAll(() => server.end());

const TEXTS = Array.from({ length: 100 }, (_, i) => `n ${i}`);

test("over a bus that loses, repeats and reorders every dialect gets each message once and in order", async () => {
  const room = await makeRoom(server, "Lossy");
  for (const lobby of [true, false]) {
    const dialects = DIALECT_FIXTURES.filter((dialect) => dialect.lobby === lobby);
    const clients = dialects.map((dialect) => ({
      dialect,
      client: connect(
        server,
        dialect.path("Ada", dialect.title === "B" ? "Lossy" : room).replace("Ada", `Ada${dialect.title}`),
      ),
    }));
    for (const { dialect, client } of clients) await echo(client, dialect, `${dialect.title} is in`);
    const native = new WireClient(server);
    await native.join(`Native ${lobby}`);
    const into = lobby ? "lobby" : room;
    if (!lobby) await native.command({ kind: "join_room", room });
    for (const text of TEXTS) await native.command({ kind: "send_message", room: into, text });
    for (const { dialect, client } of clients) {
      await receivedText(client, dialect, TEXTS.at(-1) ?? "");
      const said = client.frames.flatMap((frame) => dialect.said(frame) ?? []);
      expect(
        said.filter((text) => text.startsWith("n ")),
        dialect.title,
      ).toEqual(TEXTS);
      client.close();
    }
    native.close();
  }
});
