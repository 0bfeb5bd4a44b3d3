import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness, DESK } from "../support/browser-harness.ts";
import { eventually } from "../support/page-user.ts";
import { disorder, twice } from "./pages/order.ts";
import { WebSocketGate } from "./pages/websocket-gate.ts";

let server: BrowserHarness;
beforeAll(async () => {
  server = await BrowserHarness.open();
});
afterEach(() => server.closePages());
afterAll(() => server.close());

describe("when the server goes away", () => {
  test("what is written meanwhile waits, arrives after the restart, nothing is lost or twice (I15)", async () => {
    const [anna, bert] = await Promise.all([server.guest("Anna"), server.guest("Bert")]);
    await anna.write("Before the crash, Anna.");
    await bert.write("Before the crash, Bert.");
    for (const one of [anna, bert]) {
      await one.waitForMessage("Before the crash, Anna.");
      await one.waitForMessage("Before the crash, Bert.");
    }

    // In the middle of the talk: some of these are stored and not acknowledged, some never arrive.
    const talk = Promise.all(
      [anna, bert].map(async (one, index) => {
        for (let n = 1; n <= 8; n += 1) await one.write(`${index === 0 ? "Anna" : "Bert"}, number ${n}.`);
      }),
    );
    await anna.message("Anna, number 3.").waitFor();
    await server.killServer();
    await talk;
    await anna.page.getByText("No connection.").waitFor();
    await anna.write("Written in the dark.");
    const dark = anna.message("Written in the dark.");
    await dark.and(anna.page.locator("[data-state=pending]")).waitFor();
    await dark.getByText("Waiting to be sent").waitFor();

    await server.restartServer();
    await Promise.all([anna.reconnects(), bert.reconnects()]);
    const wanted = [
      ...["Anna", "Bert"].flatMap((name) => Array.from({ length: 8 }, (_, n) => `${name}, number ${n + 1}.`)),
      "Before the crash, Anna.",
      "Before the crash, Bert.",
      "Written in the dark.",
    ].sort();
    for (const one of [anna, bert]) {
      await one.waitForMessage("Written in the dark.");
      await eventually("everything is there and sent", async () => {
        const shown = await one.shown();
        return shown.length >= wanted.length && shown.every(({ state }) => state === "sent");
      });
    }
    const [left, right] = await Promise.all([anna.shown(), bert.shown()]);
    expect(left).toEqual(right);
    expect(left.map(({ text }) => text).sort()).toEqual(wanted);
    expect(disorder(left)).toEqual([]);
    expect(twice(left)).toEqual([]);
    for (const name of ["Anna", "Bert"]) {
      const own = left.map(({ text }) => text).filter((text) => text.startsWith(`${name}, number`));
      expect(own).toEqual([...own].sort());
    }
    await eventually(
      "the banner is gone",
      async () => (await anna.page.getByText("No connection.").count()) === 0,
    );
    expect(await dark.getByText("Waiting to be sent").count()).toBe(0);
  });

  test("a device without a network shows it at once, and continues when it has one again", async () => {
    const emil = await server.guest("Emil");
    const context = emil.page.context();
    await context.setOffline(true);
    await emil.page.getByText("You are offline.").waitFor();
    await emil.page.getByText("Not connected").waitFor();
    await emil.write("Written without a network.");
    await emil.message("Written without a network.").waitFor();
    await context.setOffline(false);
    await emil.waitForMessage("Written without a network.");
    await eventually("it is gone", async () => (await emil.page.getByText("You are offline.").count()) === 0);
  });

  test("a connection that is dead without a close: the page shows that there is no answer, and replaces it", async () => {
    const gate = await WebSocketGate.to(server.port);
    try {
      const finn = await server.user(DESK, gate.url);
      await finn.join("Finn");
      gate.hold();
      await finn.write("Into a dead line.");
      await finn.page.getByText("The server is slow to answer.").waitFor();
      // The next line is a good one: the gate holds only those that were there.
      await finn.waitForMessage("Into a dead line.");
      expect(twice(await finn.shown())).toEqual([]);
      await eventually("it is gone", async () => (await finn.page.getByText("is slow").count()) === 0);
    } finally {
      gate.close();
    }
  });

  test("the outbox survives a reload without a connection", async () => {
    const gate = await WebSocketGate.to(server.port);
    try {
      const carl = await server.user(DESK, gate.url);
      await carl.join("Carl");
      const dora = await server.guest("Dora");
      gate.shut();
      await carl.page.getByText("No connection.").waitFor();
      await carl.write("Kept over a reload, one.");
      await carl.write("Kept over a reload, two.");
      await carl.page.reload();
      for (const text of ["one", "two"]) {
        const kept = carl.message(`Kept over a reload, ${text}.`);
        await kept.and(carl.page.locator("[data-state=pending]")).waitFor();
      }
      expect(await dora.message("Kept over a reload").count()).toBe(0);
      gate.open();
      await carl.reconnects();
      for (const one of [carl, dora]) {
        await one.waitForMessage("Kept over a reload, one.");
        await one.waitForMessage("Kept over a reload, two.");
        expect(disorder(await one.shown())).toEqual([]);
        expect(twice(await one.shown())).toEqual([]);
      }
    } finally {
      gate.close();
    }
  });
});
