import { expect, test } from "bun:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import { quotedNames } from "../encoder.ts";
import { JoinLeaveNotices } from "./join-leave-notices.ts";

function setUp() {
  const clock = new FakeClock();
  const said: string[] = [];
  const movements = new JoinLeaveNotices(
    clock,
    () => 0,
    (notice) => void said.push(quotedNames(notice)),
  );
  const storm = (count: number) => {
    for (let i = 0; i < count; i++) movements.add(`n${i}`);
  };
  return { clock, said, movements, storm };
}

test("ten within a second are told one by one, the rest in one sum", () => {
  const { clock, said, storm } = setUp();
  storm(110);
  expect(said).toHaveLength(10);
  clock.advance(1_000);
  expect(said).toHaveLength(11);
  expect(said.at(-1)).toBe("'n10', 'n11' and 98 others");
});

test("while the storm lasts there is one notice a second, and after it they come one by one again", () => {
  const { clock, said, storm } = setUp();
  for (let second = 0; second < 5; second++) {
    storm(100);
    clock.advance(1_000);
  }
  expect(said).toHaveLength(10 + 5);
  clock.advance(2_000);
  storm(1);
  expect(said.at(-1)).toBe("'n0'");
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
