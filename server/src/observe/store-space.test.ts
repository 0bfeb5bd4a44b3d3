import { expect, test } from "bun:test";
import { StoreSpace } from "./store-space.ts";

function opened() {
  const lines: string[] = [];
  let time = 0;
  let free = false;
  let probes = 0;
  let due: (() => void) | null = null;
  const say = (level: string) => (_fields: object, text: string) => void lines.push(`${level} ${text}`);
  const space = new StoreSpace({
    log: { warn: say("warn") } as never,
    monotonicNow: () => time,
    hasSpace: async () => {
      probes++;
      return free;
    },
    later: (run) => {
      due = run;
      return () => {
        due = null;
      };
    },
  });
  return {
    space,
    lines,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    clear: () => {
      free = true;
    },
    get probes() {
      return probes;
    },
    /** Runs the check that is due, if one is. */
    async check() {
      const run = due;
      due = null;
      run?.();
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

test("a full disk is one line, however many writes it refuses, and one when it takes writes again", () => {
  const { space, lines } = opened();
  for (let write = 0; write < 1_000; write++) space.refused("disk_full");
  expect(space.problem).toBe("disk_full");
  space.written();
  space.written();
  expect(space.problem).toBeNull();
  expect(lines).toEqual([
    expect.stringContaining("warn the disk of DATA_DIR is full"),
    expect.stringContaining("warn the disk of DATA_DIR takes writes again"),
  ]);
});

test("a disk that is full and not full in turn is two lines a minute", () => {
  const { space, lines, pass } = opened();
  for (let second = 0; second < 120; second++) {
    space.refused("disk_full");
    space.written();
    pass(1_000);
  }
  expect(lines).toHaveLength(4);
});

test("without a write it is looked at again and again, and only while it is full", async () => {
  const stage = opened();
  await stage.check();
  expect(stage.probes).toBe(0);
  stage.space.refused("disk_full");
  stage.space.refused("disk_full");
  await stage.check();
  await stage.check();
  expect(stage.probes).toBe(2);
  expect(stage.space.problem).toBe("disk_full");
  stage.clear();
  await stage.check();
  expect(stage.space.problem).toBeNull();
  await stage.check();
  expect(stage.probes).toBe(3);
});
