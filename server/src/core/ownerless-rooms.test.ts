import { expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { outcome, RuleHarness, uuidOf } from "../testing/rule-harness.ts";

const ROOM = uuidOf(500);
const OWNED = uuidOf(501);

test("an ownerless room is created, accepts messages of walk-ins, and is deleted; other rooms are not", () => {
  const harness = new RuleHarness();
  const server = harness.user(0, "Parley");
  const ann = harness.user(1, "Ann");
  const walkIn = { id: uuidOf(9), name: "Wim", walk_in: true };
  const does = (who: typeof ann, body: Parameters<RuleHarness["perform"]>[1]) =>
    outcome(harness.perform(who, body));
  expect(does(server, { kind: "open_room", room: ROOM, name: "General" })).toBe("done");
  expect(does(server, { kind: "open_room", room: ROOM, name: "Other" })).toBe("room_exists");
  expect(does(server, { kind: "open_room", room: OWNED, name: "general" })).toBe("room_name_taken");
  expect(does(walkIn, { kind: "send_message", room: ROOM, text: "hi" })).toBe("done");
  expect(does(ann, { kind: "join_room", room: ROOM })).toBe("done");
  expect(does(ann, { kind: "delete_room", room: ROOM })).toBe("not_allowed");
  does(ann, { kind: "create_room", room: OWNED, room_kind: "public", name: "Owned" });
  const lobby = harness.facts(LOBBY);
  lobby.room = { kind: "public", name: "Lobby", topic: "", owners: 0, members: 0, state: "open" };
  expect(does(server, { kind: "close_room", room: OWNED })).toBe("not_allowed");
  expect(does(server, { kind: "close_room", room: LOBBY })).toBe("not_allowed");
  expect(does(server, { kind: "close_room", room: uuidOf(77) })).toBe("no_such_room");
  expect(does(server, { kind: "close_room", room: ROOM })).toBe("not_allowed");
  expect(does(ann, { kind: "leave_room", room: ROOM })).toBe("done");
  expect(does(server, { kind: "close_room", room: ROOM })).toBe("done");
  expect(does(server, { kind: "close_room", room: ROOM })).toBe("no_such_room");
  expect(does(walkIn, { kind: "send_message", room: ROOM, text: "hi" })).toBe("no_such_room");
  expect(does(server, { kind: "open_room", room: uuidOf(502), name: "General" })).toBe("done");
});
