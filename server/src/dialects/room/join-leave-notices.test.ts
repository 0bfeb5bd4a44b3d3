import { expect, test } from "bun:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import { quotedNames } from "../encoder.ts";
import { JoinLeaveNotices } from "./join-leave-notices.ts";

function setUp() {
  const clock = new FakeClock();
  const notices: string[] = [];
  const notifier = new JoinLeaveNotices(
    clock,
    () => 0,
    (notice) => void notices.push(quotedNames(notice)),
  );
  const storm = (count: number) => {
    for (let i = 0; i < count; i++) notifier.add(`n${i}`);
  };
  return { clock, notices, notifier, storm };
}

test("ten within a second get a notice each, the rest one summary", () => {
  const { clock, notices, storm } = setUp();
  storm(110);
  expect(notices).toHaveLength(10);
  clock.advance(1_000);
  expect(notices).toHaveLength(11);
  expect(notices.at(-1)).toBe("'n10', 'n11' and 98 others");
});

test("while the storm lasts there is one notice a second, and after it each has its own again", () => {
  const { clock, notices, storm } = setUp();
  for (let second = 0; second < 5; second++) {
    storm(100);
    clock.advance(1_000);
  }
  expect(notices).toHaveLength(10 + 5);
  clock.advance(2_000);
  storm(1);
  expect(notices.at(-1)).toBe("'n0'");
  expect(clock.waiting).toBe(0);
});

test.each([
  [["Ada"], 0, "'Ada'"],
  [["Ada", "Bim"], 0, "'Ada' and 'Bim'"],
  [["Ada", "Bim"], 1, "'Ada', 'Bim' and 1 other"],
  [["Ada", "Bim"], 98, "'Ada', 'Bim' and 98 others"],
])("%p and %d more are %s", (names, more, text) => {
  expect(quotedNames({ names, more, at: 0 })).toBe(text);
});
