import { expect, test } from "bun:test";
import { only } from "../support/checker/history.ts";
import { SmallDisk } from "../support/small-disk.ts";
import { fullDisk } from "./nemesis/faults.ts";
import { expectGreen, seedOf } from "./run/verdict.ts";

const obstacle = SmallDisk.obstacle();
if (obstacle) console.warn(`SKIPPED: the full disk is not tried, because ${obstacle}.`);

test.skipIf(obstacle !== null)(
  "FT-4 on a full disk reads go on, and when there is space again all goes through, once",
  async () => {
    const disk = SmallDisk.mount(64);
    try {
      const weights = { burst: 20 };
      const options = {
        seed: seedOf(),
        clients: 12,
        nemesis: fullDisk(disk, 1),
        dataDir: disk.path,
        weights,
      };
      const { history, log } = await expectGreen("full disk", options);
      const refused = only(history, "answered").filter(
        (answer) => "fault" in answer && answer.fault.code === "storage",
      );
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.every((answer) => "fault" in answer && !answer.fault.final)).toBe(true);
      expect(log).not.toContain('"level":60');
    } finally {
      disk.unmount();
    }
  },
  180_000,
);
