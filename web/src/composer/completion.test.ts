import { describe, expect, test } from "bun:test";
import type { Member } from "@parley/sdk";
import { candidatesFor, completed, mentionAt } from "./completion.ts";

const people: Member[] = ["Anna Berg", "Bert", "Berta Anders", "Room Service"].map((name) => ({
  id: name,
  name,
  role: "member",
}));
const names = (letters: string) => candidatesFor(letters, people, "Bert").map(({ name }) => name);

describe("askedIn", () => {
  test("the name before the cursor, which may hold a space", () => {
    expect(mentionAt("hi @an", 6)).toEqual({ start: 3, end: 6, letters: "an" });
    expect(mentionAt("@anna be", 8)?.letters).toBe("anna be");
    expect(mentionAt("@", 1)?.letters).toBe("");
    expect(mentionAt("(@a", 3)?.letters).toBe("a");
    expect(mentionAt("@an and more", 3)?.letters).toBe("an");
  });

  test("an address, another line, two spaces and a long text are none", () => {
    expect(mentionAt("me@example", 10)).toBeNull();
    expect(mentionAt("@a\nb", 4)).toBeNull();
    expect(mentionAt("@a  b", 5)).toBeNull();
    expect(mentionAt("@ a", 3)).toBeNull();
    expect(mentionAt(`@${"a".repeat(40)}`, 41)).toBeNull();
    expect(mentionAt("nomention", 9)).toBeNull();
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
