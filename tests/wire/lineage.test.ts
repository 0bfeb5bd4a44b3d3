import { afterEach, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { browserPlatform, type Client, createClient, newToken } from "@parley/sdk";
import { startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer | null = null;
let client: Client | null = null;
const folder = mkdtempSync(join(tmpdir(), "parley-lineage-"));

afterEach(async () => {
  client?.stop();
  await server?.end();
  server = null;
  client = null;
});

const open = async (dataDir: string, port = 0) => {
  server = await startTestServer(["--data-dir", dataDir, "--port", String(port)]);
  return server;
};

async function say(on: TestServer, token: string, what: string, count: number): Promise<void> {
  const bob = new WireClient(on, token);
  await bob.join("Bob");
  const sends = Array.from({ length: count }, (_, index) =>
    bob.command({ kind: "send_message", room: LOBBY, text: `${what} ${index}` }),
  );
  await Promise.all(sends);
  bob.close();
}

/** Resolves when the lobby of this client shows exactly these texts. */
function shows(on: Client, texts: readonly string[]): Promise<void> {
  const { timeline } = on.room(LOBBY);
  return new Promise((resolve) => {
    const look = () => {
      const { items } = timeline.get();
      if (JSON.stringify(items.map(({ text }) => text)) === JSON.stringify(texts)) resolve();
    };
    timeline.subscribe(look);
    look();
  });
}

const texts = (what: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${what} ${index}`);

// The log of the machine goes back, as with a snapshot of it: same epoch, another row of events. Shorter than what the client
// knows, as long, and longer.
test.each([15, 20, 25])(
  "P6 RS-2 a client with a page and no event since shows what is stored after the log went back (%d)",
  async (count) => {
    const dataDir = join(folder, `data ${count}`);
    const snapshot = join(folder, `snapshot ${count}`);
    const [bob, ada] = [newToken(), newToken()];
    const first = await open(dataDir);
    const { port } = first;
    await say(first, bob, "both", 3);
    client = createClient({ url: `http://127.0.0.1:${port}`, token: ada, name: "Ada" });
    client.start();
    client.room(LOBBY).open();
    await shows(client, texts("both", 3));
    client.stop();
    await first.end();
    cpSync(dataDir, snapshot, { recursive: true });

    const second = await open(dataDir, port);
    await say(second, bob, "old", 20);
    let cut = false;
    const { openSocket: real } = browserPlatform();
    const openSocket: typeof real = (...socket) => {
      if (cut) throw new Error("the line is cut");
      return real(...socket);
    };
    const platform = { openSocket };
    client = createClient({ url: `http://127.0.0.1:${port}`, token: ada, name: "Ada", platform });
    client.start();
    client.room(LOBBY).open();
    await shows(client, [...texts("both", 3), ...texts("old", 20)]);
    // It comes back only when the other row of events is there.
    cut = true;
    await second.end();
    rmSync(dataDir, { recursive: true });
    cpSync(snapshot, dataDir, { recursive: true });

    const third = await open(dataDir, port);
    await say(third, bob, "new", count);
    cut = false;
    client.reconnectNow();
    await shows(client, [...texts("both", 3), ...texts("new", count)]);
  },
  30_000,
);

test("RS-1 cursors made of a page or of a head can be continued", async () => {
  const on = await open(join(folder, "cursors"));
  const token = newToken();
  await say(on, token, "first", 3);
  const answer = await fetch(`${on.url}/api/v1/rooms/${LOBBY}/messages?limit=1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const page = (await answer.json()) as { epoch: string; as_of: number; as_of_id: string };
  await say(on, token, "second", 2);
  const phone = new WireClient(on, token);
  const welcome = await phone.hello();
  const head = welcome.feeds.find(({ feed }) => feed === LOBBY);
  await phone.resume(page.epoch, [{ feed: LOBBY, seq: page.as_of, id: page.as_of_id }]);
  await phone.event(LOBBY, (event) => event.kind === "message_sent" && event.text === "second 1");
  expect(phone.events(LOBBY)[0]?.seq).toBe(page.as_of + 1);
  await phone.resume(page.epoch, [{ feed: LOBBY, seq: head?.head ?? 0, id: head?.head_id ?? "" }]);
  expect((await phone.next("feeds", ({ feeds }) => feeds[0]?.state === "live")).feeds[0]).toMatchObject({
    head: head?.head,
    head_id: head?.head_id,
  });
  // Another id at the head is another lineage, too, and so is a seq without an id.
  await phone.resume(page.epoch, [{ feed: LOBBY, seq: head?.head ?? 0, id: page.as_of_id }]);
  expect(await phone.next("reset")).toMatchObject({
    why: "lineage",
    head: head?.head,
    head_id: head?.head_id,
  });
  await phone.resume(page.epoch, [{ feed: LOBBY, seq: 1 }]);
  expect(await phone.next("reset")).toMatchObject({ why: "lineage", head_id: head?.head_id });
  phone.close();
});
