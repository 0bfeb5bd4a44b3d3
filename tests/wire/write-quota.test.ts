import { afterEach, expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { Caller, refusal } from "../support/rest-client.ts";
import { openStage, type Stage } from "../support/test-server.ts";

const open: Stage[] = [];
afterEach(async () => {
  for (const stage of open.splice(0)) await stage.end();
});

async function stageWith(...flags: string[]): Promise<Stage> {
  const rates = ["--rate-limits", "on", "--message-rate", "100000", "--message-burst", "100000"];
  const stage = await openStage([...rates, ...flags]);
  open.push(stage);
  return stage;
}

test("LM-15 FT-4 with less of the disk than the reserve, writes get storage over every way in, and reads go on", async () => {
  const before = await stageWith();
  const ada = await Caller.guest(before, "Ada");
  await ada.says(LOBBY, "hello");
  // More than any disk has.
  const stage = await stageWith("--disk-reserve", "999999999");
  const refused = await new Caller(stage).call("POST", "/guests", { name: "Bim", token: ada.token });
  expect(refusal(refused)).toBe("507 storage");
  expect((await fetch(`${stage.url}/healthz`)).status).toBe(200);
});

test("LM-15 a user who wrote as much as the quota is told when to come again; another user writes on", async () => {
  const stage = await stageWith("--write-quota", "1");
  const [ada, bim] = [await Caller.guest(stage, "Ada"), await Caller.guest(stage, "Bim")];
  const text = "x".repeat(8_000);
  let refused: Awaited<ReturnType<Caller["call"]>> | undefined;
  for (let sent = 0; sent < 200 && !refused; sent++) {
    const answer = await ada.call("POST", `/rooms/${LOBBY}/messages`, { text });
    if (answer.status !== 201) refused = answer;
  }
  expect(refused && refusal(refused)).toBe("429 rate_limited");
  expect(refused?.body).toMatchObject({ final: false, retry_after: expect.any(Number) });
  expect((await bim.call("POST", `/rooms/${LOBBY}/messages`, { text })).status).toBe(201);
  expect((await ada.call("GET", `/rooms/${LOBBY}/messages?limit=1`)).status).toBe(200);
});
