import { describe, expect, test } from "bun:test";
import { type CommandBody, directRoomId, LIMITS, LOBBY, userFeed } from "@parley/protocol";
import { outcome, RuleHarness, uuidOf } from "../testing/rule-harness.ts";
import { fold } from "./facts.ts";
import { needs } from "./rules.ts";

const ROOM = uuidOf(500);

function setUp() {
  const rehearsal = new RuleHarness();
  const ada = rehearsal.user(1, "Ada");
  const bim = rehearsal.user(2, "Bim");
  rehearsal.perform(ada, { kind: "create_room", room: ROOM, room_kind: "public", name: "Tea  Room" });
  return { rehearsal, ada, bim };
}

const kinds = (rehearsal: RuleHarness, feed: string) =>
  (rehearsal.events.get(feed) ?? []).map(({ kind }) => kind);

describe("rooms", () => {
  test("CM-8 the creator owns the room, and it stands in the private feed", () => {
    const { rehearsal, ada } = setUp();
    expect(kinds(rehearsal, ROOM)).toEqual(["room_created", "member_joined"]);
    expect(rehearsal.facts(ROOM).members.get(ada.id)).toBe("owner");
    expect(rehearsal.events.get(userFeed(ada.id))).toMatchObject([
      { kind: "room_added", room: ROOM, room_seq: 2 },
    ]);
  });

  test("CM-8 names of public rooms are unique by key, of private ones not", () => {
    const { rehearsal, bim } = setUp();
    const create = (room: string, name: string, room_kind: "public" | "private") =>
      outcome(rehearsal.perform(bim, { kind: "create_room", room, room_kind, name }));
    expect(create(uuidOf(501), "ＴＥＡ room", "public")).toBe("room_name_taken");
    expect(create(uuidOf(502), "Tea room", "private")).toBe("done");
    expect(create(uuidOf(503), "Tea room", "private")).toBe("done");
  });

  test("CM-8 an id in use is refused, whoever made it", () => {
    const { rehearsal, ada, bim } = setUp();
    for (const actor of [ada, bim]) {
      const again = rehearsal.perform(actor, {
        kind: "create_room",
        room: ROOM,
        room_kind: "public",
        name: "Other",
      });
      expect(outcome(again)).toBe("room_exists");
    }
  });

  test("CM-12 first members are in the room with the seq of their joining", () => {
    const { rehearsal, ada, bim } = setUp();
    const room = uuidOf(501);
    rehearsal.perform(ada, {
      kind: "create_room",
      room,
      room_kind: "private",
      name: "Two",
      members: [bim.id, ada.id, bim.id],
    });
    expect(kinds(rehearsal, room)).toEqual(["room_created", "member_joined", "member_joined"]);
    expect(rehearsal.events.get(userFeed(bim.id))).toMatchObject([{ room, room_seq: 3 }]);
  });

  test("CM-12 a command names at most eight feeds, also the largest one", () => {
    const members = Array.from({ length: LIMITS.first_members }, (_, index) => uuidOf(100 + index));
    const body = { kind: "create_room", room: ROOM, room_kind: "private", name: "Many", members } as const;
    const actor = { id: uuidOf(1), name: "Ada", walk_in: false };
    expect(needs({ actor, nonce: uuidOf(2), at: 0, body })).toHaveLength(LIMITS.feeds_per_command);
  });

  test("an unknown user cannot be brought in", () => {
    const { rehearsal, ada } = setUp();
    const ghost = uuidOf(99);
    const room = uuidOf(501);
    const create: CommandBody = {
      kind: "create_room",
      room,
      room_kind: "private",
      name: "Ghosts",
      members: [ghost],
    };
    expect(outcome(rehearsal.perform(ada, create))).toBe("no_such_user");
    expect(outcome(rehearsal.perform(ada, { kind: "invite_member", room: ROOM, user: ghost }))).toBe(
      "no_such_user",
    );
    const direct = { kind: "create_direct", room: directRoomId(ada.id, ghost), user: ghost } as const;
    expect(outcome(rehearsal.perform(ada, direct))).toBe("no_such_user");
  });

  test("CM-14 a walk-in posts in public rooms, marked as such, and can do nothing else", () => {
    const { rehearsal, ada } = setUp();
    const walkIn = { id: uuidOf(9), name: "Wim", walk_in: true };
    const sent = rehearsal.perform(walkIn, { kind: "send_message", room: ROOM, text: "hi" });
    expect(sent).toMatchObject({ drafts: [{ event: { walk_in: true } }] });
    const [message] = (rehearsal.events.get(ROOM) ?? []).filter(({ kind }) => kind === "message_sent");
    const refused: CommandBody[] = [
      { kind: "create_room", room: uuidOf(501), room_kind: "public", name: "Mine" },
      { kind: "create_direct", room: directRoomId(walkIn.id, ada.id), user: ada.id },
      { kind: "edit_message", room: ROOM, message: message?.id ?? "", text: "better" },
      { kind: "delete_message", room: ROOM, message: message?.id ?? "" },
    ];
    expect(refused.map((body) => outcome(rehearsal.perform(walkIn, body)))).toEqual(
      refused.map(() => "not_allowed"),
    );
  });

  test("CM-9 one direct room a pair, whoever asks first; its id must be theirs", () => {
    const { rehearsal, ada, bim } = setUp();
    const room = directRoomId(ada.id, bim.id);
    expect(outcome(rehearsal.perform(ada, { kind: "create_direct", room: ROOM, user: bim.id }))).toBe(
      "invalid",
    );
    expect(outcome(rehearsal.perform(ada, { kind: "create_direct", room, user: ada.id }))).toBe("invalid");
    expect(outcome(rehearsal.perform(bim, { kind: "create_direct", room, user: ada.id }))).toBe("done");
    expect(outcome(rehearsal.perform(ada, { kind: "create_direct", room, user: bim.id }))).toBe("unchanged");
    expect(kinds(rehearsal, room)).toEqual(["room_created", "member_joined", "member_joined"]);
  });

  test("CM-10 the last owner stays until there is another; joining and leaving twice change nothing", () => {
    const { rehearsal, ada, bim } = setUp();
    const join = { kind: "join_room", room: ROOM } as const;
    const leave = { kind: "leave_room", room: ROOM } as const;
    expect(outcome(rehearsal.perform(ada, leave))).toBe("last_owner");
    expect(outcome(rehearsal.perform(bim, join))).toBe("done");
    expect(outcome(rehearsal.perform(bim, join))).toBe("unchanged");
    expect(outcome(rehearsal.perform(bim, leave))).toBe("done");
    expect(outcome(rehearsal.perform(bim, leave))).toBe("unchanged");
    expect(kinds(rehearsal, userFeed(bim.id))).toEqual(["room_added", "room_removed"]);
  });

  test("CM-10 nobody leaves the lobby", () => {
    const { rehearsal, ada } = setUp();
    const lobby = rehearsal.facts(LOBBY);
    lobby.room = { kind: "public", name: "Lobby", topic: "", owners: 0, members: 0, state: "open" };
    expect(outcome(rehearsal.perform(ada, { kind: "join_room", room: LOBBY }))).toBe("done");
    expect(outcome(rehearsal.perform(ada, { kind: "leave_room", room: LOBBY }))).toBe("lobby_stays");
  });

  test("CM-13 a room that is not there and a private one of others look the same", () => {
    const { rehearsal, ada, bim } = setUp();
    const hidden = uuidOf(501);
    rehearsal.perform(ada, { kind: "create_room", room: hidden, room_kind: "private", name: "Secret" });
    const answers = [hidden, uuidOf(777)].map((room) => rehearsal.perform(bim, { kind: "join_room", room }));
    expect(answers.map(outcome)).toEqual(["no_such_room", "no_such_room"]);
    expect(JSON.stringify(answers[0])).toBe(JSON.stringify(answers[1]));
  });

  test("an invitation makes a member once", () => {
    const { rehearsal, ada, bim } = setUp();
    const hidden = uuidOf(501);
    rehearsal.perform(ada, { kind: "create_room", room: hidden, room_kind: "private", name: "Secret" });
    const invite = { kind: "invite_member", room: hidden, user: bim.id } as const;
    expect(outcome(rehearsal.perform(ada, invite))).toBe("done");
    expect(outcome(rehearsal.perform(ada, invite))).toBe("unchanged");
    expect(outcome(rehearsal.perform(bim, { kind: "send_message", room: hidden, text: "hi" }))).toBe("done");
  });
});

describe("messages", () => {
  test("CM-11 a message is named by id or by its author's nonce; nonces of others name nothing", () => {
    const { rehearsal, ada, bim } = setUp();
    rehearsal.perform(bim, { kind: "join_room", room: ROOM });
    const nonce = uuidOf(600);
    rehearsal.perform(ada, { kind: "send_message", room: ROOM, text: "one" }, nonce);
    // Bim copies Ada's nonce from the event: it must not come between her and her message.
    rehearsal.perform(bim, { kind: "send_message", room: ROOM, text: "two" }, nonce);
    const edit = { kind: "edit_message", room: ROOM, message: nonce, text: "one!" } as const;
    expect(rehearsal.perform(ada, edit)).toMatchObject({ drafts: [{ event: { message: { seq: 4 } } }] });
    expect(rehearsal.perform(bim, edit)).toMatchObject({ drafts: [{ event: { message: { seq: 5 } } }] });
  });

  test("CM-11 what is deleted is not edited, and deleting it again changes nothing", () => {
    const { rehearsal, ada } = setUp();
    const nonce = uuidOf(600);
    rehearsal.perform(ada, { kind: "send_message", room: ROOM, text: "one" }, nonce);
    const remove = { kind: "delete_message", room: ROOM, message: nonce } as const;
    expect(outcome(rehearsal.perform(ada, remove))).toBe("done");
    expect(outcome(rehearsal.perform(ada, remove))).toBe("unchanged");
    const edit = { kind: "edit_message", room: ROOM, message: nonce, text: "no" } as const;
    expect(outcome(rehearsal.perform(ada, edit))).toBe("message_deleted");
  });

  test("a reply names what it answers by id and seq, also by an own nonce; what is not there is refused", () => {
    const { rehearsal, ada } = setUp();
    const nonce = uuidOf(600);
    rehearsal.perform(ada, { kind: "send_message", room: ROOM, text: "one" }, nonce);
    const reply = (reply_to: string) =>
      rehearsal.perform(ada, { kind: "send_message", room: ROOM, text: "two", reply_to });
    expect(reply(nonce)).toMatchObject({ drafts: [{ event: { reply_to: { seq: 3 } } }] });
    expect(outcome(reply(uuidOf(601)))).toBe("no_such_message");
    for (const kind of ["edit_message", "delete_message"] as const) {
      const body = { kind, room: ROOM, message: uuidOf(601), text: "x" };
      expect(outcome(rehearsal.perform(ada, body))).toBe("no_such_message");
    }
  });
});

describe("fold", () => {
  test("refuses an event out of turn: that would be a hole", () => {
    const { rehearsal, ada } = setUp();
    const event = { kind: "message_deleted", message: { id: uuidOf(1), seq: 1 }, id: uuidOf(2) } as const;
    const stamp = { actor: ada.id, name: "Ada", at: 0, nonce: uuidOf(3) };
    for (const seq of [2, 4])
      expect(() => fold(rehearsal.facts(ROOM), { ...event, ...stamp, seq })).toThrow();
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
  const rehearsal = new RuleHarness();
  const people = [1, 2, 3].map((number) => rehearsal.user(number, `P${number}`));
  const rooms = [uuidOf(500), uuidOf(501)];
  for (let step = 0; step < 40; step++) {
    const actor = people[random(3)] ?? people[0];
    const room = rooms[random(2)] ?? ROOM;
    if (!actor) return;
    switch (random(5)) {
      case 0:
        rehearsal.perform(actor, {
          kind: "create_room",
          room,
          room_kind: "public",
          name: `room ${random(2)}`,
        });
        break;
      case 1:
        rehearsal.perform(actor, { kind: "join_room", room });
        break;
      case 2:
        rehearsal.perform(actor, { kind: "leave_room", room });
        break;
      default:
        rehearsal.perform(actor, { kind: "send_message", room, text: "x" });
    }
  }
  for (const room of rooms) {
    const members = new Map<string, string>();
    for (const [index, event] of (rehearsal.events.get(room) ?? []).entries()) {
      expect(event.seq, `seed ${seed}`).toBe(index + 1);
      if (event.kind === "member_joined") members.set(event.user, event.role);
      if (event.kind === "member_left") members.delete(event.user);
      if (event.kind === "message_sent") expect(members.has(event.actor), `seed ${seed}`).toBe(true);
    }
    const facts = rehearsal.facts(room);
    const owners = [...members.values()].filter((role) => role === "owner").length;
    expect(facts.room?.owners ?? 0, `seed ${seed}`).toBe(owners);
    if (facts.room) expect(owners, `seed ${seed}`).toBeGreaterThan(0);
    const present = [...facts.members].filter(([, role]) => role !== null).map(([user]) => user);
    expect(present.sort(), `seed ${seed}`).toEqual([...members.keys()].sort());
  }
}

test("the server redacts a message in any room, whoever its author is; once", () => {
  const rehearsal = new RuleHarness();
  const [server, ann] = [rehearsal.user(0, "Parley"), rehearsal.user(1, "Ann")];
  const room = uuidOf(600);
  rehearsal.perform(ann, { kind: "create_room", room, room_kind: "private", name: "Quiet" });
  rehearsal.perform(ann, { kind: "send_message", room, text: "secret" });
  const message = rehearsal.events.get(room)?.at(-1)?.id ?? "";
  const redact = (room: string, message: string) =>
    outcome(rehearsal.perform(server, { kind: "redact_message", room, message }));
  expect(redact(room, uuidOf(7))).toBe("no_such_message");
  expect(redact(uuidOf(601), message)).toBe("no_such_room");
  expect(redact(room, message)).toBe("done");
  expect(redact(room, message)).toBe("unchanged");
});
