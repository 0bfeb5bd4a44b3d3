import { expect, test } from "bun:test";
import type pino from "pino";
import { openLog } from "./log.ts";
import { RepeatedLines } from "./repeated-lines.ts";

test("ten lines of a kind are written a minute, the next one has the number of suppressed lines", () => {
  let now = 0;
  const lines = new RepeatedLines(() => now);
  const take = (kind: string) => lines.take(kind)?.suppressed ?? null;
  expect(Array.from({ length: 1_000 }, () => take("a")).filter((each) => each !== null)).toHaveLength(10);
  expect(take("b")).toBe(0);
  now = 60_000;
  expect([take("a"), take("a")]).toEqual([990, 0]);
  // When the clock goes back a new window begins; otherwise the kind would be suppressed until the clock catches up.
  now = 0;
  expect(take("a")).toBe(0);
});

test("the number of remembered kinds is bounded", () => {
  const lines = new RepeatedLines(() => 0);
  for (let i = 0; i < 10_000; i++) expect(lines.take(`kind ${i}`)).toEqual({ suppressed: 0 });
});

test("the log writes equal errors ten times, whatever their request id, and all different ones", () => {
  const written: Record<string, unknown>[] = [];
  const to: pino.DestinationStream = { write: (line) => void written.push(JSON.parse(line)) };
  let now = 0;
  const log = openLog("info", to, () => now);
  const fail = (request: number, what: string) =>
    log.error({ error: new Error(what), request }, "a request failed");
  for (let i = 0; i < 500; i++) fail(i, "one");
  fail(501, "another");
  for (let i = 0; i < 500; i++) log.warn({ request: i, route: "/x", status: 500 }, "request failed");
  for (let i = 0; i < 20; i++) log.info({ i }, "started");
  expect(written.map(({ msg }) => msg)).toEqual([
    ...Array(11).fill("a request failed"),
    ...Array(10).fill("request failed"),
    ...Array(20).fill("started"),
  ]);
  now = 60_000;
  fail(502, "one");
  expect(written.at(-1)).toMatchObject({ request: 502, suppressed: 490, error: { message: "one" } });
});
