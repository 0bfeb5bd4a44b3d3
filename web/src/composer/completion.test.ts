import { describe, expect, test } from "bun:test";
import type { Member } from "@parley/sdk";
import { askedIn, candidatesFor, completed } from "./completion.ts";

const people: Member[] = ["Anna Berg", "Bert", "Berta Anders", "Room Service"].map((name) => ({
  id: name,
  name,
  role: "member",
}));
const names = (letters: string) => candidatesFor(letters, people, "Bert").map(({ name }) => name);

describe("askedIn", () => {
  test("the name before the cursor, which may hold a space", () => {
    expect(askedIn("hi @an", 6)).toEqual({ start: 3, end: 6, letters: "an" });
    expect(askedIn("@anna be", 8)?.letters).toBe("anna be");
    expect(askedIn("@", 1)?.letters).toBe("");
    expect(askedIn("(@a", 3)?.letters).toBe("a");
    expect(askedIn("@an and more", 3)?.letters).toBe("an");
  });

  test("an address, another line, two spaces and a long text are none", () => {
    expect(askedIn("me@example", 10)).toBeNull();
    expect(askedIn("@a\nb", 4)).toBeNull();
    expect(askedIn("@a  b", 5)).toBeNull();
    expect(askedIn("@ a", 3)).toBeNull();
    expect(askedIn(`@${"a".repeat(40)}`, 41)).toBeNull();
    expect(askedIn("nobody", 6)).toBeNull();
  });
});

test("names that begin so come before those with a later word that does; oneself is not offered", () => {
  expect(names("an")).toEqual(["Anna Berg", "Berta Anders"]);
  expect(names("ber")).toEqual(["Berta Anders", "Anna Berg"]);
  expect(names("anna b")).toEqual(["Anna Berg"]);
  expect(names("roo")).toEqual(["room", "Room Service"]);
  expect(names("")).toEqual(["Anna Berg", "Berta Anders", "Room Service", "room"]);
  expect(names("zz")).toEqual([]);
});

test("a chosen name replaces what was typed, with one space after it", () => {
  const asked = { start: 3, end: 6, letters: "an" };
  expect(completed("hi @an", asked, "Anna Berg")).toEqual({ text: "hi @Anna Berg ", cursor: 14 });
  expect(completed("hi @an there", asked, "Anna Berg")).toEqual({ text: "hi @Anna Berg there", cursor: 14 });
});
