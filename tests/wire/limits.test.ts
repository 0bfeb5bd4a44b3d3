import { expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { RawClient, upgradeRequest } from "../support/raw-socket.ts";
import { newNonce, newToken, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";
import { testServers } from "../support/test-servers.ts";

/** With rates, of which those that a test is not about are out of the way. */
const { serverWith, open } = testServers("--rate-limits", "on", "--message-rate", "100000");

/** How an upgrade is answered. */
async function knock(
  server: TestServer,
  headers: readonly string[] = [],
): Promise<{ status: number; retryAfter: number | null }> {
  const raw = new RawClient(server.port);
  raw.send(upgradeRequest(headers));
  const head = await raw.head();
  raw.close();
  await raw.closed;
  const wait = /retry-after: (\d+)/i.exec(head)?.[1];
  return { status: Number(head.split(" ")[1]), retryAfter: wait === undefined ? null : Number(wait) };
}

async function helloOf(server: TestServer, token: string, name?: string) {
  const client = new WireClient(server, token);
  await client.send({ type: "hello", token, device: client.device, ...(name ? { name } : {}) });
  const answer = await Promise.race([client.next("welcome"), client.next("fault")]);
  return { client, answer };
}

test("LM-6 above the connect rate of an address the upgrade gets 429 with Retry-After", async () => {
  const server = await serverWith("--connect-rate", "1", "--connect-burst", "3");
  for (let count = 0; count < 3; count++) expect((await knock(server)).status).toBe(101);
  const refused = await knock(server);
  expect(refused).toEqual({ status: 429, retryAfter: 1 });
  await Bun.sleep(1_000 * (refused.retryAfter ?? 0) + 50);
  expect((await knock(server)).status).toBe(101);
});

test("LM-6 an address has a limited number of sockets; when one closes the next is accepted", async () => {
  const server = await serverWith("--connections-per-address", "2");
  const [first, second] = [new WireClient(server), new WireClient(server)];
  await first.hello("First");
  await second.hello("Second");
  const refused = await knock(server);
  expect(refused.status).toBe(429);
  expect(refused.retryAfter).toBeGreaterThan(0);
  first.close();
  await first.closed;
  while ((await knock(server)).status !== 101) await Bun.sleep(10);
  second.close();
});

test("LM-7 hellos with a taken name do not use the allowance of new guests and have their own", async () => {
  const server = await serverWith("--guest-burst", "5", "--guest-rate", "1", "--failed-hello-burst", "8");
  const ada = newToken();
  expect((await helloOf(server, ada, "Ada")).answer.type).toBe("welcome");
  const codes: string[] = [];
  for (let count = 0; count < 110; count++) {
    const { answer } = await helloOf(server, newToken(), "ADA");
    codes.push(answer.type === "fault" ? answer.code : answer.type);
  }
  expect(codes.filter((code) => code === "name_taken").length).toBeGreaterThanOrEqual(8);
  expect(codes.at(-1)).toBe("rate_limited");
  // Known guests come back, with the name or without, and their failures do not concern others of the address.
  for (const name of ["Ada", undefined])
    expect((await helloOf(server, ada, name)).answer.type).toBe("welcome");
  const other = await serverWith("--guest-burst", "5", "--guest-rate", "1");
  await helloOf(other, newToken(), "Ada");
  for (let count = 0; count < 60; count++) await helloOf(other, newToken(), "Ada");
  for (let count = 0; count < 4; count++)
    expect((await helloOf(other, newToken(), `New ${count}`)).answer.type).toBe("welcome");
  expect((await helloOf(other, newToken(), "One more")).answer).toMatchObject({ code: "rate_limited" });
});

test("LM-6 behind a trusted proxy the address that it adds counts; what the client claims does not", async () => {
  const from = (claim: string) => [`X-Forwarded-For: ${claim}`];
  const server = await serverWith("--trust-proxy", "1", "--connect-rate", "1", "--connect-burst", "1");
  expect((await knock(server, from("192.0.2.1"))).status).toBe(101);
  expect((await knock(server, from("192.0.2.2"))).status).toBe(101);
  expect((await knock(server, from("192.0.2.1"))).status).toBe(429);
  expect((await knock(server, from("203.0.113.9, 192.0.2.2"))).status).toBe(429);
  const direct = await serverWith("--connect-rate", "1", "--connect-burst", "1");
  expect((await knock(direct, from("192.0.2.1"))).status).toBe(101);
  expect((await knock(direct, from("192.0.2.2"))).status).toBe(429);
});

test("LM-6 with rates off no connection is counted by address", async () => {
  const server = await startTestServer([
    "--connect-burst",
    "1",
    "--connections-per-address",
    "1",
    "--guest-burst",
    "1",
  ]);
  open.push(server);
  const clients = Array.from({ length: 5 }, () => new WireClient(server));
  for (const [index, client] of clients.entries()) await client.hello(`Free ${index}`);
});

test("LM-7 new guests are counted by address and closed with 4429; known guests still sign in", async () => {
  const server = await serverWith("--guest-burst", "2", "--guest-rate", "1");
  const tokens = [newToken(), newToken()];
  for (const [index, token] of tokens.entries()) await helloOf(server, token, `Guest ${index}`);
  const { client, answer } = await helloOf(server, newToken(), "Guest 2");
  expect(answer).toMatchObject({ code: "rate_limited", final: false, advice: "retry" });
  expect("retry_after" in answer && answer.retry_after).toBeGreaterThan(60_000);
  expect((await client.closed).code).toBe(4429);
  // A whole office comes back: with its names or without, as often as it likes.
  for (let round = 0; round < 5; round++) {
    for (const [index, token] of tokens.entries()) {
      const { answer } = await helloOf(server, token, round % 2 ? `Guest ${index}` : undefined);
      expect(answer.type).toBe("welcome");
    }
  }
  // The name that was refused is still free: nothing was made.
  expect((await helloOf(server, tokens[0] ?? "", "Guest 2")).answer).toMatchObject({ code: "name_differs" });
});

test("LM-7 new rooms are counted by user, over all devices; the order of later commands is kept, and refused ones are free", async () => {
  const server = await serverWith("--room-burst", "2", "--room-rate", "1");
  const token = newToken();
  const [phone, laptop] = [new WireClient(server, token), new WireClient(server, token)];
  await phone.join("Founder");
  await laptop.join();
  const room = (name = newNonce()) =>
    ({
      kind: "create_room",
      room: newNonce(),
      room_kind: "public",
      name: `Room ${name.slice(-12)}`,
    }) as const;
  const [taken, nonce] = [room(), newNonce()];
  expect(await phone.command(taken, nonce)).toMatchObject({ events: expect.any(Array) });
  for (let count = 0; count < 5; count++) {
    expect(await phone.command(taken, nonce)).toMatchObject({ duplicate: true });
    expect(await phone.command({ ...taken, room: newNonce() })).toMatchObject({ code: "room_name_taken" });
  }
  expect(await laptop.command(room())).toMatchObject({ events: expect.any(Array) });
  const late = room();
  const [create, say] = [newNonce(), newNonce()];
  const first = { kind: "send_message", room: late.room, text: "first words" } as const;
  const [refused, held] = await Promise.all([phone.command(late, create), phone.command(first, say)]);
  expect(refused).toMatchObject({ code: "rate_limited", final: false, retry_after: expect.any(Number) });
  expect(held).toMatchObject({ code: "held", final: false });
  // Given up, the room of that id can be spoken to again; it was never made.
  await phone.send({ type: "skip", room: late.room, nonce: create });
  expect(await phone.command(first, say)).toMatchObject({ code: "no_such_room" });
});

test("LM-9 a user has a limited number of sockets; a device that reconnects replaces its own", async () => {
  const server = await serverWith("--connections-per-user", "2");
  const token = newToken();
  const [phone, laptop] = [new WireClient(server, token), new WireClient(server, token)];
  await phone.hello("Owner of much");
  await laptop.hello();
  const { client, answer } = await helloOf(server, token);
  expect(answer).toMatchObject({ code: "rate_limited", retry_after: expect.any(Number), final: false });
  expect((await client.closed).code).toBe(4429);
  const again = new WireClient(server, token);
  again.device = phone.device;
  await again.hello();
  expect((await phone.closed).code).toBe(4409);
  expect((await helloOf(server, newToken(), "Another")).answer.type).toBe("welcome");
  laptop.close();
  await laptop.closed;
  await again.settled();
  expect((await helloOf(server, token)).answer.type).toBe("welcome");
});

test("HS-11 of too many pending connections the oldest are closed with 4410, and a hello is accepted", async () => {
  const server = await serverWith("--max-unauthenticated", "3");
  const silent = Array.from({ length: 3 }, () => new WireClient(server));
  for (const client of silent) await client.opened;
  const polite = new WireClient(server);
  await polite.hello("Polite");
  expect((await silent[0]?.closed)?.code).toBe(4410);
  // After hello a connection is not pending any more: the next one closes no other.
  const next = new WireClient(server);
  await next.hello("Next");
  expect((await silent[1]?.hello("Second thoughts"))?.user.name).toBe("Second thoughts");
  await Promise.all([polite.settled(), next.settled()]);
});

test("LM-8 above MAX_MEMORY a new socket is closed with 1013, and the others stay open", async () => {
  const server = await startTestServer([]);
  // More than the smallest limit that the setting takes.
  const ballast = Buffer.alloc(160 << 20, 1);
  const full = await startTestServer(["--max-memory", "128"]);
  open.push(server, full);
  expect((await new WireClient(full).closed).code).toBe(1013);
  expect(ballast).toHaveLength(160 << 20);
  const other = new WireClient(server);
  await other.join("Elsewhere");
  expect(await other.command({ kind: "send_message", room: LOBBY, text: "fine" })).toMatchObject({
    events: expect.any(Array),
  });
});
