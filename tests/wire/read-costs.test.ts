import { expect, test } from "bun:test";
import { type IncomingHttpHeaders, request } from "node:http";
import { LIMITS, LOBBY } from "@parley/protocol";
import type { Seams } from "@parley/server/serve.ts";
import type { Store } from "@parley/server/store/store.ts";
import { startTestServer, type TestServer, WireClient } from "../support/test-server.ts";
import { testServers } from "../support/test-servers.ts";

const { open } = testServers();

const RATES = [
  "--rate-limits",
  "on",
  "--message-rate",
  "1000",
  "--message-burst",
  "1000",
  "--frame-rate",
  "10000",
];
const KB = 1_024;

/** A server whose lobby holds 60 messages of the largest size, 1.9 MB, and whose rings hold none of them. */
async function serverWith(
  flags: readonly string[],
  seams: Seams = {},
): Promise<{ server: TestServer; author: WireClient }> {
  const first = await startTestServer([]);
  const author = new WireClient(first);
  await author.join("Author");
  const text = "🦜".repeat(LIMITS.text);
  for (let count = 0; count < 60; count++) await author.command({ kind: "send_message", room: LOBBY, text });
  author.close();
  await author.closed;
  await first.stop();
  const server = await startTestServer(["--data-dir", first.dataDir, ...flags], seams);
  open.push(server);
  return { server, author };
}

const after = { type: "after", feed: LOBBY, seq: 0, limit: LIMITS.replay_events };
const answers = ({ frames }: WireClient) => frames.filter(({ type }) => type === "events");
const refusals = ({ frames }: WireClient) =>
  frames.filter((frame) => frame.type === "fault" && frame.code === "rate_limited");
const bytes = (client: WireClient) =>
  answers(client).reduce((sum, frame) => sum + Buffer.byteLength(JSON.stringify(frame)), 0);

/** A store that counts concurrent reads of events, and delays them while a test says so. */
function gated() {
  const state = { reads: 0, underWay: 0, most: 0 };
  let gate: Promise<void> | null = null;
  const reached: (() => void)[] = [];
  const store = (real: Store): Store => ({
    ...real,
    async after(...asked) {
      if (asked[3] === "node") return real.after(...asked);
      state.reads++;
      state.most = Math.max(state.most, ++state.underWay);
      for (const reach of reached.splice(0)) reach();
      await gate;
      try {
        return await real.after(...asked);
      } finally {
        state.underWay--;
      }
    },
  });
  return {
    state,
    store,
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    next: () => new Promise<void>((resolve) => void reached.push(resolve)),
  };
}

/** Sends an `after` and waits until it is answered or refused. */
async function asked(client: WireClient): Promise<"answered" | number> {
  const [before, refused] = [answers(client).length, refusals(client).length];
  await client.send(after);
  while (answers(client).length === before && refusals(client).length === refused) await client.settled();
  const fault = refusals(client).at(-1);
  if (answers(client).length > before) return "answered";
  return fault?.type === "fault" ? (fault.retry_after ?? 0) : 0;
}

test("LM-16 reads cost the bytes of their answers: above the budget the refusal has a time, after which it is answered", async () => {
  const { server } = await serverWith([...RATES, "--read-rate", "500", "--read-burst", "1000"]);
  const eve = new WireClient(server);
  await eve.join("Eve");
  let wait: "answered" | number = "answered";
  for (let count = 0; count < 100 && wait === "answered"; count++) wait = await asked(eve);
  expect(wait).toBeGreaterThan(0);
  expect(refusals(eve)[0]).toMatchObject({ final: false, advice: "retry" });
  expect(bytes(eve)).toBeGreaterThan(700 * KB);
  while (typeof wait === "number") {
    await Bun.sleep(wait);
    wait = await asked(eve);
  }
  expect(wait).toBe("answered");
}, 60_000);

test("LM-16 two connections of one guest have one budget, and another guest has another", async () => {
  const { server } = await serverWith([...RATES, "--read-rate", "1", "--read-burst", "1000"]);
  const one = new WireClient(server);
  await one.join("Eve");
  for (let count = 0; count < 100 && (await asked(one)) === "answered"; count++);
  expect(refusals(one).length).toBe(1);
  const two = new WireClient(server, one.token);
  await two.send({ type: "hello", token: one.token, device: two.device });
  expect(await two.next("fault")).toMatchObject({ code: "rate_limited", retry_after: expect.any(Number) });
  const ada = new WireClient(server);
  await ada.join("Ada");
  expect(await asked(ada)).toBe("answered");
}, 60_000);

test("LM-10 LM-16 frames above the rate are paid from the same budget: a client that floods cannot reconnect at once", async () => {
  const { server } = await serverWith([
    ...["--rate-limits", "on", "--frame-rate", "10", "--read-rate", "1", "--read-burst", "1000"],
  ]);
  const eve = new WireClient(server);
  await eve.join("Eve");
  for (let count = 0; count < 500; count++) await eve.send({ type: "ping" });
  while (refusals(eve).length < 400) await eve.next("fault");
  const again = new WireClient(server, eve.token);
  await again.send({ type: "hello", token: eve.token, device: again.device });
  expect(await again.next("fault")).toMatchObject({ code: "rate_limited", retry_after: expect.any(Number) });
  expect((await again.closed).code).toBe(4429);
}, 60_000);

test("RS-7 one read of a session runs, few wait, and one more is refused for now", async () => {
  const gate = gated();
  const { server } = await serverWith([], { store: gate.store });
  const eve = new WireClient(server);
  await eve.join("Eve");
  const release = gate.hold();
  const reached = gate.next();
  for (let count = 0; count < 100; count++) await eve.send(after);
  await reached;
  await eve.settled();
  expect(gate.state.underWay).toBe(1);
  expect(refusals(eve).length).toBeGreaterThanOrEqual(60);
  const refused = refusals(eve).length;
  release();
  while (
    answers(eve).filter((frame) => frame.type === "events" && frame.events.length > 0).length <
    100 - refused
  )
    await eve.settled();
  expect(gate.state.most).toBe(1);
}, 60_000);

test("queued reads of a closed session are not performed", async () => {
  const gate = gated();
  const { server } = await serverWith([], { store: gate.store });
  const eve = new WireClient(server);
  await eve.join("Eve");
  const release = gate.hold();
  const reached = gate.next();
  for (let count = 0; count < 20; count++) await eve.send(after);
  await reached;
  await eve.settled();
  eve.close();
  await eve.closed;
  // The server has seen the close when a client that connects later is served.
  const ada = new WireClient(server);
  await ada.join("Ada");
  release();
  await ada.settled();
  await ada.settled();
  expect(gate.state.reads).toBe(1);
}, 60_000);

/** A request from an address of this machine, with its whole answer. */
function get(
  server: TestServer,
  path: string,
  { from = "127.0.0.1", token }: { from?: string; token?: string } = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const options = { port: server.port, host: "127.0.0.1", localAddress: from, path, headers, agent: false };
    request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    })
      .on("error", reject)
      .end();
  });
}

test("HT-9 a page of a dialect has at most 256 KB, and the one before it follows without a gap", async () => {
  const { server } = await serverWith([]);
  const ids = new Set<string>();
  let before = "";
  for (let pages = 0; pages < 20; pages++) {
    const { status, text } = await get(server, `/api/chat/rooms/lobby/messages?limit=500${before}`);
    expect(status).toBe(200);
    expect(Buffer.byteLength(text)).toBeLessThan(300 * KB);
    const messages = JSON.parse(text) as { id: string }[];
    if (messages.length === 0) break;
    for (const { id } of messages) ids.add(id);
    before = `&before=${messages[0]?.id}`;
  }
  expect(ids.size).toBe(60);
}, 60_000);

test("LM-16 HT-9 reads over HTTP are charged before the token is checked, with 429 and a time; another address is served", async () => {
  const { server } = await serverWith([...RATES, "--read-rate", "1", "--read-burst", "200"]);
  const path = "/api/chat/rooms/lobby/messages?limit=500";
  let refused = await get(server, path);
  for (let count = 0; count < 50 && refused.status === 200; count++) refused = await get(server, path);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  for (const closed of ["/users", "/api/v1/rooms", "/api/v1/users?query=a"])
    expect((await get(server, closed, { token: "A".repeat(43) })).status).toBe(429);
  expect((await get(server, "/healthz")).status).toBe(200);
  expect((await get(server, path, { from: "127.0.0.2" })).status).toBe(200);
}, 60_000);

test("LM-16 what a user reads over HTTP and by sockets is one budget", async () => {
  const { server } = await serverWith([...RATES, "--read-rate", "1", "--read-burst", "300"]);
  const eve = new WireClient(server);
  await eve.join("Eve");
  const page = () => get(server, "/api/v1/rooms/lobby/messages?limit=100", { token: eve.token });
  let answer = await page();
  for (let count = 0; count < 10 && answer.status === 200; count++) answer = await page();
  expect(answer.status).toBe(429);
  expect(JSON.parse(answer.text)).toMatchObject({ code: "rate_limited", retry_after: expect.any(Number) });
  expect(await asked(eve)).toBeGreaterThan(0);
}, 60_000);
