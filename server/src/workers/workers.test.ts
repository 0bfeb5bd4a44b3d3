import { expect, test } from "bun:test";
import { readConfig } from "../config/read.ts";
import { BackOff } from "./back-off.ts";
import { workersOf } from "./role.ts";
import { shareOf } from "./share.ts";
import { sumMetrics } from "./sum-metrics.ts";

test("auto is one less than the cores, and one where the system cannot share a port", () => {
  const on = (platform: string, cores: number) => ({ platform, cores });
  expect(workersOf({ workers: "auto" }, on("linux", 16))).toBe(15);
  expect(workersOf({ workers: "auto" }, on("linux", 1))).toBe(1);
  expect(workersOf({ workers: "auto" }, on("darwin", 8))).toBe(1);
  expect(workersOf({ workers: 1 }, on("win32", 8))).toBe(1);
  expect(() => workersOf({ workers: 2 }, on("darwin", 8))).toThrow("on Linux only (SO_REUSEPORT)");
});

test("limits of addresses are shared out with a reserve, those of users stay whole", () => {
  const config = readConfig(["--max-memory", "1000"], {});
  const share = shareOf(config, 4);
  expect([share.connectionsPerAddress, share.guestBurst]).toEqual([545, 35]);
  expect([share.messageRate, share.connectionsPerUser]).toEqual([
    config.messageRate,
    config.connectionsPerUser,
  ]);
  expect(share.maxMemory).toBe(250);
  expect(shareOf({ ...config, maxMemory: 0, connectionsPerAddress: 1 }, 4)).toMatchObject({
    maxMemory: 0,
    connectionsPerAddress: 1,
  });
});

test("a process that ends again and again waits longer each time, until it has run for a while", () => {
  const backOff = new BackOff();
  expect([10, 10, 10, 10].map((ran) => backOff.wait(ran))).toEqual([100, 200, 400, 800]);
  for (let n = 0; n < 10; n++) backOff.wait(10);
  expect(backOff.wait(10)).toBe(5_000);
  expect(backOff.wait(60_000)).toBe(100);
});

test("metrics add up, what all report alike does not, and each process has its own", () => {
  const text = (sent: number, ready: number, full: number) =>
    [
      "# HELP parley_sent_total Sent.",
      "# TYPE parley_sent_total counter",
      `parley_sent_total{kind="a b, c"} ${sent}`,
      "# HELP parley_ready Ready.",
      "# TYPE parley_ready gauge",
      `parley_ready ${ready}`,
      "# HELP parley_bus_connected Connected.",
      "# TYPE parley_bus_connected gauge",
      `parley_bus_connected ${ready}`,
      "# HELP parley_store_full Full.",
      "# TYPE parley_store_full gauge",
      `parley_store_full ${full}`,
      "# HELP parley_time_seconds Time.",
      "# TYPE parley_time_seconds histogram",
      `parley_time_seconds_bucket{le="1"} ${sent}`,
      `parley_time_seconds_count ${sent}`,
      "",
    ].join("\n");
  const sum = sumMetrics([
    { worker: "store", isStore: true, text: text(100, 0, 1) },
    { worker: "1", isStore: false, text: text(2, 1, 0) },
    { worker: "2", isStore: false, text: text(3, 0, 0) },
  ]);
  const lines = sum.split("\n").filter((line) => line !== "" && !line.startsWith("# HELP"));
  expect(lines).toEqual([
    "# TYPE parley_sent_total counter",
    'parley_sent_total{kind="a b, c"} 5',
    "# TYPE parley_worker_sent_total counter",
    'parley_worker_sent_total{worker="1",kind="a b, c"} 2',
    'parley_worker_sent_total{worker="2",kind="a b, c"} 3',
    "# TYPE parley_ready gauge",
    "parley_ready 0",
    "# TYPE parley_worker_ready gauge",
    'parley_worker_ready{worker="1"} 1',
    'parley_worker_ready{worker="2"} 0',
    "# TYPE parley_bus_connected gauge",
    "parley_bus_connected 0",
    "# TYPE parley_worker_bus_connected gauge",
    'parley_worker_bus_connected{worker="1"} 1',
    'parley_worker_bus_connected{worker="2"} 0',
    "# TYPE parley_store_full gauge",
    "parley_store_full 1",
    "# TYPE parley_time_seconds histogram",
    'parley_time_seconds_bucket{le="1"} 5',
    "parley_time_seconds_count 5",
  ]);
});
