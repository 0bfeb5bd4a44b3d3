import { describe, expect, test } from "bun:test";
import { LOBBY, userFeed } from "@parley/protocol";
import { outcome, RuleHarness, uuidOf } from "../testing/rule-harness.ts";

const ROOM = uuidOf(500);
const OTHER = uuidOf(501);

/** Olga owns a public room called Tea; Mia and Max are in it, Nils is not. */
function setUp(kind: "public" | "private" = "public") {
  const harness = new RuleHarness();
  const [olga, mia, max, nils] = ["Olga", "Mia", "Max", "Nils"].map((name, i) => harness.user(i + 1, name));
  if (!olga || !mia || !max || !nils) throw new Error("four people");
  const members = [mia.id, max.id];
  harness.perform(olga, { kind: "create_room", room: ROOM, room_kind: kind, name: "Tea", members });
  const does = (who: typeof olga, body: Parameters<RuleHarness["perform"]>[1]) =>
    outcome(harness.perform(who, body));
  const kinds = (feed: string) => (harness.events.get(feed) ?? []).map((event) => event.kind);
  return { harness, olga, mia, max, nils, does, kinds };
}

describe("names", () => {
  test("CM-8 a public room's new name is taken, its old one is free", () => {
    const { olga, nils, does, harness } = setUp();
    expect(does(olga, { kind: "rename_room", room: ROOM, name: "Coffee" })).toBe("done");
    expect(harness.facts(ROOM).room?.name).toBe("Coffee");
    const create = (room: string, name: string) =>
      does(nils, { kind: "create_room", room, room_kind: "public", name });
    expect(create(OTHER, "coffee")).toBe("room_name_taken");
    expect(create(OTHER, "Tea")).toBe("done");
  });

  test("CM-8 another spelling of its own name needs no claim, the same name changes nothing", () => {
    const { olga, does } = setUp();
    expect(does(olga, { kind: "rename_room", room: ROOM, name: "TEA" })).toBe("done");
    expect(does(olga, { kind: "rename_room", room: ROOM, name: "TEA" })).toBe("unchanged");
  });

  test("CM-8 a private room may take any name", () => {
    const { olga, nils, does } = setUp("private");
    does(nils, { kind: "create_room", room: OTHER, room_kind: "public", name: "Coffee" });
    expect(does(olga, { kind: "rename_room", room: ROOM, name: "Coffee" })).toBe("done");
  });
});

describe("roles", () => {
  test("CM-10 the last owner keeps the role, and may give it up when there is another", () => {
    const { olga, mia, does } = setUp();
    const step = (role: "member" | "owner", user = olga.id) =>
      does(olga, { kind: "change_role", room: ROOM, user, role });
    expect(step("member")).toBe("last_owner");
    expect(step("owner", mia.id)).toBe("done");
    expect(step("member")).toBe("done");
    expect(step("owner")).toBe("not_allowed");
    expect(does(mia, { kind: "leave_room", room: ROOM })).toBe("last_owner");
  });

  test("CM-15 only a member has a role", () => {
    const { olga, nils, does } = setUp();
    expect(does(olga, { kind: "change_role", room: ROOM, user: nils.id, role: "owner" })).toBe(
      "no_such_member",
    );
    expect(does(olga, { kind: "change_role", room: ROOM, user: uuidOf(99), role: "owner" })).toBe(
      "no_such_member",
    );
  });

  test("CM-15 a removed member has left, with the remover as actor, and may be invited again", () => {
    const { harness, olga, mia, nils, does, kinds } = setUp();
    expect(does(olga, { kind: "remove_member", room: ROOM, user: mia.id })).toBe("done");
    expect(harness.events.get(ROOM)?.at(-1)).toMatchObject({
      kind: "member_left",
      user: mia.id,
      actor: olga.id,
    });
    expect(kinds(userFeed(mia.id))).toEqual(["room_added", "room_removed"]);
    expect(does(olga, { kind: "remove_member", room: ROOM, user: mia.id })).toBe("unchanged");
    expect(does(olga, { kind: "remove_member", room: ROOM, user: nils.id })).toBe("unchanged");
    expect(does(olga, { kind: "remove_member", room: ROOM, user: uuidOf(99) })).toBe("no_such_user");
    expect(does(olga, { kind: "remove_member", room: ROOM, user: olga.id })).toBe("invalid");
    expect(does(olga, { kind: "invite_member", room: ROOM, user: mia.id })).toBe("done");
  });

  test("CM-10 the first member of the lobby owns it, members cannot be removed from it, and it cannot be deleted", () => {
    const { harness, olga, mia, does } = setUp();
    const lobby = harness.facts(LOBBY);
    lobby.room = { kind: "public", name: "Lobby", topic: "", owners: 0, members: 0, state: "open" };
    lobby.last = 1;
    for (const who of [olga, mia]) expect(does(who, { kind: "join_room", room: LOBBY })).toBe("done");
    expect([olga, mia].map(({ id }) => lobby.members.get(id))).toEqual(["owner", "member"]);
    expect(does(olga, { kind: "remove_member", room: LOBBY, user: mia.id })).toBe("lobby_stays");
    expect(does(olga, { kind: "archive_room", room: LOBBY })).toBe("lobby_stays");
    expect(does(olga, { kind: "delete_room", room: LOBBY })).toBe("lobby_stays");
    expect(does(olga, { kind: "set_topic", room: LOBBY, topic: "welcome" })).toBe("done");
  });
});

describe("archiving and deleting a room", () => {
  test("CM-16 an archived room accepts no additions, and members may leave it", () => {
    const { harness, olga, mia, max, nils, does } = setUp();
    harness.perform(mia, { kind: "send_message", room: ROOM, text: "hi" }, uuidOf(70));
    expect(does(olga, { kind: "archive_room", room: ROOM })).toBe("done");
    expect(does(olga, { kind: "archive_room", room: ROOM })).toBe("unchanged");
    const message = uuidOf(70);
    const refused = [
      does(mia, { kind: "send_message", room: ROOM, text: "more" }),
      does(mia, { kind: "edit_message", room: ROOM, message, text: "more" }),
      does(mia, { kind: "add_reaction", room: ROOM, message, emoji: "👍" }),
      does(mia, { kind: "remove_reaction", room: ROOM, message, emoji: "👍" }),
      does(nils, { kind: "join_room", room: ROOM }),
      does(mia, { kind: "invite_member", room: ROOM, user: nils.id }),
      does(olga, { kind: "rename_room", room: ROOM, name: "Coffee" }),
      does(olga, { kind: "set_topic", room: ROOM, topic: "beans" }),
    ];
    expect(new Set(refused)).toEqual(new Set(["room_archived"]));
    expect(does(mia, { kind: "mark_read", room: ROOM, seq: 6 })).toBe("done");
    expect(does(mia, { kind: "delete_message", room: ROOM, message })).toBe("done");
    expect(does(olga, { kind: "change_role", room: ROOM, user: mia.id, role: "owner" })).toBe("done");
    expect(does(olga, { kind: "remove_member", room: ROOM, user: max.id })).toBe("done");
    expect(does(mia, { kind: "leave_room", room: ROOM })).toBe("done");
    expect(does(olga, { kind: "unarchive_room", room: ROOM })).toBe("done");
    expect(does(olga, { kind: "unarchive_room", room: ROOM })).toBe("unchanged");
    expect(does(nils, { kind: "join_room", room: ROOM })).toBe("done");
  });

  test("CM-17 a deleted room does not exist for any role, its name is free and its id is not", () => {
    const { olga, mia, nils, does, kinds } = setUp();
    expect(does(olga, { kind: "delete_room", room: ROOM })).toBe("done");
    expect(kinds(ROOM).at(-1)).toBe("room_deleted");
    expect(does(mia, { kind: "send_message", room: ROOM, text: "hello?" })).toBe("no_such_room");
    expect(does(olga, { kind: "delete_room", room: ROOM })).toBe("no_such_room");
    expect(does(nils, { kind: "join_room", room: ROOM })).toBe("no_such_room");
    const create = (room: string) =>
      does(nils, { kind: "create_room", room, room_kind: "public", name: "Tea" });
    expect(create(ROOM)).toBe("invalid");
    expect(create(OTHER)).toBe("done");
  });
});
