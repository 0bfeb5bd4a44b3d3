import { expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
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
