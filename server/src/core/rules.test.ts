import { describe, expect, test } from "bun:test";
import { type CommandBody, directRoomId, LIMITS, LOBBY, userFeed } from "@parley/protocol";
import { outcome, RuleHarness, uuidOf } from "../testing/rule-harness.ts";
import { fold } from "./facts.ts";
import { needs } from "./rules.ts";

const ROOM = uuidOf(500);

function setUp() {
  const harness = new RuleHarness();
  const ada = harness.user(1, "Ada");
  const bim = harness.user(2, "Bim");
  harness.perform(ada, { kind: "create_room", room: ROOM, room_kind: "public", name: "Tea  Room" });
  return { harness, ada, bim };
}

const kinds = (harness: RuleHarness, feed: string) =>
  (harness.events.get(feed) ?? []).map(({ kind }) => kind);

describe("rooms", () => {
  test("CM-8 the creator owns the room, and the private feed has it", () => {
    const { harness, ada } = setUp();
    expect(kinds(harness, ROOM)).toEqual(["room_created", "member_joined"]);
    expect(harness.facts(ROOM).members.get(ada.id)).toBe("owner");
    expect(harness.events.get(userFeed(ada.id))).toMatchObject([
      { kind: "room_added", room: ROOM, room_seq: 2 },
    ]);
  });

  test("CM-8 names of public rooms are unique by key, of private ones not", () => {
    const { harness, bim } = setUp();
    const create = (room: string, name: string, room_kind: "public" | "private") =>
      outcome(harness.perform(bim, { kind: "create_room", room, room_kind, name }));
    expect(create(uuidOf(501), "ＴＥＡ room", "public")).toBe("room_name_taken");
    expect(create(uuidOf(502), "Tea room", "private")).toBe("done");
    expect(create(uuidOf(503), "Tea room", "private")).toBe("done");
  });

  test("CM-8 an id in use is rejected, for its creator, too", () => {
    const { harness, ada, bim } = setUp();
    for (const actor of [ada, bim]) {
      const again = harness.perform(actor, {
        kind: "create_room",
        room: ROOM,
        room_kind: "public",
        name: "Other",
      });
      expect(outcome(again)).toBe("room_exists");
    }
  });

  test("CM-8 CM-13 the id of a hidden or deleted room is answered as one that no room can have", () => {
    const { harness, ada, bim } = setUp();
    const [hidden, gone] = [uuidOf(510), uuidOf(511)];
    for (const room of [hidden, gone])
      harness.perform(ada, { kind: "create_room", room, room_kind: "private", name: "Hidden" });
    harness.perform(ada, { kind: "delete_room", room: gone });
    for (const room_kind of ["public", "private"] as const) {
      const create = (room: string) =>
        harness.perform(bim, { kind: "create_room", room, room_kind, name: "Hidden" });
      const reserved = create("00000000-0000-0000-0000-000000000000");
      expect(outcome(reserved)).toBe("invalid");
      expect(create("ffffffff-ffff-ffff-ffff-ffffffffffff")).toEqual(reserved);
      expect(create(hidden)).toEqual(reserved);
      expect(create(gone)).toEqual(reserved);
    }
    const own = { kind: "create_room", room: hidden, room_kind: "private", name: "Hidden" } as const;
    expect(outcome(harness.perform(ada, own))).toBe("room_exists");
  });

  test("CM-21 who brought a user into a room cannot do it again after a leave; others can, and a removal is none", () => {
    const { harness, ada, bim } = setUp();
    const cat = harness.user(3, "Cat");
    const room = uuidOf(520);
    const does = (actor: typeof ada, body: CommandBody) => outcome(harness.perform(actor, body));
    const invite = (by: typeof ada) => does(by, { kind: "invite_member", room, user: bim.id });
    const leave = () => does(bim, { kind: "leave_room", room });
    const members = [bim.id, cat.id];
    does(ada, { kind: "create_room", room, room_kind: "public", name: "Trap", members });
    expect([leave(), invite(ada)]).toEqual(["done", "invited_already"]);
    expect([invite(cat), leave(), invite(cat)]).toEqual(["done", "done", "invited_already"]);
    // The user comes back alone, and leaves: no other brought it in.
    expect([does(bim, { kind: "join_room", room }), leave(), invite(cat)]).toEqual(["done", "done", "done"]);
    expect([does(ada, { kind: "remove_member", room, user: bim.id }), invite(cat)]).toEqual(["done", "done"]);
  });

  test("CM-12 first members are in the room with the seq of their joining", () => {
    const { harness, ada, bim } = setUp();
    const room = uuidOf(501);
    harness.perform(ada, {
      kind: "create_room",
      room,
      room_kind: "private",
      name: "Two",
      members: [bim.id, ada.id, bim.id],
    });
    expect(kinds(harness, room)).toEqual(["room_created", "member_joined", "member_joined"]);
    expect(harness.events.get(userFeed(bim.id))).toMatchObject([{ room, room_seq: 3 }]);
  });

  test("CM-12 a command names at most eight feeds, also the largest one", () => {
    const members = Array.from({ length: LIMITS.first_members }, (_, index) => uuidOf(100 + index));
    const body = { kind: "create_room", room: ROOM, room_kind: "private", name: "Many", members } as const;
    const actor = { id: uuidOf(1), name: "Ada", walk_in: false };
    expect(needs({ actor, nonce: uuidOf(2), at: 0, body })).toHaveLength(LIMITS.feeds_per_command);
  });

  test("an unknown user cannot be added", () => {
    const { harness, ada } = setUp();
    const ghost = uuidOf(99);
    const room = uuidOf(501);
    const create: CommandBody = {
      kind: "create_room",
      room,
      room_kind: "private",
      name: "Ghosts",
      members: [ghost],
    };
    expect(outcome(harness.perform(ada, create))).toBe("no_such_user");
    expect(outcome(harness.perform(ada, { kind: "invite_member", room: ROOM, user: ghost }))).toBe(
      "no_such_user",
    );
    const direct = { kind: "create_direct", room: directRoomId(ada.id, ghost), user: ghost } as const;
    expect(outcome(harness.perform(ada, direct))).toBe("no_such_user");
  });

  test("CM-14 a walk-in posts in public rooms, marked as such, and can do nothing else", () => {
    const { harness, ada } = setUp();
    const walkIn = { id: uuidOf(9), name: "Wim", walk_in: true };
    const sent = harness.perform(walkIn, { kind: "send_message", room: ROOM, text: "hi" });
    expect(sent).toMatchObject({ drafts: [{ event: { walk_in: true } }] });
    const [message] = (harness.events.get(ROOM) ?? []).filter(({ kind }) => kind === "message_sent");
    const refused: CommandBody[] = [
      { kind: "create_room", room: uuidOf(501), room_kind: "public", name: "Mine" },
      { kind: "create_direct", room: directRoomId(walkIn.id, ada.id), user: ada.id },
      { kind: "edit_message", room: ROOM, message: message?.id ?? "", text: "better" },
      { kind: "delete_message", room: ROOM, message: message?.id ?? "" },
    ];
    expect(refused.map((body) => outcome(harness.perform(walkIn, body)))).toEqual(
      refused.map(() => "not_allowed"),
    );
  });

  test("CM-9 a pair has one direct room, created by either; its id must be made from the two", () => {
    const { harness, ada, bim } = setUp();
    const room = directRoomId(ada.id, bim.id);
    expect(outcome(harness.perform(ada, { kind: "create_direct", room: ROOM, user: bim.id }))).toBe(
      "invalid",
    );
    expect(outcome(harness.perform(ada, { kind: "create_direct", room, user: ada.id }))).toBe("invalid");
    expect(outcome(harness.perform(bim, { kind: "create_direct", room, user: ada.id }))).toBe("done");
    expect(outcome(harness.perform(ada, { kind: "create_direct", room, user: bim.id }))).toBe("unchanged");
    expect(kinds(harness, room)).toEqual(["room_created", "member_joined", "member_joined"]);
  });

  test("CM-10 the last owner stays until there is another; joining and leaving twice change nothing", () => {
    const { harness, ada, bim } = setUp();
    const join = { kind: "join_room", room: ROOM } as const;
    const leave = { kind: "leave_room", room: ROOM } as const;
    expect(outcome(harness.perform(ada, leave))).toBe("last_owner");
    expect(outcome(harness.perform(bim, join))).toBe("done");
    expect(outcome(harness.perform(bim, join))).toBe("unchanged");
    expect(outcome(harness.perform(bim, leave))).toBe("done");
    expect(outcome(harness.perform(bim, leave))).toBe("unchanged");
    expect(kinds(harness, userFeed(bim.id))).toEqual(["room_added", "room_removed"]);
  });

  test("CM-10 leaving the lobby is rejected", () => {
    const { harness, ada } = setUp();
    const lobby = harness.facts(LOBBY);
    lobby.room = { kind: "public", name: "Lobby", topic: "", owners: 0, members: 0, state: "open" };
    expect(outcome(harness.perform(ada, { kind: "join_room", room: LOBBY }))).toBe("done");
    expect(outcome(harness.perform(ada, { kind: "leave_room", room: LOBBY }))).toBe("lobby_stays");
  });

  test("CM-13 an unknown room and a private room of others get the same fault", () => {
    const { harness, ada, bim } = setUp();
    const hidden = uuidOf(501);
    harness.perform(ada, { kind: "create_room", room: hidden, room_kind: "private", name: "Secret" });
    const answers = [hidden, uuidOf(777)].map((room) => harness.perform(bim, { kind: "join_room", room }));
    expect(answers.map(outcome)).toEqual(["no_such_room", "no_such_room"]);
    expect(JSON.stringify(answers[0])).toBe(JSON.stringify(answers[1]));
  });

  test("an invitation makes a member once", () => {
    const { harness, ada, bim } = setUp();
    const hidden = uuidOf(501);
    harness.perform(ada, { kind: "create_room", room: hidden, room_kind: "private", name: "Secret" });
    const invite = { kind: "invite_member", room: hidden, user: bim.id } as const;
    expect(outcome(harness.perform(ada, invite))).toBe("done");
    expect(outcome(harness.perform(ada, invite))).toBe("unchanged");
    expect(outcome(harness.perform(bim, { kind: "send_message", room: hidden, text: "hi" }))).toBe("done");
  });
});

describe("messages", () => {
  test("CM-11 a message is named by its id or by its author's nonce; nonces of others match nothing", () => {
    const { harness, ada, bim } = setUp();
    harness.perform(bim, { kind: "join_room", room: ROOM });
    const nonce = uuidOf(600);
    harness.perform(ada, { kind: "send_message", room: ROOM, text: "one" }, nonce);
    // Bim copies Ada's nonce from the event: it must not come between her and her message.
    harness.perform(bim, { kind: "send_message", room: ROOM, text: "two" }, nonce);
    const edit = { kind: "edit_message", room: ROOM, message: nonce, text: "one!" } as const;
    expect(harness.perform(ada, edit)).toMatchObject({ drafts: [{ event: { message: { seq: 4 } } }] });
    expect(harness.perform(bim, edit)).toMatchObject({ drafts: [{ event: { message: { seq: 5 } } }] });
  });

  test("CM-11 a deleted message cannot be edited, and deleting it again changes nothing", () => {
    const { harness, ada } = setUp();
    const nonce = uuidOf(600);
    harness.perform(ada, { kind: "send_message", room: ROOM, text: "one" }, nonce);
    const remove = { kind: "delete_message", room: ROOM, message: nonce } as const;
    expect(outcome(harness.perform(ada, remove))).toBe("done");
    expect(outcome(harness.perform(ada, remove))).toBe("unchanged");
    const edit = { kind: "edit_message", room: ROOM, message: nonce, text: "no" } as const;
    expect(outcome(harness.perform(ada, edit))).toBe("message_deleted");
  });

  test("a reply names its message by id and seq, also by an own nonce; an unknown message is rejected", () => {
    const { harness, ada } = setUp();
    const nonce = uuidOf(600);
    harness.perform(ada, { kind: "send_message", room: ROOM, text: "one" }, nonce);
    const reply = (reply_to: string) =>
      harness.perform(ada, { kind: "send_message", room: ROOM, text: "two", reply_to });
    expect(reply(nonce)).toMatchObject({ drafts: [{ event: { reply_to: { seq: 3 } } }] });
    expect(outcome(reply(uuidOf(601)))).toBe("no_such_message");
    for (const kind of ["edit_message", "delete_message"] as const) {
      const body = { kind, room: ROOM, message: uuidOf(601), text: "x" };
      expect(outcome(harness.perform(ada, body))).toBe("no_such_message");
    }
  });
});

describe("fold", () => {
  test("rejects an event whose seq is not the next one", () => {
    const { harness, ada } = setUp();
    const event = { kind: "message_deleted", message: { id: uuidOf(1), seq: 1 }, id: uuidOf(2) } as const;
    const stamp = { actor: ada.id, name: "Ada", at: 0, nonce: uuidOf(3) };
    for (const seq of [2, 4]) expect(() => fold(harness.facts(ROOM), { ...event, ...stamp, seq })).toThrow();
  });

  test("every seeded sequence of commands keeps owners, roles and numbers in step with the events", () => {
    for (let seed = 1; seed <= 200; seed++) checkSequence(seed);
  });
});

/** Random commands of three people in two rooms; afterwards the facts must follow from the events alone. */
function checkSequence(seed: number): void {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const harness = new RuleHarness();
  const people = [1, 2, 3].map((number) => harness.user(number, `P${number}`));
  const rooms = [uuidOf(500), uuidOf(501)];
  for (let step = 0; step < 40; step++) {
    const actor = people[random(3)] ?? people[0];
    const room = rooms[random(2)] ?? ROOM;
    if (!actor) return;
    switch (random(5)) {
      case 0:
        harness.perform(actor, {
          kind: "create_room",
          room,
          room_kind: "public",
          name: `room ${random(2)}`,
        });
        break;
      case 1:
        harness.perform(actor, { kind: "join_room", room });
        break;
      case 2:
        harness.perform(actor, { kind: "leave_room", room });
        break;
      default:
        harness.perform(actor, { kind: "send_message", room, text: "x" });
    }
  }
  for (const room of rooms) {
    const members = new Map<string, string>();
    for (const [index, event] of (harness.events.get(room) ?? []).entries()) {
      expect(event.seq, `seed ${seed}`).toBe(index + 1);
      if (event.kind === "member_joined") members.set(event.user, event.role);
      if (event.kind === "member_left") members.delete(event.user);
      if (event.kind === "message_sent") expect(members.has(event.actor), `seed ${seed}`).toBe(true);
    }
    const facts = harness.facts(room);
    const owners = [...members.values()].filter((role) => role === "owner").length;
    expect(facts.room?.owners ?? 0, `seed ${seed}`).toBe(owners);
    if (facts.room) expect(owners, `seed ${seed}`).toBeGreaterThan(0);
    const present = [...facts.members].filter(([, role]) => role !== null).map(([user]) => user);
    expect(present.sort(), `seed ${seed}`).toEqual([...members.keys()].sort());
  }
}

test("the server redacts a message in any room and of any author, once", () => {
  const harness = new RuleHarness();
  const [server, ann] = [harness.user(0, "Parley"), harness.user(1, "Ann")];
  const room = uuidOf(600);
  harness.perform(ann, { kind: "create_room", room, room_kind: "private", name: "Quiet" });
  harness.perform(ann, { kind: "send_message", room, text: "secret" });
  const message = harness.events.get(room)?.at(-1)?.id ?? "";
  const redact = (room: string, message: string) =>
    outcome(harness.perform(server, { kind: "redact_message", room, message }));
  expect(redact(room, uuidOf(7))).toBe("no_such_message");
  expect(redact(uuidOf(601), message)).toBe("no_such_room");
  expect(redact(room, message)).toBe("done");
  expect(redact(room, message)).toBe("unchanged");
});
