import { afterAll, beforeAll, expect, test } from "bun:test";
import { type FeedItem, firstSeq, itemAbove, LIMITS, LOBBY } from "@parley/protocol";
import { type Client, createClient } from "@parley/sdk";
import { newToken, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
let people = 0;

/** New guests, in the lobby when this resolves; their tokens. */
async function guestsJoin(count: number): Promise<string[]> {
  const tokens = Array.from({ length: count }, newToken);
  await Promise.all(
    tokens.map(async (token) => {
      const guest = new WireClient(server, token);
      await guest.hello(`Guest ${++people}`);
      guest.close();
    }),
  );
  return tokens;
}

async function wireClient(accepts: readonly string[] | undefined, token = newToken()): Promise<WireClient> {
  const client = new WireClient(server, token);
  client.accepts = accepts;
  return client;
}

const accepting = ["a_form_of_tomorrow", "members_joined"];
const last = (items: readonly FeedItem[]) => items.at(-1)?.seq ?? 0;
/** What a client applies of these items above its cursor: without a hole, and each event once. */
function applied(items: readonly FeedItem[], cursor: number): FeedItem[] {
  const applied: FeedItem[] = [];
  let seq = cursor;
  for (const item of items) {
    const next = itemAbove(item, seq);
    if (next === null) continue;
    expect(firstSeq(next)).toBe(seq + 1);
    seq = next.seq;
    applied.push(next);
  }
  return applied;
}
const runsIn = (items: readonly FeedItem[]) => items.filter(({ kind }) => kind === "members_joined").length;

async function reaches(client: WireClient, seq: number): Promise<void> {
  while (last(client.items(LOBBY)) < seq) await client.next("events", ({ feed }) => feed === LOBBY);
}

/** A message of this client: what waits below it is delivered with it. Its seq. */
async function say(client: WireClient, text: string): Promise<number> {
  const ack = await client.command({ kind: "send_message", room: LOBBY, text });
  if (!("events" in ack)) throw new Error(`refused: ${ack.code}`);
  return ack.events[0]?.seq ?? 0;
}

beforeAll(async () => {
  server = await startTestServer();
  await guestsJoin(LIMITS.presence_list + 5);
});
afterAll(() => server.end());

test("HS-12 EV-11 live joinings come as runs to who accepts them and one by one to all others, and both read the same feed", async () => {
  const counting = await wireClient(accepting);
  const plain = await wireClient(["a_form_of_tomorrow"]);
  await counting.join(`Counting ${++people}`);
  await plain.join(`Plain ${++people}`);
  const start = await say(plain, "begin");
  await guestsJoin(20);
  await say(plain, "in between");
  await guestsJoin(15);
  const end = await say(counting, "end");
  await Promise.all([reaches(counting, end), reaches(plain, end)]);
  const items = applied(
    counting.items(LOBBY).filter(({ seq }) => seq > start),
    start,
  );
  const events = new Map(plain.events(LOBBY).map((event) => [event.seq, event]));
  expect(plain.items(LOBBY).length).toBe(events.size);
  expect(runsIn(items)).toBeGreaterThan(0);
  for (const item of items) {
    if (item.kind !== "members_joined") {
      expect(item).toEqual(events.get(item.seq)!);
      continue;
    }
    for (let seq = item.from; seq <= item.seq; seq++) expect(events.get(seq)?.kind).toBe("member_joined");
    const { id, at } = events.get(item.seq)!;
    expect({ id: item.id, at: item.at }).toEqual({ id, at });
  }
  counting.close();
  plain.close();
});

test("EV-11 RS-2 RS-7 a resume and an answer hold runs, the reader's own joining is an event, and the end of a run is a cursor", async () => {
  const [before] = await guestsJoin(5);
  const [token] = await guestsJoin(1);
  await guestsJoin(5);
  const first = await wireClient(undefined, before);
  const { user: reader } = await (async () => {
    const self = await wireClient(undefined, token);
    const welcome = await self.hello();
    self.close();
    return welcome;
  })();
  const { epoch } = await first.join();
  const self = await wireClient(accepting, token);
  self.device = "counting";
  await self.hello();
  await first.send({ type: "after", feed: LOBBY, seq: 0, limit: LIMITS.replay_events });
  const { events } = await first.next("events", ({ feed }) => feed === LOBBY);
  const begin = events[0]!;
  await self.resume(epoch, [{ feed: LOBBY, seq: begin.seq, id: begin.id }]);
  const end = await say(first, "after all of them");
  await reaches(self, end);
  const items = applied(self.items(LOBBY), begin.seq);
  expect(runsIn(items)).toBeGreaterThan(0);
  expect(last(items)).toBe(end);
  const own = items.filter((item) => item.kind === "member_joined" && item.user === reader.id);
  expect(own).toHaveLength(1);
  // `limit` counts events, not items.
  await self.send({ type: "after", feed: LOBBY, seq: begin.seq, limit: 20 });
  const answer = await self.next(
    "events",
    ({ events: [item] }) => item !== undefined && firstSeq(item) === begin.seq + 1,
  );
  expect(last(answer.events)).toBe(begin.seq + 20);
  const run = items.find((item) => item.kind === "members_joined")!;
  const again = await wireClient(accepting, token);
  await again.hello();
  await again.resume(epoch, [{ feed: LOBBY, seq: run.seq, id: run.id }]);
  await reaches(again, end);
  expect(last(applied(again.items(LOBBY), run.seq))).toBe(end);
  for (const client of [first, self, again]) client.close();
});

test("EV-11 in a room of up to 200 members every joining is an event", async () => {
  const owner = await wireClient(accepting);
  await owner.join(`Owner ${++people}`);
  const room = Bun.randomUUIDv7();
  await owner.command({ kind: "create_room", room, room_kind: "public", name: `Small ${people}` });
  const tokens = await guestsJoin(4);
  await Promise.all(
    tokens.map(async (token) => {
      const guest = await wireClient(undefined, token);
      await guest.hello();
      await guest.command({ kind: "join_room", room });
      guest.close();
    }),
  );
  await owner.event(room, ({ seq }) => seq === 6);
  expect(runsIn(owner.items(room))).toBe(0);
  owner.close();
});

/** Resolves when the client shows the lobby up to `seq`. */
function shows(client: Client, seq: number): Promise<void> {
  const there = () => client.inspect().cursors[LOBBY] === seq && lobbyOf(client)?.head === seq;
  return new Promise((resolve) => {
    const look = () => {
      if (!there()) return;
      stop();
      resolve();
    };
    const stop = client.rooms.subscribe(look);
    queueMicrotask(look);
  });
}
const lobbyOf = (client: Client) => client.rooms.get().find(({ id }) => id === LOBBY);
/** What the timeline says of joinings: how many. */
const joinedIn = (client: Client) =>
  client
    .room(LOBBY)
    .timeline.get()
    .notices.reduce((sum, notice) => {
      if (notice.kind === "members_joined") return sum + notice.seq - notice.from + 1;
      return notice.kind === "member_joined" ? sum + 1 : sum;
    }, 0);

test("EV-11 RS-3 a client that accepts runs ends in the state of one that does not: members, messages, head, unread", async () => {
  const talker = await wireClient(undefined);
  await talker.join(`Talker ${++people}`);
  // Joinings wait to be published while these two begin.
  const joining = guestsJoin(10);
  const clients = (["counted", "each"] as const).map((joinings) => {
    const client = createClient({
      url: server.url,
      token: newToken(),
      name: `Reader ${++people}`,
      platform: { storage: { keys: () => [], get: () => null, set() {}, delete() {} } },
      joinings,
    });
    client.room(LOBBY).open();
    client.start();
    return client;
  });
  await joining;
  const start = await say(talker, "begin");
  await Promise.all(clients.map((client) => shows(client, start)));
  const before = clients.map(joinedIn);
  await guestsJoin(30);
  await say(talker, "one");
  await guestsJoin(30);
  const end = await say(talker, "two");
  await Promise.all(clients.map((client) => shows(client, end)));
  const states = clients.map((client, index) => ({
    joined: joinedIn(client) - (before[index] ?? 0),
    head: lobbyOf(client)?.head,
    members: lobbyOf(client)?.members,
    unread: lobbyOf(client)?.read.unread,
    items: client
      .room(LOBBY)
      .timeline.get()
      .items.slice(-3)
      .map(({ id, seq, text }) => ({ id, seq, text })),
  }));
  expect(states[0]?.joined).toBe(60);
  expect(states[0]).toEqual(states[1]!);
  expect(states[0]?.members).toBe((await clients[0]?.room(LOBBY).standing())?.members);
  for (const client of clients) client.stop();
  talker.close();
});
