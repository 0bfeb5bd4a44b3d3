import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Published } from "@parley/server/bus/bus.ts";
import { connect, echo, heard, makeRoom, TONGUES } from "../support/dialect-fixtures.ts";
import { openStage, type Stage, WireClient } from "../support/test-server.ts";

let stage: Stage;
beforeAll(async () => {
  let count = 0;
  let late: Published | null = null;
  stage = await openStage([], {
    bus: (real) => ({
      ...real,
      publish(message) {
        count++;
        // Loses one in five, says one in five twice, and lets one in five pass the next.
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
afterAll(() => stage.end());

const TEXTS = Array.from({ length: 100 }, (_, i) => `n ${i}`);

test("over a bus that loses, repeats and reorders every wire sees each message once and in order", async () => {
  const room = await makeRoom(stage, "Lossy");
  for (const lobby of [true, false]) {
    const tongues = TONGUES.filter((tongue) => tongue.lobby === lobby);
    const clients = tongues.map((tongue) => ({
      tongue,
      client: connect(
        stage,
        tongue.path("Ada", tongue.title === "B" ? "Lossy" : room).replace("Ada", `Ada${tongue.title}`),
      ),
    }));
    for (const { tongue, client } of clients) await echo(client, tongue, `${tongue.title} is in`);
    const native = new WireClient(stage);
    await native.join(`Native ${lobby}`);
    const into = lobby ? "lobby" : room;
    if (!lobby) await native.command({ kind: "join_room", room });
    for (const text of TEXTS) await native.command({ kind: "send_message", room: into, text });
    for (const { tongue, client } of clients) {
      await heard(client, tongue, TEXTS.at(-1) ?? "");
      const said = client.frames.flatMap((frame) => tongue.said(frame) ?? []);
      expect(
        said.filter((text) => text.startsWith("n ")),
        tongue.title,
      ).toEqual(TEXTS);
      client.close();
    }
    native.close();
  }
});
