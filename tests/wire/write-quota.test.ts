import { expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { connect } from "../support/dialect-fixtures.ts";
import { RestClient, refusal } from "../support/rest-client.ts";
import { testServers } from "../support/test-servers.ts";

const { serverWith } = testServers(
  "--rate-limits",
  "on",
  "--message-rate",
  "100000",
  "--message-burst",
  "100000",
);

test("LM-15 FT-4 with less free disk than the reserve, writes get storage over every protocol, and reads go on", async () => {
  const before = await serverWith();
  const ada = await RestClient.guest(before, "Ada");
  await ada.says(LOBBY, "hello");
  // More than any disk has.
  const server = await serverWith("--disk-reserve", "999999999");
  const ready = async () => (await fetch(`${server.url}/readyz`)).json();
  expect(await ready()).toEqual({ ready: true, degraded: ["disk_reserve"] });
  const refused = await new RestClient(server).call("POST", "/guests", { name: "Bim", token: ada.token });
  expect(refusal(refused)).toBe("507 storage");
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  // Its own refusals do not make the disk a full one.
  expect(await ready()).toEqual({ ready: true, degraded: ["disk_reserve"] });
});

test("LM-15 a user above the write quota is refused with a time; another user still writes", async () => {
  const server = await serverWith("--write-quota", "1");
  const [ada, bim] = [await RestClient.guest(server, "Ada"), await RestClient.guest(server, "Bim")];
  const text = "x".repeat(8_000);
  let refused: Awaited<ReturnType<RestClient["call"]>> | undefined;
  for (let sent = 0; sent < 200 && !refused; sent++) {
    const answer = await ada.call("POST", `/rooms/${LOBBY}/messages`, { text });
    if (answer.status !== 201) refused = answer;
  }
  expect(refused && refusal(refused)).toBe("429 rate_limited");
  expect(refused?.body).toMatchObject({ final: false, retry_after: expect.any(Number) });
  expect((await bim.call("POST", `/rooms/${LOBBY}/messages`, { text })).status).toBe(201);
  expect((await ada.call("GET", `/rooms/${LOBBY}/messages?limit=1`)).status).toBe(200);
});

test("LM-15 guests and walk-ins of one address are refused above the quota of the address; another address writes", async () => {
  const server = await serverWith("--write-quota-per-address", "1", "--trusted-proxies", "127.0.0.1,::1");
  const from = (address: string) => ({ "x-forwarded-for": address });
  const text = "x".repeat(8_000);
  const send = (guest: RestClient, address: string) =>
    guest.call("POST", `/rooms/${LOBBY}/messages`, { text }, from(address));
  let refused: Awaited<ReturnType<RestClient["call"]>> | undefined;
  let guest = await RestClient.guest(server, "Guest", from("2001:db8::1"));
  for (let sent = 0; sent < 200 && !refused; sent++) {
    // Another guest for each ten messages, and each message from another address of one network.
    if (sent % 10 === 9) guest = await RestClient.guest(server, `Guest ${sent}`, from("2001:db8::1"));
    const answer = await send(guest, `2001:db8::${sent + 1}`);
    if (answer.status !== 201) refused = answer;
  }
  expect(refused && refusal(refused)).toBe("429 rate_limited");
  expect(refused?.body.detail).toContain("address");
  const other = await RestClient.guest(server, "Other", from("192.0.2.9"));
  expect((await send(other, "192.0.2.9")).status).toBe(201);
});

test("LM-15 a walk-in is refused above the quota of its address, with a time", async () => {
  const server = await serverWith("--write-quota-per-address", "1", "--frame-rate", "1000");
  const client = connect(server, "/ws/Walk");
  await client.untilType("connection_established");
  let error: { message?: unknown } | undefined;
  for (let sent = 0; sent < 200 && !error; sent++) {
    await client.send({ content: `${sent} ${"x".repeat(7_900)}` });
    const answer = await client.until(
      ({ type, content }) => type === "error" || (type === "chat" && String(content).startsWith(`${sent} `)),
    );
    if (answer.type === "error") error = answer;
  }
  expect(String(error?.message)).toMatch(/address.*\(\d+ ms\)$/);
});
