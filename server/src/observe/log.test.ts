import { expect, test } from "bun:test";
import { openLog } from "./log.ts";

test("an error is logged with its message and stack", () => {
  const lines: string[] = [];
  const log = openLog("info", { write: (line) => void lines.push(line) });
  log.error({ error: new Error("the disk is on fire"), feed: "lobby" }, "a gap could not be repaired");
  log.debug("not at this level");
  expect(lines).toHaveLength(1);
  const [line = ""] = lines;
  expect(JSON.parse(line)).toMatchObject({
    feed: "lobby",
    msg: "a gap could not be repaired",
    error: { message: "the disk is on fire", stack: expect.stringContaining("log.test.ts") },
  });
});
