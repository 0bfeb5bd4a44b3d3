import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { RoomId } from "@parley/protocol";
import { BrowserHarness } from "../support/browser-harness.ts";
import { makeRoom } from "../support/dialect-fixtures.ts";
import { LegacyClient } from "../support/legacy-client.ts";
import { eventually, type PageUser } from "../support/page-user.ts";
import { SdkUser } from "./pages/sdk-user.ts";

let server: BrowserHarness;
beforeAll(async () => {
  server = await BrowserHarness.open();
});
afterEach(() => server.closePages());
afterAll(() => server.close());

/** A user of any wire: how it sends, and what it has received so far, as `Name: text`. */
type Party = {
  readonly name: string;
  readonly say: (text: string) => Promise<unknown>;
  readonly seen: () => Promise<readonly string[]>;
};

const socket = (path: string) => new LegacyClient(`ws://localhost:${server.port}${path}`);
const line = ({ name, text }: { name: unknown; text: unknown }) => `${name}: ${text}`;

/** A, B, C or E: frames of one type hold the messages. */
function byFrames(name: string, path: string, type: string, say: (text: string) => object) {
  const client = socket(path);
  const party: Party = {
    name,
    say: (text) => client.send(say(text)),
    seen: async () =>
      client.all
        .filter((frame) => frame.type === type)
        .map(({ sender, username, content }) => line({ name: sender ?? username, text: content })),
  };
  return { client, party };
}

function byText(name: string) {
  const client = socket(`/ws/${name}?format=text`);
  const party: Party = {
    name,
    say: (text) => client.send(text),
    seen: async () => client.frames.filter((frame) => !frame.startsWith("System: ")),
  };
  return { client, party };
}

function bySdk(sdkUser: SdkUser, name: string, id: RoomId): Party {
  const room = sdkUser.room(id);
  return {
    name,
    say: async (text) => room.send(text),
    seen: async () => room.timeline.get().items.map((item) => line({ name: item.name, text: item.text })),
  };
}

function byPage(user: PageUser, name: string): Party {
  return {
    name,
    say: (text) => user.write(text),
    // The author's name is once above several messages; the texts contain it, too.
    seen: async () => (await user.shown()).map(({ text }) => text),
  };
}

/** Everybody says so many things, all at the same time; then everybody has seen the same, in the same order. */
async function converse(parties: readonly Party[], each: number, page: Party): Promise<void> {
  await Promise.all(
    parties.map(async ({ name, say }) => {
      for (let i = 0; i < each; i++) await say(`${name} says ${i}`);
    }),
  );
  const total = parties.length * each;
  const talkOf = async (party: Party) => (await party.seen()).filter((text) => / says \d+$/.test(text));
  for (const party of parties) {
    await eventually(`${party.name} has seen all of it`, async () => (await talkOf(party)).length >= total);
  }
  const [first] = parties;
  if (!first) throw new Error("there is no user");
  const order = await talkOf(first);
  expect(order).toHaveLength(total);
  for (const party of parties) {
    const same = party === page ? order.map((text) => text.slice(text.indexOf(": ") + 2)) : order;
    expect(await talkOf(party), party.name).toEqual(same);
  }
  // What one says keeps its order.
  for (const { name } of parties) {
    expect(order.filter((text) => text.startsWith(`${name}: `))).toEqual(
      Array.from({ length: each }, (_, i) => `${name}: ${name} says ${i}`),
    );
  }
}

test("in the lobby all five wires, the SDK and the page hear each other, in one order and each in its own shape", async () => {
  const user = await server.guest("Paula");
  const sdkUser = await SdkUser.join(server.url, "Sven");
  const a = byFrames("Ada", "/ws/Ada", "chat", (content) => ({ content }));
  const b = byFrames("Bea", "/ws/Lobby?username=Bea", "message", (content) => ({ content }));
  const c = byFrames("Cem", "/ws/Cem", "chat", (content) => ({ content }));
  const d = byText("Dora");
  const e = byFrames("Eve", "/ws/chat/lobby?username=Eve", "message", (content) => ({
    type: "message",
    content,
  }));
  const cable = [a, b, c, d, e];
  await Promise.all(cable.map(({ client }) => client.opened));
  const everybody = ["Paula", "Sven", "Ada", "Bea", "Cem", "Dora", "Eve"];
  await eventually("E and A list everybody", async () => {
    const lists = e.client.all.filter(({ type }) => type === "user_list");
    const online = a.client.all.filter(({ type }) => type === "user_list_update");
    const names = ((online.at(-1)?.users ?? []) as { name: string }[]).map(({ name }) => name);
    const all = (shown: readonly string[]) => everybody.every((name) => shown.includes(name));
    return all((lists.at(-1)?.users ?? []) as string[]) && all(names);
  });
  const page = byPage(user, "Paula");
  const parties = [...cable.map(({ party }) => party), bySdk(sdkUser, "Sven", "lobby"), page];
  await converse(parties, 7, page);

  // Typing of E in the page, of the page in E.
  await e.client.send({ type: "typing", is_typing: true });
  await user.page.getByText("Eve is writing").waitFor();
  await user.page.getByLabel(/^Message to /).pressSequentially("Hm");
  await e.client.until(({ type, users }) => type === "typing" && (users as string[]).includes("Paula"));
  // Between two users alone.
  const last = c.client.all.findLast(({ type }) => type === "user_list_update");
  const ada = ((last?.users ?? []) as { id: string; name: string }[]).find(({ name }) => name === "Ada");
  await c.client.send({ type: "chat_message", receiver_id: ada?.id, content: "psst" });
  await a.client.until(({ type }) => type === "chat_message");
  // A departure: A and D by notice, E by leave and list, B by nothing.
  c.client.close();
  await a.client.until(({ content }) => content === "'Cem' left the chat");
  await d.client.textThat((text) => text === "System: Cem has left the chat");
  await e.client.until(({ type, username }) => type === "leave" && username === "Cem");
  await e.client.until(({ type, users }) => type === "user_list" && !(users as string[]).includes("Cem"));
  const types = (client: LegacyClient) => new Set(client.all.map(({ type }) => type));
  expect(types(b.client)).toEqual(new Set(["message"]));
  expect(types(e.client)).toEqual(new Set(["join", "leave", "user_list", "message", "typing"]));
  expect(types(a.client)).toEqual(
    new Set(["connection_established", "chat", "system", "user_list_update", "chat_message"]),
  );
  expect(d.client.frames.some((text) => text.includes("psst"))).toBe(false);
  // The page marks messages of old clients.
  await user.page.getByText("old client").first().waitFor();
  for (const { client } of cable) client.close();
  sdkUser.leave();
});

test("in a room made by REST both room wires, the SDK and the page meet; REST deletes it when its members have left, and disconnects the rest", async () => {
  const room = await makeRoom(server, "Workshop");
  const user = await server.guest("Pia");
  await user.goto(`/rooms/${room}`);
  await user.page.getByRole("button", { name: "Join the room" }).click();
  await user.composer("Workshop").waitFor();
  const sdkUser = await SdkUser.join(server.url, "Sam");
  await sdkUser.client.join(room);
  const b = byFrames("Bob", "/ws/workshop?username=Bob", "message", (content) => ({ content }));
  const e = byFrames("Emil", `/ws/chat/${room}?username=Emil`, "message", (content) => ({
    type: "message",
    content,
  }));
  const everybody = ["Pia", "Sam", "Bob", "Emil"];
  await e.client.until(
    ({ type, users }) =>
      type === "user_list" && everybody.every((name) => (users as string[]).includes(name)),
  );
  const sdk = bySdk(sdkUser, "Sam", room);
  await eventually("the SDK has the room", async () => {
    return sdkUser.client.rooms.get().some(({ id }) => id === room);
  });
  const page = byPage(user, "Pia");
  await converse([b.party, e.party, sdk, page], 13, page);

  const remove = () => fetch(`${server.url}/api/chat/rooms/${room}`, { method: "DELETE" });
  expect((await remove()).status).toBe(403);
  await sdkUser.client.leave(room);
  await user.page.getByRole("button", { name: "More about this room" }).click();
  await user.page.getByRole("menuitem", { name: "Leave the room" }).click();
  await user.page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).click();
  await eventually("the last member has left", async () => (await remove()).status === 204);
  for (const { client } of [b, e])
    expect(await client.closed).toEqual({ code: 1001, reason: "This room was deleted." });
  sdkUser.leave();
});
