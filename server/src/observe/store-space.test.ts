import { expect, test } from "bun:test";
import { type SpaceProblem, StoreSpace } from "./store-space.ts";

function opened(reserve = 0) {
  const lines: string[] = [];
  const disk = { free: 10_000 as number | null, problem: "disk_full" as SpaceProblem | null };
  let time = 0;
  let probes = 0;
  let due: (() => void) | null = null;
  const space = new StoreSpace({
    log: {
      warn: ({ problem }: { problem: string }, text: string) => void lines.push(`${problem}: ${text}`),
    } as never,
    monotonicNow: () => time,
    reserve,
    free: async () => {
      if (disk.free === null) throw new Error("no answer");
      return disk.free;
    },
    probe: async () => {
      probes++;
      return disk.problem;
    },
    later: (run) => {
      due = run;
      return () => {
        due = null;
      };
    },
  });
  const settled = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return {
    space,
    lines,
    disk,
    settled,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    get probes() {
      return probes;
    },
    /** Runs the check that is due, if one is. */
    async check() {
      const run = due;
      due = null;
      run?.();
      await settled();
      return run !== null;
    },
  };
}

const ENDS = expect.stringContaining("the disk of DATA_DIR takes writes again");

test("a full disk is one line, however many writes it refuses, and one when it takes writes again", async () => {
  const { space, lines, settled } = opened();
  for (let write = 0; write < 1_000; write++) space.refused();
  await settled();
  expect(space.problem).toBe("disk_full");
  space.written();
  space.written();
  expect(space.problem).toBeNull();
  expect(lines).toEqual([expect.stringContaining("disk_full: the disk of DATA_DIR is full"), ENDS]);
});

test("a disk that is full and not full in turn is two lines a minute", async () => {
  const { space, lines, pass, settled } = opened();
  for (let second = 0; second < 120; second++) {
    space.refused();
    await settled();
    space.written();
    pass(1_000);
  }
  expect(lines).toHaveLength(4);
});

test("a disk that takes writes before its cause is known still is one line and its end", async () => {
  const { space, lines, settled } = opened();
  space.refused();
  space.written();
  await settled();
  expect(lines).toEqual([expect.stringContaining("is full"), ENDS]);
});

test("without a write it is checked again and again, and only while it is full", async () => {
  const stage = opened();
  expect(await stage.check()).toBe(false);
  stage.space.refused();
  stage.space.refused();
  await stage.settled();
  expect(stage.probes).toBe(1);
  await stage.check();
  await stage.check();
  expect(stage.probes).toBe(3);
  expect(stage.space.problem).toBe("disk_full");
  stage.disk.problem = null;
  await stage.check();
  expect(stage.space.problem).toBeNull();
  expect(await stage.check()).toBe(false);
});

test("a quota that is used up has its own name", async () => {
  const { space, lines, disk, settled, check } = opened();
  disk.problem = "disk_quota";
  space.refused();
  await settled();
  expect(space.problem).toBe("disk_quota");
  await check();
  expect(space.problem).toBe("disk_quota");
  disk.problem = null;
  await check();
  expect(space.problem).toBeNull();
  expect(lines).toEqual([expect.stringContaining("disk_quota: the disk quota"), ENDS]);
});

test("FT-4 LM-15 below the reserve is one state with one line at its beginning and one at its end", async () => {
  const { space, lines, disk, check } = opened(1_000);
  disk.problem = null;
  await space.look();
  expect([space.isLow, space.problem]).toEqual([false, null]);
  const freeIs = async (bytes: number | null) => {
    disk.free = bytes;
    expect(await check()).toBe(true);
    return [space.isLow, space.problem];
  };
  expect(await freeIs(1_000)).toEqual([false, null]);
  expect(await freeIs(999)).toEqual([true, "disk_reserve"]);
  // The limiter refuses writes now, and a write that was on its way succeeds: neither is another state.
  space.refused();
  space.written();
  expect(await freeIs(10)).toEqual([true, "disk_reserve"]);
  expect(await freeIs(null)).toEqual([true, "disk_reserve"]);
  // A little above the reserve is not enough, so that the state does not flap.
  expect(await freeIs(1_050)).toEqual([true, "disk_reserve"]);
  expect(await freeIs(1_100)).toEqual([false, null]);
  expect(await freeIs(1_050)).toEqual([false, null]);
  expect(lines).toEqual([expect.stringContaining("disk_reserve: less than DISK_RESERVE"), ENDS]);
});

test("a disk that is full before its reserve is noticed is one state until both are over", async () => {
  const { space, lines, disk, check, settled } = opened(1_000);
  await space.look();
  disk.free = 0;
  space.refused();
  await settled();
  await check();
  expect([space.isLow, space.problem]).toEqual([true, "disk_full"]);
  space.written();
  expect(space.problem).toBe("disk_full");
  // Enough is free, and a quota still refuses.
  disk.free = 5_000;
  disk.problem = "disk_quota";
  await check();
  expect([space.isLow, space.problem]).toEqual([false, "disk_full"]);
  disk.problem = null;
  await check();
  expect(space.problem).toBeNull();
  expect(lines).toEqual([expect.stringContaining("disk_full: "), ENDS]);
});

test("refusals in quick succession do not put off the reading of the free space", async () => {
  const { space, disk, check, settled } = opened(1_000);
  await space.look();
  disk.free = 0;
  for (let write = 0; write < 10; write++) {
    space.refused();
    await settled();
    space.written();
  }
  await check();
  expect(space.isLow).toBe(true);
});

test("a closed one checks no more", async () => {
  const { space, check } = opened(1_000);
  await space.look();
  space.close();
  space.refused();
  expect(await check()).toBe(false);
});
