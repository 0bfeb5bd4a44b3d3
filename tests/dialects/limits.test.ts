import { afterEach, describe, expect, test } from "bun:test";
import { fault } from "@parley/protocol";
import {
  connect,
  DIALECT_FIXTURES,
  echo,
  makeRoom,
  rawAt,
  receivedText,
  roomFor,
} from "../support/dialect-fixtures.ts";
import { frameBytes, OPCODES } from "../support/raw-socket.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const open: TestServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.end();
});
async function serverWith(...flags: string[]): Promise<TestServer> {
  const server = await startTestServer(flags);
  open.push(server);
  return server;
}

const FRAMES = 10_000;

describe.each(DIALECT_FIXTURES.map((dialect) => [dialect.title, dialect] as const))("%s", (_, dialect) => {
  test("10,000 messages at once are all sent, in their order, without rates", async () => {
    const server = await serverWith();
    const room = await roomFor(server, dialect);
    const [ada, bim] = [
      connect(server, dialect.path("Ada", room)),
      connect(server, dialect.path("Bim", room)),
    ];
    await echo(bim, dialect, "begin");
    await echo(ada, dialect, "begin too");
    await receivedText(bim, dialect, "begin too");
    const texts = Array.from({ length: FRAMES }, (_, i) => `n ${i}`);
    for (const text of texts) await ada.send(dialect.say(text));
    for (const client of [ada, bim]) await receivedText(client, dialect, texts.at(-1) ?? "");
    for (const { frames } of [ada, bim]) {
      expect(
        frames.flatMap((frame) => dialect.said(frame) ?? []).filter((text) => text.startsWith("n ")),
      ).toEqual(texts);
    }
  });

  test("10,000 messages at once above the rate: some sent, others refused with an error each, then the flood is cut", async () => {
    const server = await serverWith("--rate-limits", "on");
    const room = await roomFor(server, dialect);
    const [ada, bim] = [
      connect(server, dialect.path("Ada", room)),
      connect(server, dialect.path("Bim", room)),
    ];
    await echo(bim, dialect, "begin");
    await ada.opened;
    for (let i = 0; i < FRAMES; i++) await ada.send(dialect.say(`n ${i}`));
    expect([4429, 1006]).toContain((await ada.closed).code);
    await echo(bim, dialect, "end");
    const sent = bim.frames
      .flatMap((frame) => dialect.said(frame) ?? [])
      .filter((text) => text.startsWith("n "));
    // The burst, and what came back by time while it went on.
    expect(sent.length).toBeGreaterThanOrEqual(30);
    expect(sent.length).toBeLessThan(200);
    expect(sent).toEqual(sent.toSorted((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
    expect(ada.frames.filter(dialect.isError).length).toBeGreaterThan(0);
  });

  test("a reader that never reads is cut, the room goes on, and its buffers are freed", async () => {
    const server = await serverWith();
    const room = await roomFor(server, dialect);
    const loud = connect(server, dialect.path("Loud", room));
    await echo(loud, dialect, "begin");
    const stalled = await rawAt(server, dialect.path("Stalled", room));
    stalled.send(frameBytes(OPCODES.text, dialect.say("I am in")));
    await receivedText(loud, dialect, "I am in");
    stalled.socket.pause();
    // More than the buffers of both ends and the server's limit hold together.
    const text = "🦜".repeat(8_000);
    for (let i = 0; i < 1_000; i++) {
      await loud.send(dialect.say(`${i} ${text.slice(0, 15_980)}`));
      if (i % 50 === 49) await receivedText(loud, dialect, `${i} ${text.slice(0, 15_980)}`);
    }
    // It has left: its name is free, without the two seconds that a holder has to answer.
    const next = connect(server, dialect.path("Stalled", room));
    await echo(next, dialect, "again");
    await receivedText(loud, dialect, "again");
    stalled.socket.resume();
    expect([4408, 1006]).toContain(await stalled.closeCode());
    await stalled.closed;
  }, 60_000);
});

test("a hundred sockets of one address send as much as ten, and each refusal is answered", async () => {
  const server = await serverWith("--rate-limits", "on", "--message-rate", "1", "--message-burst", "5");
  const room = await makeRoom(server, "Crowd");
  const crowd = Array.from({ length: 100 }, (_, i) => connect(server, `/ws/chat/${room}?username=n${i}`));
  await Promise.all(crowd.map((one) => one.untilType("user_list")));
  await Promise.all(
    crowd.map(async (one, i) => {
      for (let n = 0; n < 3; n++) await one.send({ type: "message", content: `${i} ${n}` });
      await one.send({ type: "unknown" });
    }),
  );
  const errors = (one: (typeof crowd)[number]) => one.all.filter(({ type }) => type === "error");
  // The last frame of each is answered, so all before it were.
  for (const one of crowd) await one.until(({ message }) => /type: /.test(String(message)));
  const refused = crowd.flatMap(errors).filter(({ message }) => /ms\)$/.test(String(message)));
  const sent = 300 - refused.length;
  while (crowd[0] && crowd[0].all.filter(({ type }) => type === "message").length < sent)
    await crowd[0].untilType("message");
  // Fifty at once, and ten more for each second that this takes.
  expect(sent).toBeGreaterThanOrEqual(50);
  expect(sent).toBeLessThan(200);
}, 30_000);

test("an address creates so many rooms and no more, by REST and by URL; an existing one costs nothing", async () => {
  const server = await serverWith("--rate-limits", "on", "--room-rate", "1", "--room-burst", "1");
  const post = (name: string) =>
    fetch(`${server.url}/api/chat/rooms`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  expect((await post("one")).status).toBe(201);
  // A page that creates its room at each start must not be refused for it.
  for (let i = 0; i < 20; i++) expect((await post("one")).status).toBe(400);
  const together = Array.from({ length: 10 }, (_, i) => connect(server, `/ws/two?username=n${i}`));
  for (const one of together) {
    await one.send({ content: "hi" });
    expect((await one.untilType("message")).content).toBe("hi");
  }
  for (const name of ["three", "four", "five"]) expect((await post(name)).status, name).toBe(201);
  const over = await post("six");
  expect([over.status, await over.json()]).toEqual([429, { detail: expect.any(String) }]);
  expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
  const refused = connect(server, "/ws/seven?username=Ada");
  await refused.opened;
  expect(await refused.closed).toMatchObject({
    code: 1008,
    reason: expect.stringContaining("Too many new rooms"),
  });
  const there = connect(server, "/ws/one?username=Ada");
  await there.send({ content: "still" });
  expect((await there.untilType("message")).content).toBe("still");
});

test("typing at each key costs no messages", async () => {
  const server = await serverWith("--rate-limits", "on", "--message-burst", "3", "--message-rate", "1");
  const room = await makeRoom(server, "Typing");
  const ada = connect(server, `/ws/chat/${room}?username=Ada`);
  for (let key = 0; key < 40; key++) await ada.send({ type: "typing", is_typing: true });
  await ada.send({ type: "message", content: "typed" });
  expect((await ada.untilType("message")).content).toBe("typed");
  expect(ada.all.filter(({ type }) => type === "error")).toEqual([]);
  expect(ada.all.filter(({ type }) => type === "typing").map(({ users }) => users)).toEqual([["Ada"], []]);
});

test("after a message that the store could not take, the next ones are taken: nothing is held for a client that never resends", async () => {
  let broken = false;
  const server = await startTestServer([], {
    store: (real) => ({
      ...real,
      commit: (commands) =>
        broken
          ? Promise.resolve({ verdicts: commands.map(() => fault("storage")), feeds: [] })
          : real.commit(commands),
    }),
  });
  open.push(server);
  for (const dialect of DIALECT_FIXTURES) {
    const client = connect(server, dialect.path("Ada", await roomFor(server, dialect)));
    await echo(client, dialect, "begin");
    broken = true;
    for (let i = 0; i < 3; i++) await client.send(dialect.say(`unsaid ${i}`));
    for (let errors = 0; errors < 3; ) if (dialect.isError(await client.text())) errors++;
    broken = false;
    await echo(client, dialect, "and on");
    expect(client.frames.some((frame) => frame.includes("unsaid"))).toBe(false);
    client.close();
    await client.closed;
  }
});
