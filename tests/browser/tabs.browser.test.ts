import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness, DESK, LAN_NAME } from "../support/browser-harness.ts";
import { eventually, type PageUser } from "../support/page-user.ts";
import { SdkUser } from "./pages/sdk-user.ts";
import { WebSocketGate } from "./pages/websocket-gate.ts";

let server: BrowserHarness;
let bert: SdkUser;
beforeAll(async () => {
  server = await BrowserHarness.open();
  bert = await SdkUser.join(server.url, "Bert");
});
afterEach(() => server.closePages());
afterAll(async () => {
  bert.leave();
  await server.close();
});

/** Takes the network from one tab only, or returns it. */
async function setOffline({ page }: PageUser, offline: boolean): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: -1,
  });
  await session.detach();
}

/** Two tabs of one guest in a room: both have loaded three messages that wait, and neither is connected. */
async function waitingTabs(gate: WebSocketGate, name: string) {
  const first = await server.user(DESK, gate.url);
  await first.join(name);
  const room = await bert.client.createRoom({
    name: `Cellar of ${name}`,
    kind: "private",
    members: [await bert.idOf(name)],
  });
  await first.link(`Cellar of ${name}`).click();
  await first.composer(`Cellar of ${name}`).waitFor();
  gate.shut();
  await first.page.getByText("No connection.").waitFor();
  const second = await first.tab();
  for (const text of ["Retried", "Discarded", "Edited"]) await first.write(`${text} in the first tab.`);
  await second.goto(new URL(first.page.url()).pathname);
  // It has read the outbox: a client that connects has one.
  await second.page.getByText("No connection.").waitFor();
  return { first, second, room };
}

/** What is stored in the room, as another member receives it. */
async function stored(room: string, last: string): Promise<string[]> {
  const timeline = bert.room(room).timeline;
  const texts = () =>
    timeline
      .get()
      .items.filter(({ state }) => state === "sent")
      .map(({ text }) => text);
  await eventually(`"${last}" is stored`, async () => texts().includes(last));
  return texts();
}

describe.each([
  ["with Web Locks", "localhost", true],
  ["without Web Locks, on plain http of a LAN", LAN_NAME, false],
])("two tabs over one outbox, %s", (_, host, locks) => {
  test("P3 what one tab retried or discarded, another one that had loaded it does not send", async () => {
    const gate = await WebSocketGate.to(server.port, host);
    try {
      const { first, second, room } = await waitingTabs(gate, locks ? "Lena" : "Mara");
      expect(await second.page.evaluate(() => navigator.locks !== undefined)).toBe(locks);
      await setOffline(second, true);
      // The server refuses for good what the first tab sends.
      await bert.room(room).archive();
      gate.open();
      await first.reconnects();
      const failed = (text: string) =>
        first.message(`${text} in the first tab.`).and(first.page.locator("[data-state=failed]"));
      await failed("Edited").waitFor();
      await bert.room(room).unarchive();
      await failed("Retried").getByRole("button", { name: "Try again" }).click();
      await first.waitForMessage("Retried in the first tab.");
      await failed("Discarded").getByRole("button", { name: "Discard" }).click();
      await failed("Edited").getByRole("button", { name: "Edit" }).click();
      await first.write("Edited, and sent.");
      await first.waitForMessage("Edited, and sent.");

      await setOffline(second, false);
      await second.reconnects();
      await second.write("From the second tab.");
      await second.waitForMessage("From the second tab.");
      // The first tab is gone: what it left would be the second one's now.
      await first.page.goto("about:blank");
      await second.write("Alone.");
      const expected = ["Retried in the first tab.", "Edited, and sent.", "From the second tab.", "Alone."];
      expect(await stored(room, "Alone.")).toEqual(expected);
      await eventually("the second tab shows the same", async () => {
        const shown = (await second.shown()).map(({ text, state }) => `${state} ${text}`);
        return JSON.stringify(shown) === JSON.stringify(expected.map((text) => `sent ${text}`));
      });
    } finally {
      gate.close();
    }
  });

  test("P3 what both tabs hold is stored once, in order, when both connect at the same moment", async () => {
    const gate = await WebSocketGate.to(server.port, host);
    try {
      const { first, second, room } = await waitingTabs(gate, locks ? "Nora" : "Olga");
      gate.open();
      await Promise.all([first.reconnects(), second.reconnects()]);
      for (const tab of [first, second]) await tab.waitForMessage("Edited in the first tab.");
      await second.write("Last.");
      expect(await stored(room, "Last.")).toEqual([
        ...["Retried", "Discarded", "Edited"].map((text) => `${text} in the first tab.`),
        "Last.",
      ]);
    } finally {
      gate.close();
    }
  });
});
