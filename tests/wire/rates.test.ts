import { afterAll, beforeAll, expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { newNonce, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer([
    "--rate-limits",
    "on",
    "--message-rate",
    "20",
    "--message-burst",
    "3",
    "--frame-rate",
    "1000",
  ]);
});
afterAll(() => server.end());

const say = (text: string) => ({ kind: "send_message", room: LOBBY, text }) as const;
const codes = (answers: object[]) => answers.map((answer) => ("code" in answer ? answer.code : "ack"));

test("LM-4 CM-7 over the rate: rate_limited with a wait, what follows is held, and the order is kept", async () => {
  const ada = new WireClient(server);
  await ada.join("Ada");
  const nonces = Array.from({ length: 6 }, newNonce);
  const answers = await Promise.all(nonces.map((nonce, index) => ada.command(say(`n ${index}`), nonce)));
  expect(codes(answers)).toEqual(["ack", "ack", "ack", "rate_limited", "held", "held"]);
  expect(answers[3]).toMatchObject({ final: false, advice: "retry", retry_after: expect.any(Number) });
  // The later ones come again too early, and once there is a token again they are held for the first.
  const late = await untilNotLimited(ada, "n 5", nonces[5] ?? "");
  expect(late).toMatchObject({ code: "held", final: false });
  for (const index of [3, 4, 5])
    expect(codes([await untilNotLimited(ada, `n ${index}`, nonces[index] ?? "")])).toEqual(["ack"]);
  await ada.event(LOBBY, (event) => event.kind === "message_sent" && event.text === "n 5");
  const texts = ada.events(LOBBY).flatMap((event) => (event.kind === "message_sent" ? [event.text] : []));
  expect(texts).toEqual([0, 1, 2, 3, 4, 5].map((index) => `n ${index}`));
});

test("CM-7 P5 a simple client that sends 50 at once gets all of them stored, in order, and is not charged for what is held", async () => {
  const cyd = new WireClient(server);
  await cyd.join("Cyd");
  const unsent = Array.from({ length: 50 }, (_, index) => ({ text: `all ${index}`, nonce: newNonce() }));
  let [sent, limited] = [0, 0];
  // It knows two rules: wait for all answers, then send the first refused one alone, and the others behind its ack.
  for (let alone = false; unsent.length > 0; ) {
    const round: typeof unsent = alone ? unsent.slice(0, 1) : [...unsent];
    sent += round.length;
    const answers = await Promise.all(round.map(({ text, nonce }) => cyd.command(say(text), nonce)));
    const refused = answers.findIndex((answer) => "code" in answer);
    unsent.splice(0, refused < 0 ? round.length : refused);
    const first = answers[refused];
    alone = first !== undefined;
    if (!first || !("code" in first)) continue;
    expect(codes(answers.slice(refused + 1)).every((code) => code === "held")).toBe(true);
    limited++;
    expect(first.code).toBe("rate_limited");
    await Bun.sleep(first.retry_after ?? 50);
  }
  // Each wait pays for one command at least, so that held ones cannot have used the tokens.
  expect(limited).toBeLessThanOrEqual(50);
  expect(sent).toBeGreaterThan(50);
  await cyd.event(LOBBY, (event) => event.kind === "message_sent" && event.text === "all 49");
  const texts = cyd
    .events(LOBBY)
    .flatMap((event) => (event.kind === "message_sent" && event.text.startsWith("all ") ? [event.text] : []));
  expect(texts).toEqual(Array.from({ length: 50 }, (_, index) => `all ${index}`));
});

test("CM-7 skip gives up the refused command; other rooms are not held", async () => {
  const bim = new WireClient(server);
  await bim.join("Bim");
  const nonces = Array.from({ length: 4 }, newNonce);
  const answers = await Promise.all(nonces.map((nonce) => bim.command(say("x"), nonce)));
  expect(codes(answers)[3]).toBe("rate_limited");
  const room = newNonce();
  const create = { kind: "create_room", room, room_kind: "private", name: "Other" } as const;
  expect(codes([await retried(bim, create, newNonce())])).toEqual(["ack"]);
  expect(codes([await untilNotLimited(bim, "later", newNonce())])).toEqual(["held"]);
  await bim.send({ type: "skip", room: LOBBY, nonce: nonces[3] });
  expect(codes([await untilNotLimited(bim, "later", newNonce())])).toEqual(["ack"]);
});

/** Sends again as often as the answer is rate_limited, each time after the wait that it names. */
async function retried(client: WireClient, body: Parameters<WireClient["command"]>[0], nonce: string) {
  for (;;) {
    const answer = await client.command(body, nonce);
    if (!("code" in answer) || answer.code !== "rate_limited") return answer;
    await Bun.sleep(answer.retry_after ?? 50);
  }
}

const untilNotLimited = (client: WireClient, text: string, nonce: string) =>
  retried(client, say(text), nonce);

test("FT-5 above MAX_CONNECTIONS a socket is closed with 1013, and the next is accepted when one closes", async () => {
  const small = await startTestServer(["--max-connections", "1"]);
  try {
    const first = new WireClient(small);
    await first.hello("First");
    expect((await new WireClient(small).closed).code).toBe(1013);
    first.close();
    await first.closed;
    const second = new WireClient(small);
    expect((await second.hello("Second")).user.name).toBe("Second");
  } finally {
    await small.end();
  }
});

test("LM-4 the rate is the user's, not the socket's", async () => {
  const phone = new WireClient(server);
  await phone.join("Cleo");
  const laptop = new WireClient(server, phone.token);
  await laptop.join();
  const answers = await Promise.all(
    [phone, laptop, phone, laptop, phone, laptop].map((client) => client.command(say("x"))),
  );
  expect(codes(answers).filter((code) => code === "ack").length).toBeLessThanOrEqual(4);
});
