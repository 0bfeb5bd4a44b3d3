import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LOBBY, type ServerFrames } from "@parley/protocol";
import { clientFrames, commandEnvelope, commands } from "@parley/protocol/schemas";
import {
  newNonce,
  newToken,
  startTestServer,
  type TestServer,
  WireClient,
} from "../../support/test-server.ts";
import { type InvalidFrame, wrongFrames } from "./invalid-frames.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const id = "01890000-0000-7000-8000-000000000001";

/** One right command of each kind, its room aside; every field that can be left out is there. */
const COMMANDS: { readonly [kind in keyof typeof commands]: object } = {
  create_room: { room_kind: "private", name: "Name", topic: "Topic", members: [id] },
  create_direct: { user: id },
  join_room: {},
  leave_room: {},
  invite_member: { user: id },
  send_message: { text: "Text", mentions: [id], mentions_room: true, reply_to: id },
  edit_message: { message: id, text: "Text", mentions: [id], mentions_room: true },
  delete_message: { message: id },
  add_reaction: { message: id, emoji: "👍" },
  remove_reaction: { message: id, emoji: "👍" },
  rename_room: { name: "Name" },
  set_topic: { topic: "Topic" },
  archive_room: {},
  unarchive_room: {},
  delete_room: {},
  remove_member: { user: id },
  change_role: { user: id, role: "owner" },
};

/** One right frame of each other type. */
const FRAMES: { readonly [type in Exclude<keyof typeof clientFrames, "hello">]: object } = {
  resume: { epoch: "e", cursors: [{ feed: LOBBY, seq: 1, id }] },
  after: { feed: LOBBY, seq: 1, limit: 10 },
  skip: { room: LOBBY, nonce: id },
  watch: { rooms: [LOBBY] },
  typing: { room: LOBBY },
  read: { room: LOBBY, seq: 1 },
  ping: {},
};

/** Fields that may hold nearly anything have fewer wrong values; none has less than this. */
const LEAST = 8;

async function signedIn(): Promise<WireClient> {
  const client = new WireClient(server);
  await client.join(`Guest ${newNonce().slice(-12)}`);
  await client.settled();
  return client;
}

/** Sends all of them and expects that each is refused with the field's name, in order, and that the connection lives. */
async function refuseAll(client: WireClient, wrong: readonly InvalidFrame[]): Promise<void> {
  const before = client.frames.length;
  for (const { text } of wrong) await client.send(text);
  await client.settled();
  const faults = client.frames
    .slice(before)
    .filter((frame): frame is ServerFrames["fault"] => frame.type === "fault");
  const answers = wrong.map(({ field, how }, index) => {
    const { code, text = "", final } = faults[index] ?? {};
    return { field, how, code, final, named: text.includes(`(${field}`) };
  });
  expect(answers).toEqual(
    wrong.map(({ field, how }) => ({ field, how, code: "invalid", final: true, named: true })),
  );
  expect(faults).toHaveLength(wrong.length);
}

function expectEveryField(wrong: readonly InvalidFrame[], fields: readonly string[]): void {
  for (const field of fields) {
    const count = wrong.filter((one) => one.field === field).length;
    expect({ field, enough: count >= LEAST }).toEqual({ field, enough: true });
  }
}

describe("FT-3 each field of each command, left out or wrong, is refused by name and nothing is stored", () => {
  for (const [kind, fields] of Object.entries(COMMANDS)) {
    test(`FT-3 ${kind}`, async () => {
      const client = await signedIn();
      const schema = commands[kind as keyof typeof commands].extend(commandEnvelope.shape);
      const right = { type: "command", request: 1, nonce: newNonce(), kind, room: newNonce(), ...fields };
      expect(schema.safeParse(right).success).toBe(true);
      const wrong = wrongFrames(schema, right);
      expectEveryField(
        wrong,
        Object.keys(schema.shape).filter((field) => field !== "type" && field !== "kind"),
      );
      await refuseAll(client, wrong);
      expect(client.frames.filter(({ type }) => type === "events" || type === "ack")).toEqual([]);
      client.close();
    });
  }
});

describe("FT-3 each field of each other frame, left out or wrong, is refused by name", () => {
  for (const [type, fields] of Object.entries(FRAMES)) {
    test(`FT-3 ${type}`, async () => {
      const client = await signedIn();
      const schema = clientFrames[type as keyof typeof FRAMES];
      const right = { type, ...fields };
      expect(schema.safeParse(right).success).toBe(true);
      const wrong = wrongFrames(schema, right);
      expectEveryField(wrong, Object.keys(fields));
      await refuseAll(client, wrong);
      client.close();
    });
  }
});

test("FT-3 an invalid hello is refused by the name of its field, and a valid one after it is accepted", async () => {
  const token = newToken();
  const right = {
    type: "hello",
    token,
    name: "Patient",
    device: "d",
    client: "c",
    accepts: ["members_joined"],
  };
  const wrong = wrongFrames(clientFrames.hello, right);
  expectEveryField(wrong, ["token", "name", "device", "client", "accepts"]);
  const client = new WireClient(server, token);
  for (const { text } of wrong) await client.send(text);
  await client.send(right);
  expect((await client.next("welcome")).user.name).toBe("Patient");
  const faults = client.frames.filter((frame): frame is ServerFrames["fault"] => frame.type === "fault");
  expect(faults.map(({ code, text }, index) => [code, text.includes(`(${wrong[index]?.field}`)])).toEqual(
    wrong.map(() => ["invalid", true]),
  );
});

test("FT-3 each invalid cursor is refused by its index", async () => {
  const client = await signedIn();
  const right = { feed: LOBBY, seq: 1, id };
  const wrong = wrongFrames(clientFrames.resume.shape.cursors.element, right);
  expectEveryField(wrong, ["feed", "seq", "id"]);
  const frames = wrong.map(({ field, how, text }) => {
    return {
      field: `cursors.1.${field}`,
      how,
      text: `{"type":"resume","epoch":"e","cursors":[{"feed":"lobby"},${text}]}`,
    };
  });
  await refuseAll(client, frames);
});

test("EV-7 unknown fields are dropped with their content", async () => {
  const client = await signedIn();
  const nonce = newNonce();
  const more = `"later":{"a":[1,2]},"__proto__":{"room":"x"},"constructor":null,"toString":1,"":0`;
  await client.send(
    `{"type":"command","request":1,"nonce":"${nonce}","kind":"send_message","room":"lobby","text":"plain",${more}}`,
  );
  await client.event(LOBBY, (event) => event.nonce === nonce);
  const [event] = client.events(LOBBY).filter((one) => one.nonce === nonce);
  expect(event).toMatchObject({ kind: "message_sent", text: "plain" });
  for (const name of ["later", "constructor", "toString", ""])
    expect(Object.hasOwn(event ?? {}, name)).toBe(false);
});
