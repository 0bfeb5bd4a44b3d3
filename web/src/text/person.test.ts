import { expect, test } from "bun:test";
import { initials, personColour } from "./person.ts";

test("initials come from the first and the last word", () => {
  expect(initials("Anna")).toBe("A");
  expect(initials("anna maria berg")).toBe("AB");
  expect(initials("  jo-ann  ")).toBe("JA");
  expect(initials("🧑‍🚀 Zoe")).toBe("🧑‍🚀Z");
  expect(initials("")).toBe("?");
});

test("a person's colour depends on the id alone", () => {
  expect(personColour("0190-a")).toBe(personColour("0190-a"));
  expect(personColour("x")).toMatch(/^var\(--person-[0-7]\)$/);
});
