import { expect, test } from "bun:test";
import { mayRemove, powersOf } from "./roles.ts";

test("who may take whom out of a room", () => {
  expect(mayRemove("public", "owner", "owner", false)).toBe(true);
  expect(mayRemove("public", "moderator", "member", false)).toBe(true);
  expect(mayRemove("public", "moderator", "moderator", false)).toBe(false);
  expect(mayRemove("public", "moderator", "owner", false)).toBe(false);
  expect(mayRemove("public", "member", "member", false)).toBe(false);
  expect(mayRemove("public", null, "member", false)).toBe(false);
  expect(mayRemove("public", "owner", "member", true)).toBe(false);
  expect(mayRemove("direct", "member", "member", false)).toBe(false);
});

test("what is offered to whom", () => {
  const names = (...input: Parameters<typeof powersOf>) =>
    Object.entries(powersOf(...input)).flatMap(([name, may]) => (may ? [name] : []));
  expect(names("private", "owner", false)).toEqual([
    "rename",
    "archive",
    "destroy",
    "invite",
    "changeRoles",
    "moderate",
  ]);
  expect(names("public", "moderator", false)).toEqual(["rename", "invite", "moderate"]);
  expect(names("public", "member", false)).toEqual(["invite"]);
  expect(names("public", null, false)).toEqual([]);
  expect(names("direct", "member", false)).toEqual([]);
  expect(names("public", "owner", true)).toEqual(["rename", "changeRoles", "moderate"]);
});
