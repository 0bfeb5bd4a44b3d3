import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Crowd, type Dialect, type Job } from "../load/crowd.ts";
import { Joiners } from "../load/joiners.ts";
import { DialectWire } from "./dialect-wire.ts";
import { NO_FASTAPI, pythonWithFastApi, Server, type ServerKind } from "./programs.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-dialects-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (kind: ServerKind) => Server.start(kind, null, mkdtempSync(join(folder, "data-")));
const side = (kind: "parley" | "bare-dialects" | "fastapi") => (kind === "bare-dialects" ? "bare" : kind);

/** They talk until a hundred messages have come back; returns what was delivered, and what should have been. */
async function talk(
  kind: "parley" | "bare-dialects" | "fastapi",
  dialect: Dialect,
): Promise<[number, number]> {
  await using server = await start(kind);
  const wire = new DialectWire(side(kind), dialect);
  const rooms = dialect === "lobby" ? 1 : 3;
  const job: Job = {
    wire: side(kind),
    dialect,
    port: server.port,
    rooms,
    members: 5,
    senders: 2,
    inFlight: 3,
  };
  const crowd = new Crowd(job, wire);
  crowd.connect();
  wire.setUp(crowd);
  crowd.start();
  crowd.pump(() => crowd.roundTrips.length >= 100, "a hundred answers");
  crowd.stop();
  expect(crowd.frames).toBe(crowd.deliveries);
  return [crowd.deliveries, crowd.roundTrips.length * job.members];
}

test.each([
  ["parley", "lobby"],
  ["parley", "rooms"],
  ["bare-dialects", "lobby"],
  ["bare-dialects", "rooms"],
] as const)("old clients of %s hear all that is said in their %s, a frame each", async (kind, dialect) => {
  const [delivered, expected] = await talk(kind, dialect);
  expect(delivered).toBe(expected);
});

test("a storm into Parley's lobby is counted: everybody is told of, and sees a list of all", async () => {
  await using server = await start("parley");
  const first = new Joiners(server.port, 3, "a", true);
  first.come(0);
  first.say(10);
  first.untilQuiet(300);
  first.leave();
  const joiners = new Joiners(server.port, 30, "b", true);
  joiners.come(200);
  joiners.untilQuiet(1_200);
  // The greeting, ten messages, and a list at least.
  expect(joiners.frames).toBeGreaterThanOrEqual(30 * 12);
  expect(joiners.listFrames).toBeGreaterThanOrEqual(30);
  expect(joiners.bytes).toBeGreaterThan(joiners.listBytes);
  joiners.leave();
});

if (pythonWithFastApi() === null) {
  test("where there is no FastAPI, its server says what is missing", async () => {
    await expect(start("fastapi")).rejects.toThrow(NO_FASTAPI);
  });
} else {
  test("the lobby on FastAPI speaks the same, without lists", async () => {
    const [delivered, expected] = await talk("fastapi", "lobby");
    expect(delivered).toBe(expected);
    await using server = await start("fastapi");
    const joiners = new Joiners(server.port, 20, "a", false);
    joiners.come(100);
    joiners.untilQuiet(500);
    // Of each who came all were told who were there.
    expect([joiners.frames, joiners.listFrames]).toEqual([(20 * 21) / 2, 0]);
    joiners.leave();
  });
}
