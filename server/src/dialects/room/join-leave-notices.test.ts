import { expect, test } from "bun:test";
import { HandClock } from "../../testing/fake-clock.ts";
import { quoted } from "../encoder.ts";
import { Movements } from "./join-leave-notices.ts";

function stage() {
  const clock = new HandClock();
  const said: string[] = [];
  const movements = new Movements(
    clock,
    () => 0,
    (movement) => void said.push(quoted(movement)),
  );
  const storm = (count: number) => {
    for (let i = 0; i < count; i++) movements.add(`n${i}`);
  };
  return { clock, said, movements, storm };
}

test("ten within a second are told one by one, the rest in one sum", () => {
  const { clock, said, storm } = stage();
  storm(110);
  expect(said).toHaveLength(10);
  clock.pass(1_000);
  expect(said).toHaveLength(11);
  expect(said.at(-1)).toBe("'n10', 'n11' and 98 others");
});

test("while the storm lasts there is one notice a second, and after it they come one by one again", () => {
  const { clock, said, storm } = stage();
  for (let second = 0; second < 5; second++) {
    storm(100);
    clock.pass(1_000);
  }
  expect(said).toHaveLength(10 + 5);
  clock.pass(2_000);
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
  expect(quoted({ names, more, at: 0 })).toBe(text);
});
