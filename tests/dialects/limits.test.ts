import { afterEach, describe, expect, test } from "bun:test";
import { fault } from "@parley/protocol";
import { connect, echo, heard, makeRoom, rawAt, roomFor, TONGUES } from "../support/dialect-fixtures.ts";
import { frameBytes, OPCODES } from "../support/raw-socket.ts";
import { openStage, type Stage } from "../support/test-server.ts";

const open: Stage[] = [];
afterEach(async () => {
  for (const stage of open.splice(0)) await stage.end();
});
async function stageWith(...flags: string[]): Promise<Stage> {
  const stage = await openStage(flags);
  open.push(stage);
  return stage;
}

const FRAMES = 10_000;

describe.each(TONGUES.map((tongue) => [tongue.title, tongue] as const))("%s", (_, tongue) => {
  test("10,000 messages at once are all said, in their order, where rates are lifted", async () => {
    const stage = await stageWith();
    const room = await roomFor(stage, tongue);
    const [ada, bim] = [connect(stage, tongue.path("Ada", room)), connect(stage, tongue.path("Bim", room))];
    await echo(bim, tongue, "begin");
    await echo(ada, tongue, "begin too");
    await heard(bim, tongue, "begin too");
    const texts = Array.from({ length: FRAMES }, (_, i) => `n ${i}`);
    for (const text of texts) await ada.send(tongue.say(text));
    for (const client of [ada, bim]) await heard(client, tongue, texts.at(-1) ?? "");
    for (const { frames } of [ada, bim]) {
      expect(
        frames.flatMap((frame) => tongue.said(frame) ?? []).filter((text) => text.startsWith("n ")),
      ).toEqual(texts);
    }
  });

  test("10,000 messages at once above the rate: some said, others refused with an error each, then the flood is cut", async () => {
    const stage = await stageWith("--rate-limits", "on");
    const room = await roomFor(stage, tongue);
    const [ada, bim] = [connect(stage, tongue.path("Ada", room)), connect(stage, tongue.path("Bim", room))];
    await echo(bim, tongue, "begin");
    await ada.opened;
    for (let i = 0; i < FRAMES; i++) await ada.send(tongue.say(`n ${i}`));
    expect([4429, 1006]).toContain((await ada.closed).code);
    await echo(bim, tongue, "end");
    const said = bim.frames
      .flatMap((frame) => tongue.said(frame) ?? [])
      .filter((text) => text.startsWith("n "));
    // The burst, and what came back by time while it went on.
    expect(said.length).toBeGreaterThanOrEqual(30);
    expect(said.length).toBeLessThan(200);
    expect(said).toEqual(said.toSorted((a, b) => Number(a.slice(2)) - Number(b.slice(2))));
    expect(ada.frames.filter(tongue.isError).length).toBeGreaterThan(0);
  });

  test("a reader that never reads is cut, the room goes on, and what waited for it is let go", async () => {
    const stage = await stageWith();
    const room = await roomFor(stage, tongue);
    const loud = connect(stage, tongue.path("Loud", room));
    await echo(loud, tongue, "begin");
    const deaf = await rawAt(stage, tongue.path("Deaf", room));
    deaf.send(frameBytes(OPCODES.text, tongue.say("I am in")));
    await heard(loud, tongue, "I am in");
    deaf.socket.pause();
    // More than the buffers of both ends and the server's patience hold together.
    const text = "🦜".repeat(8_000);
    for (let i = 0; i < 1_000; i++) {
      await loud.send(tongue.say(`${i} ${text.slice(0, 15_980)}`));
      if (i % 50 === 49) await heard(loud, tongue, `${i} ${text.slice(0, 15_980)}`);
    }
    // It is nobody any more: its name is free, and nobody waits the two seconds of a holder that may live.
    const next = connect(stage, tongue.path("Deaf", room));
    await echo(next, tongue, "again");
    await heard(loud, tongue, "again");
    deaf.socket.resume();
    expect([4408, 1006]).toContain(await deaf.closeCode());
    await deaf.closed;
  }, 60_000);
});

test("a hundred sockets of one address say as much as ten, and each hears why not", async () => {
  const stage = await stageWith("--rate-limits", "on", "--message-rate", "1", "--message-burst", "5");
  const room = await makeRoom(stage, "Crowd");
  const crowd = Array.from({ length: 100 }, (_, i) => connect(stage, `/ws/chat/${room}?username=n${i}`));
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
  const said = 300 - refused.length;
  while (crowd[0] && crowd[0].all.filter(({ type }) => type === "message").length < said)
    await crowd[0].untilType("message");
  // Fifty at once, and ten more for each second that this takes.
  expect(said).toBeGreaterThanOrEqual(50);
  expect(said).toBeLessThan(200);
}, 30_000);

test("rooms are made by an address so often and no more, by REST and by URL; what is there costs nothing", async () => {
  const stage = await stageWith("--rate-limits", "on", "--room-rate", "1", "--room-burst", "1");
  const post = (name: string) =>
    fetch(`${stage.url}/api/chat/rooms`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name }),
    });
  expect((await post("one")).status).toBe(201);
  // An old page that makes its room at each start must not run into a wall.
  for (let i = 0; i < 20; i++) expect((await post("one")).status).toBe(400);
  const together = Array.from({ length: 10 }, (_, i) => connect(stage, `/ws/two?username=n${i}`));
  for (const one of together) {
    await one.send({ content: "hi" });
    expect((await one.untilType("message")).content).toBe("hi");
  }
  for (const name of ["three", "four", "five"]) expect((await post(name)).status, name).toBe(201);
  const over = await post("six");
  expect([over.status, await over.json()]).toEqual([429, { detail: expect.any(String) }]);
  expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
  const refused = connect(stage, "/ws/seven?username=Ada");
  await refused.opened;
  expect(await refused.closed).toMatchObject({
    code: 1008,
    reason: expect.stringContaining("Too many new rooms"),
  });
  const there = connect(stage, "/ws/one?username=Ada");
  await there.send({ content: "still" });
  expect((await there.untilType("message")).content).toBe("still");
});

test("typing at each key costs no messages", async () => {
  const stage = await stageWith("--rate-limits", "on", "--message-burst", "3", "--message-rate", "1");
  const room = await makeRoom(stage, "Typing");
  const ada = connect(stage, `/ws/chat/${room}?username=Ada`);
  for (let key = 0; key < 40; key++) await ada.send({ type: "typing", is_typing: true });
  await ada.send({ type: "message", content: "typed" });
  expect((await ada.untilType("message")).content).toBe("typed");
  expect(ada.all.filter(({ type }) => type === "error")).toEqual([]);
  expect(ada.all.filter(({ type }) => type === "typing").map(({ users }) => users)).toEqual([["Ada"], []]);
});

test("after a message that the store could not take, the next ones are taken: nobody waits for what never comes again", async () => {
  let broken = false;
  const stage = await openStage([], {
    store: (real) => ({
      ...real,
      commit: (commands) =>
        broken
          ? Promise.resolve({ verdicts: commands.map(() => fault("storage")), feeds: [] })
          : real.commit(commands),
    }),
  });
  open.push(stage);
  for (const tongue of TONGUES) {
    const client = connect(stage, tongue.path("Ada", await roomFor(stage, tongue)));
    await echo(client, tongue, "begin");
    broken = true;
    for (let i = 0; i < 3; i++) await client.send(tongue.say(`unsaid ${i}`));
    for (let errors = 0; errors < 3; ) if (tongue.isError(await client.text())) errors++;
    broken = false;
    await echo(client, tongue, "and on");
    expect(client.frames.some((frame) => frame.includes("unsaid"))).toBe(false);
    client.close();
    await client.closed;
  }
});
