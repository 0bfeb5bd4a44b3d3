import { expect, test } from "bun:test";
import { roomPath, routeOf, searchPath } from "./route.ts";

test("addresses and pages", () => {
  expect(routeOf("/")).toEqual({ page: "home" });
  expect(routeOf("/rooms")).toEqual({ page: "browse" });
  expect(routeOf("/rooms/")).toEqual({ page: "browse" });
  expect(routeOf("/rooms/lobby")).toEqual({ page: "room", room: "lobby", at: null });
  expect(routeOf("/rooms/lobby/")).toEqual({ page: "room", room: "lobby", at: null });
  expect(routeOf("/rooms/a/b")).toEqual({ page: "unknown" });
  expect(routeOf("/rooms/%")).toEqual({ page: "unknown" });
  expect(routeOf("/elsewhere")).toEqual({ page: "unknown" });
});

test("a room's address leads back to the room", () => {
  for (const room of ["lobby", "0193b0a2-0000-7000-8000-000000000000", "direct.a.b", "a/b ?#"]) {
    expect(routeOf(roomPath(room))).toEqual({ page: "room", room, at: null });
  }
});

test("a message's address leads back to the message; a number that is none is left out", () => {
  expect(routeOf("/rooms/lobby", new URL(roomPath("lobby", 42), "http://x").search)).toEqual({
    page: "room",
    room: "lobby",
    at: 42,
  });
  for (const at of ["", "0", "-1", "1.5", "x", "99999999999999999999"]) {
    expect(routeOf("/rooms/lobby", `?at=${at}`)).toEqual({ page: "room", room: "lobby", at: null });
  }
});

test("a search's address leads back to the search", () => {
  const wanted = { text: "tea & cake", room: "lobby", author: "", from: "2026-11-20", to: "" };
  const url = new URL(searchPath(wanted), "http://x");
  expect(routeOf(url.pathname, url.search)).toEqual({ page: "search", wanted });
  expect(searchPath({})).toBe("/search");
});
