import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LIMITS, LOBBY, type ServerFrames, userFeed } from "@parley/protocol";
import { HealthyPair } from "../../support/healthy-pair.ts";
import { frameBytes, OPCODES, RawClient } from "../../support/raw-socket.ts";
import { newNonce, startTestServer, type TestServer, WireClient } from "../../support/test-server.ts";

let server: TestServer;
let pair: HealthyPair;
beforeAll(async () => {
  server = await startTestServer();
  pair = await HealthyPair.start(server);
});
afterAll(async () => {
  // Whatever was thrown at the server above, these two never noticed.
  const { latencies } = await pair.end();
  expect(latencies.length).toBeGreaterThan(0);
  await server.end();
});

type Answer = Awaited<ReturnType<WireClient["command"]>>;
const code = (answer: Answer) => ("code" in answer ? answer.code : "ack");

let people = 0;
async function person(): Promise<WireClient & { id: string; epoch: string }> {
  const client = new WireClient(server);
  const { user, epoch } = await client.join(`Turner ${++people}`);
  return Object.assign(client, { id: user.id, epoch });
}

/** A connection that has said hello, where frames are written as bytes. */
async function rawPerson(): Promise<RawClient> {
  const raw = new RawClient(server.port);
  await raw.upgrade();
  const { token } = new WireClient(server);
  raw.send(
    frameBytes(
      OPCODES.text,
      JSON.stringify({ type: "hello", token, device: "raw", name: `Turner ${++people}` }),
    ),
  );
  for (;;) {
    const { payload } = await raw.frame();
    if (payload.toString().includes('"type":"welcome"')) return raw;
  }
}

const faultsOf = (client: WireClient) =>
  client.frames.filter((frame): frame is ServerFrames["fault"] => frame.type === "fault");

describe("FT-3 what is not a frame", () => {
  const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const deepObject = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  const rows: [how: string, frame: string | Uint8Array, code: string][] = [
    ["nothing", "", "bad_frame"],
    ["no JSON", "hello", "bad_frame"],
    ["half JSON", '{"type":"ping"', "bad_frame"],
    ["two frames in one", '{"type":"ping"}{"type":"ping"}', "bad_frame"],
    ["a list", '[{"type":"ping"}]', "bad_frame"],
    ["null", "null", "bad_frame"],
    ["a number", "1e999", "bad_frame"],
    ["a text", '"ping"', "bad_frame"],
    ["no type", "{}", "bad_frame"],
    ["a type that is no text", '{"type":["ping"]}', "bad_frame"],
    ["binary", new Uint8Array([1, 2, 3]), "bad_frame"],
    ["binary that is JSON", Buffer.from('{"type":"ping"}'), "bad_frame"],
    ["lists 10,000 deep", deep(10_000), "bad_frame"],
    ["objects 10,000 deep", deepObject(10_000), "bad_frame"],
    ["a byte order mark", '\ufeff{"type":"ping"}', "bad_frame"],
    ["an unknown type", '{"type":"shout"}', "unknown_kind"],
    ["a type in capitals", '{"type":"PING"}', "unknown_kind"],
    ["a frame of the server", '{"type":"welcome"}', "unknown_kind"],
    ["the type __proto__", '{"type":"__proto__"}', "unknown_kind"],
    ["the type constructor", '{"type":"constructor"}', "unknown_kind"],
    ["the type toString", '{"type":"toString"}', "unknown_kind"],
    ["an endless type", JSON.stringify({ type: "x".repeat(100_000) }), "unknown_kind"],
    ["a type by its prototype", '{"__proto__":{"type":"ping"}}', "bad_frame"],
  ];
  test.each(rows)("FT-3 %s gets a fault, and the connection stays open", async (_, frame, expected) => {
    const client = await person();
    await client.send(frame);
    await client.settled();
    expect(faultsOf(client).map(({ code, final }) => [code, final])).toEqual([[expected, true]]);
    expect(faultsOf(client)[0]?.text.length).toBeLessThan(300);
    expect(code(await client.command({ kind: "send_message", room: LOBBY, text: "still here" }))).toBe("ack");
    client.close();
  });

  const kinds: unknown[] = [
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "mark_read",
    "",
    "x".repeat(50_000),
  ];
  // What turns into text in a way of its own.
  kinds.push(null, 7, ["join_room"], { toString: 7, valueOf: 7 }, { toString: null });
  test.each(kinds.map((kind) => [JSON.stringify(kind).slice(0, 40), kind]))(
    "FT-3 the kind %s is unknown, and the answer names the command",
    async (_, kind) => {
      const client = await person();
      const nonce = newNonce();
      await client.send({ type: "command", request: 9, nonce, kind, room: LOBBY, seq: 1 });
      await client.settled();
      expect(faultsOf(client)).toMatchObject([{ code: "unknown_kind", request: 9, nonce, final: true }]);
      client.close();
    },
  );

  test("FT-3 fields 10,000 deep are refused or dropped, and the connection stays open", async () => {
    const client = await person();
    const command = `"type":"command","request":1,"kind":"send_message","room":"lobby"`;
    await client.send(`{${command},"nonce":"${newNonce()}","text":${deep(10_000)}}`);
    await client.send(`{${command},"nonce":"${newNonce()}","text":${deepObject(10_000)}}`);
    const nonce = newNonce();
    await client.send(`{${command},"nonce":"${nonce}","text":"shallow","later":${deepObject(10_000)}}`);
    await client.event(LOBBY, (event) => event.nonce === nonce);
    expect(faultsOf(client).map(({ code }) => code)).toEqual(["invalid", "invalid"]);
    client.close();
  });
});

describe("FT-5 what ends the connection, each with its code", () => {
  const rows: [how: string, bytes: Buffer, codes: number[]][] = [
    ["LM-3 a frame above the limit", frameBytes(OPCODES.text, "x".repeat(LIMITS.frame_bytes + 1)), [1009]],
    [
      "LM-3 a header with a length above the limit",
      frameBytes(OPCODES.text, "x", { length: 2 ** 31 }),
      [1009],
    ],
    ["invalid UTF-8", frameBytes(OPCODES.text, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), [1007]],
    ["a surrogate in UTF-8", frameBytes(OPCODES.text, Buffer.from([0xed, 0xa0, 0x80])), [1007]],
    ["UTF-8 cut off", frameBytes(OPCODES.text, Buffer.from([0xe2, 0x82])), [1007]],
    ["a frame without a mask", frameBytes(OPCODES.text, '{"type":"ping"}', { mask: false }), [1002, 1006]],
    ["reserved bits", frameBytes(OPCODES.text, "{}", { reserved: 7 }), [1002, 1006]],
    ["an unknown opcode", frameBytes(5, "{}"), [1002, 1006]],
    ["a continuation of nothing", frameBytes(OPCODES.more, "{}"), [1002, 1006]],
    ["a ping in parts", frameBytes(OPCODES.ping, "x", { fin: false }), [1002, 1006]],
    ["a ping that is too long", frameBytes(OPCODES.ping, "x".repeat(126)), [1002, 1006]],
  ];
  test.each(rows)("FT-5 %s", async (_, bytes, codes) => {
    const raw = await rawPerson();
    raw.send(bytes);
    expect(codes).toContain(await raw.closeCode());
    raw.close();
  });

  test("LM-3 a frame in parts counts as one", async () => {
    const raw = await rawPerson();
    raw.send(frameBytes(OPCODES.text, "x".repeat(100_000), { fin: false }));
    raw.send(frameBytes(OPCODES.more, "x".repeat(100_000)));
    expect(await raw.closeCode()).toBe(1009);
  });

  test("LM-3 the largest frame is taken", async () => {
    const client = await person();
    const frame = JSON.stringify({ type: "ping", filler: "" });
    await client.send({ type: "ping", filler: "x".repeat(LIMITS.frame_bytes - frame.length) });
    await client.next("pong");
    client.close();
  });

  test("HS-2 every valid frame before hello is out of order, and an invalid one gets a fault", async () => {
    for (const frame of [
      { type: "resume", epoch: "e", cursors: [] },
      { type: "after", feed: LOBBY, seq: 0, limit: 1 },
      { type: "skip", room: LOBBY, nonce: newNonce() },
      { type: "watch", rooms: [] },
      { type: "typing", room: LOBBY },
      { type: "read", room: LOBBY, seq: 1 },
      { type: "ping" },
      { type: "command", request: 1, nonce: newNonce(), kind: "join_room", room: LOBBY },
    ]) {
      const client = new WireClient(server);
      await client.send("not yet");
      await client.send(frame);
      expect((await client.next("fault")).code).toBe("bad_frame");
      expect((await client.next("fault", ({ code }) => code !== "bad_frame")).code).toBe("hello_first");
      expect((await client.closed).code).toBe(1002);
    }
  });

  test("HS-7 a second hello, also before the first is answered, and of another user", async () => {
    for (const wait of [true, false]) {
      const client = new WireClient(server);
      const hello = (token: string) => ({ type: "hello", token, device: "d", name: `Turner ${++people}` });
      await client.send(hello(client.token));
      if (wait) await client.next("welcome");
      await client.send(hello(new WireClient(server).token));
      expect((await client.next("fault")).code).toBe("second_hello");
      expect((await client.closed).code).toBe(1002);
      expect(client.frames.filter(({ type }) => type === "welcome").length).toBe(wait ? 1 : 0);
    }
  });
});

describe("RS-2 cursors that cannot be continued", () => {
  test("RS-2 cursors of a room that the user was removed from, of a foreign private feed, of no room: gone, and no event", async () => {
    const [owner, former, other] = [await person(), await person(), await person()];
    const room = newNonce();
    await owner.command({
      kind: "create_room",
      room,
      room_kind: "private",
      name: "Once",
      members: [former.id],
    });
    await owner.command({ kind: "send_message", room, text: "before" });
    await former.event(room, ({ kind }) => kind === "message_sent");
    const last = former.events(room).at(-1);
    expect(code(await owner.command({ kind: "remove_member", room, user: former.id }))).toBe("ack");
    await former.event(userFeed(former.id), ({ kind }) => kind === "room_removed");
    const feeds = [room, userFeed(other.id), newNonce(), `direct.${owner.id}.${other.id}`];
    await former.resume(
      former.epoch,
      feeds.map((feed) => ({ feed, ...(last ? { seq: last.seq, id: last.id } : {}) })),
    );
    const answer = await former.next("feeds", (frame) => frame.feeds.length === feeds.length);
    expect(answer.feeds.map(({ state, head, room }) => [state, head, room])).toEqual(
      feeds.map(() => ["gone", 0, null]),
    );
    for (const feed of feeds) await former.send({ type: "after", feed, seq: 0, limit: 100 });
    await owner.command({ kind: "send_message", room, text: "among us" });
    await former.settled();
    expect(JSON.stringify(former.frames)).not.toContain("among us");
    expect(former.events(userFeed(other.id))).toEqual([]);
  });

  test("RS-2 cursors above the head, of another epoch, beyond every seq: reset, then live", async () => {
    const client = await person();
    const cursors = [
      { epoch: client.epoch, seq: 2 ** 53 - 1, why: "future" },
      { epoch: "elsewhere", seq: 1, why: "epoch" },
      { epoch: "", seq: 0, why: "epoch" },
    ];
    for (const { epoch, seq, why } of cursors) {
      await client.resume(epoch, [{ feed: LOBBY, seq, id: newNonce() }]);
      expect(await client.next("reset")).toMatchObject({ feed: LOBBY, why });
    }
    const nonce = newNonce();
    await client.command({ kind: "send_message", room: LOBBY, text: "live" }, nonce);
    await client.event(LOBBY, (event) => event.nonce === nonce);
  });

  test("RS-1 the same feed a hundred times in one resume, and a thousand resumes at once", async () => {
    const client = await person();
    await client.resume(
      client.epoch,
      Array.from({ length: LIMITS.cursors }, () => ({ feed: LOBBY })),
    );
    const resume = JSON.stringify({ type: "resume", epoch: client.epoch, cursors: [{ feed: LOBBY }] });
    for (let count = 0; count < 1_000; count++) await client.send(resume);
    await client.settled();
    const nonce = newNonce();
    await client.command({ kind: "send_message", room: LOBBY, text: "after all" }, nonce);
    await client.event(LOBBY, (event) => event.nonce === nonce);
    await client.settled();
    expect(client.events(LOBBY).filter((event) => event.nonce === nonce)).toHaveLength(1);
  });
});

describe("signals and positions of rooms that are not the user's", () => {
  test("SG-1 watch, typing and read in foreign rooms change nothing and reveal nothing", async () => {
    const [owner, other, eve] = [await person(), await person(), await person()];
    const room = newNonce();
    await owner.command({
      kind: "create_room",
      room,
      room_kind: "private",
      name: "Ours",
      members: [other.id],
    });
    await owner.settled();
    await owner.send({ type: "watch", rooms: [room] });
    await owner.next("presence", (frame) => frame.room === room);
    for (const foreign of [room, newNonce(), `direct.${owner.id}.${other.id}`]) {
      await eve.send({ type: "watch", rooms: [foreign] });
      await eve.send({ type: "typing", room: foreign });
      await eve.send({ type: "read", room: foreign, seq: 1 });
    }
    await eve.settled();
    // Typing of a member is sent, and only that.
    await other.send({ type: "watch", rooms: [room] });
    await other.send({ type: "typing", room });
    const writing = await owner.next("typing", ({ users }) => users.length > 0);
    expect(writing.users.map(({ id }) => id)).toEqual([other.id]);
    await eve.settled();
    const rooms = eve.frames.flatMap((frame) => ("room" in frame ? [frame.room] : []));
    expect(rooms).toEqual([]);
    const signals = owner.frames.filter((frame) => "room" in frame && frame.room === room);
    expect(JSON.stringify(signals)).not.toContain(eve.id);
    expect(eve.events(userFeed(eve.id)).filter(({ kind }) => kind === "room_read")).toEqual([]);
  });
});

test("CM-3 a nonce used again with another body, another kind or for another room is refused, and changes nothing", async () => {
  const client = await person();
  const [nonce, room] = [newNonce(), newNonce()];
  const first = await client.command({ kind: "send_message", room: LOBBY, text: "mine" }, nonce);
  await client.command({ kind: "create_room", room, room_kind: "private", name: "Other" });
  for (const body of [
    { kind: "send_message", room: LOBBY, text: "Mine" },
    { kind: "send_message", room: LOBBY, text: "mine", mentions_room: true },
    { kind: "send_message", room, text: "mine" },
    { kind: "leave_room", room: LOBBY },
    { kind: "delete_room", room },
  ] as const) {
    expect(code(await client.command(body, nonce))).toBe("nonce_reused");
  }
  const again = await client.command({ kind: "send_message", room: LOBBY, text: "mine" }, nonce);
  expect(again).toMatchObject({ duplicate: true, events: "events" in first ? first.events : [] });
});
