import { expect, test } from "bun:test";
import { roomPath, routeOf } from "./route.ts";

test("addresses and pages", () => {
  expect(routeOf("/")).toEqual({ page: "home" });
  expect(routeOf("/rooms")).toEqual({ page: "browse" });
  expect(routeOf("/rooms/")).toEqual({ page: "browse" });
  expect(routeOf("/rooms/lobby")).toEqual({ page: "room", room: "lobby" });
  expect(routeOf("/rooms/lobby/")).toEqual({ page: "room", room: "lobby" });
  expect(routeOf("/rooms/a/b")).toEqual({ page: "unknown" });
  expect(routeOf("/rooms/%")).toEqual({ page: "unknown" });
  expect(routeOf("/elsewhere")).toEqual({ page: "unknown" });
});

test("a room's address leads back to the room", () => {
  for (const room of ["lobby", "0193b0a2-0000-7000-8000-000000000000", "direct.a.b", "a/b ?#"]) {
    expect(routeOf(roomPath(room))).toEqual({ page: "room", room });
  }
});
