import { afterAll, beforeAll, expect, test } from "bun:test";
import { directRoomId, LIMITS, LOBBY, type ServerFrames, userFeed } from "@parley/protocol";
import { newNonce, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

type Answer = Awaited<ReturnType<WireClient["command"]>>;
const code = (answer: Answer) => ("code" in answer ? answer.code : "ack");
const placed = (answer: Answer) => ("code" in answer ? [] : answer.events);

let people = 0;
async function person(): Promise<WireClient & { id: string }> {
  const client = new WireClient(server);
  const { user } = await client.join(`Person ${++people}`);
  return Object.assign(client, { id: user.id });
}

const say = (text: string, room: string = LOBBY) => ({ kind: "send_message", room, text }) as const;

test("CM-1 CM-2 a command gets one ack with its request, nonce and position, and every member receives the event", async () => {
  const [ada, bim] = [await person(), await person()];
  const nonce = newNonce();
  const ack = await ada.command(say("hello"), nonce);
  expect(ack).toMatchObject({ nonce, events: [{ feed: LOBBY }] });
  const [place] = placed(ack);
  for (const client of [ada, bim]) {
    await client.event(LOBBY, ({ nonce: own }) => own === nonce);
    const [event] = client.events(LOBBY).filter(({ nonce: own }) => own === nonce);
    expect(event).toMatchObject({ seq: place?.seq, id: place?.id, actor: ada.id, text: "hello", nonce });
  }
});

test("CM-2 the acks of one batch to one socket come in one frame", async () => {
  const ada = await person();
  await ada.settled();
  const count = 40;
  await Promise.all(Array.from({ length: count }, (_, index) => ada.command(say(`burst ${index}`))));
  const frames = ada.frames.filter((frame): frame is ServerFrames["ack"] => frame.type === "ack");
  expect(frames.flatMap(({ acks }) => acks)).toHaveLength(count);
  expect(frames.length).toBeLessThan(count / 2);
});

test("CM-3 a nonce sent again gets the first answer, marked; with other fields nonce_reused", async () => {
  const ada = await person();
  const nonce = newNonce();
  const first = await ada.command(say("once"), nonce);
  const again = await ada.command(say("once"), nonce);
  expect(again).toMatchObject({ duplicate: true, events: placed(first) });
  expect(code(await ada.command(say("twice"), nonce))).toBe("nonce_reused");
  await ada.settled();
  expect(ada.events(LOBBY).filter((event) => event.nonce === nonce)).toHaveLength(1);
});

test("CM-3 also when two sockets send it concurrently", async () => {
  const ada = await person();
  const twin = new WireClient(server, ada.token);
  await twin.join();
  const nonce = newNonce();
  const answers = await Promise.all(
    [ada, twin, ada, twin].map((client) => client.command(say("once"), nonce)),
  );
  expect(new Set(answers.map((answer) => JSON.stringify(placed(answer)))).size).toBe(1);
  expect(answers.filter((answer) => "duplicate" in answer)).toHaveLength(3);
});

test("CM-3 unchanged is an answer, too, and a resend gets it again", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = newNonce();
  await ada.command({ kind: "create_room", room, room_kind: "public", name: `Unchanged ${room}` });
  await bim.command({ kind: "join_room", room });
  const nonce = newNonce();
  expect(await bim.command({ kind: "join_room", room }, nonce)).toMatchObject({
    unchanged: true,
    events: [],
  });
  await bim.command({ kind: "leave_room", room });
  expect(await bim.command({ kind: "join_room", room }, nonce)).toMatchObject({
    unchanged: true,
    duplicate: true,
  });
  expect(code(await bim.command(say("am I in?", room)))).toBe("not_a_member");
});

test("CM-4 a refused command may come again with the same nonce once it is allowed", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = newNonce();
  await ada.command({ kind: "create_room", room, room_kind: "public", name: `Refused ${room}` });
  const nonce = newNonce();
  expect(await bim.command(say("too early", room), nonce)).toMatchObject({
    code: "not_a_member",
    final: true,
    nonce,
  });
  await bim.command({ kind: "join_room", room });
  expect(code(await bim.command(say("too early", room), nonce))).toBe("ack");
});

test("CM-5 CM-6 create, join and send in one go; a refused command between them does not affect the others", async () => {
  const ada = await person();
  const room = newNonce();
  const answers = await Promise.all([
    ada.command({ kind: "create_room", room, room_kind: "public", name: `Batch ${room}` }),
    ada.command(say("one", room)),
    ada.command(say("lost", newNonce())),
    ada.command({ kind: "leave_room", room }),
    ada.command(say("two", room)),
  ]);
  expect(answers.map(code)).toEqual(["ack", "ack", "no_such_room", "last_owner", "ack"]);
  expect(placed(answers[1] as Answer)[0]?.seq).toBe(3);
  expect(placed(answers[4] as Answer)[0]?.seq).toBe(4);
});

test("CM-8 CM-9 CM-13 names, ids, direct rooms, hidden rooms: each fault over the wire", async () => {
  const [ada, bim, eve] = [await person(), await person(), await person()];
  const [room, hidden] = [newNonce(), newNonce()];
  const direct = directRoomId(ada.id, bim.id);
  await ada.command({ kind: "create_room", room, room_kind: "public", name: "Kitchen" });
  await ada.command({
    kind: "create_room",
    room: hidden,
    room_kind: "private",
    name: "Kitchen",
    members: [bim.id],
  });
  await ada.command({ kind: "create_direct", room: direct, user: bim.id });
  const cases = [
    [eve, { kind: "create_room", room: newNonce(), room_kind: "public", name: "KITCHEN" }, "room_name_taken"],
    [eve, { kind: "create_room", room, room_kind: "public", name: "Other" }, "room_exists"],
    [eve, { kind: "join_room", room: hidden }, "no_such_room"],
    [eve, { kind: "join_room", room: newNonce() }, "no_such_room"],
    [eve, say("let me in", direct), "no_such_room"],
    [eve, say("hi", room), "not_a_member"],
    [bim, { kind: "leave_room", room: direct }, "direct_stays"],
    [bim, { kind: "invite_member", room: direct, user: eve.id }, "direct_stays"],
    [bim, { kind: "leave_room", room: LOBBY }, "lobby_stays"],
    [ada, { kind: "leave_room", room }, "last_owner"],
    [ada, { kind: "create_direct", room: directRoomId(ada.id, newNonce()), user: newNonce() }, "invalid"],
    [ada, { kind: "invite_member", room, user: newNonce() }, "no_such_user"],
    [ada, { kind: "edit_message", room, message: newNonce(), text: "x" }, "no_such_message"],
  ] as const;
  for (const [client, body, expected] of cases) expect(code(await client.command(body))).toBe(expected);
  expect(await bim.command({ kind: "create_direct", room: direct, user: ada.id })).toMatchObject({
    unchanged: true,
  });
});

test("CM-11 EV-6 edit and delete: by the author only; the log keeps seq and id and drops the text", async () => {
  const [ada, bim] = [await person(), await person()];
  const nonce = newNonce();
  const [sent] = placed(await ada.command(say("sceret"), nonce));
  const message = sent?.id ?? "";
  expect(code(await bim.command({ kind: "edit_message", room: LOBBY, message, text: "mine" }))).toBe(
    "not_author",
  );
  expect(code(await bim.command({ kind: "delete_message", room: LOBBY, message }))).toBe("not_allowed");
  expect(code(await ada.command({ kind: "edit_message", room: LOBBY, message: nonce, text: "secret" }))).toBe(
    "ack",
  );
  expect(code(await ada.command({ kind: "delete_message", room: LOBBY, message }))).toBe("ack");
  expect(code(await ada.command({ kind: "edit_message", room: LOBBY, message, text: "again" }))).toBe(
    "message_deleted",
  );
  const reader = new WireClient(server);
  const { epoch } = await reader.hello("Archivist");
  await reader.resume(epoch, [{ feed: LOBBY, seq: 0, id: newNonce() }]);
  await reader.event(LOBBY, ({ kind }) => kind === "message_deleted");
  const log = reader.events(LOBBY).filter(({ seq }) => seq >= (sent?.seq ?? 0));
  expect(log[0]).toMatchObject({
    seq: sent?.seq,
    id: message,
    kind: "message_sent",
    text: "",
    redacted: true,
  });
  expect(JSON.stringify(log)).not.toContain("secret");
});

test("CM-12 a membership is an event of the private feed, with the seq of the room", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = newNonce();
  await ada.command({ kind: "create_room", room, room_kind: "private", name: "Two", members: [bim.id] });
  const own = userFeed(bim.id);
  await bim.event(own, (event) => event.kind === "room_added" && event.room === room && event.room_seq === 3);
  await bim.command({ kind: "leave_room", room });
  await bim.event(
    own,
    (event) => event.kind === "room_removed" && event.room === room && event.room_seq === 4,
  );
});

test("LM-2 LM-3 the largest text passes, also escaped; a larger frame closes with 1009", async () => {
  const ada = await person();
  const text = "😀".repeat(LIMITS.text);
  expect(code(await ada.command(say(text)))).toBe("ack");
  const escaped = [...text]
    .map((point) => `\\u${point.charCodeAt(0).toString(16)}\\u${point.charCodeAt(1).toString(16)}`)
    .join("");
  const nonce = newNonce();
  await ada.send(
    `{"type":"command","request":900,"nonce":"${nonce}","kind":"send_message","room":"lobby","text":"${escaped}"}`,
  );
  await ada.next("ack", ({ acks }) => acks.some((ack) => ack.nonce === nonce));
  expect(await ada.command(say(`${text}!`))).toMatchObject({ code: "invalid", final: true });
  await ada.send(" ".repeat(LIMITS.frame_bytes + 1));
  expect((await ada.closed).code).toBe(1009);
});

test("FT-3 after an invalid frame the connection stays open", async () => {
  const ada = await person();
  for (const bad of ["not json", "[]", "{}", '{"type":"dance"}', new Uint8Array([0xff, 0xfe])]) {
    await ada.send(bad);
    expect(["bad_frame", "unknown_kind"]).toContain((await ada.next("fault")).code);
  }
  expect(code(await ada.command(say("still here")))).toBe("ack");
});
