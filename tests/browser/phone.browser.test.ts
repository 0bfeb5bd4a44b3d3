import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness, PHONE } from "../support/browser-harness.ts";
import type { PageUser } from "../support/page-user.ts";

let server: BrowserHarness;
beforeAll(async () => {
  server = await BrowserHarness.open();
});
afterEach(() => server.closePages());
afterAll(() => server.close());

const overflows = (user: PageUser) =>
  user.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

describe("on a phone", () => {
  test("join, talk, go from the list to a room and back, see who is there", async () => {
    const anna = await server.guest("Anna", PHONE);
    expect(await anna.page.getByRole("navigation").isVisible()).toBe(false);
    // Enter makes a line here; the button sends.
    await anna.composer("Lobby").fill("Hello from");
    await anna.page.keyboard.press("Enter");
    await anna.page.keyboard.type("a phone");
    expect(await anna.shown()).toEqual([]);
    await anna.page.getByRole("button", { name: "Send" }).click();
    await anna.waitForMessage("Hello from\na phone");
    await anna.write(`A long word: ${"w".repeat(200)}`);
    await anna.waitForMessage("A long word");
    expect(await overflows(anna)).toBe(false);

    await anna.page.getByRole("button", { name: "1 member" }).click();
    await anna.page.getByRole("dialog", { name: "Members" }).getByText("Anna").waitFor();
    await anna.page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

    await anna.page.getByRole("link", { name: "Back to my rooms" }).click();
    await anna.page.getByRole("navigation", { name: "Rooms" }).waitFor();
    expect(await anna.page.getByLabel(/^Message to/).isVisible()).toBe(false);
    expect(await overflows(anna)).toBe(false);
    await anna.page.getByRole("link", { name: "Lobby" }).click();
    await anna.composer("Lobby").waitFor();
    await anna.page.goBack();
    await anna.page.getByRole("navigation", { name: "Rooms" }).waitFor();
  });

  test("what can be done with a message is there without hovering", async () => {
    const bert = await server.guest("Bert", PHONE);
    await bert.write("Touch me");
    await bert.waitForMessage("Touch me");
    const more = bert.message("Touch me").getByRole("button", { name: "More about the message" });
    expect(await more.evaluate((button) => getComputedStyle(button.parentElement as Element).opacity)).toBe(
      "1",
    );
    await more.tap();
    await bert.page.getByRole("menuitem", { name: "Edit" }).tap();
    await bert.page.getByLabel("Edit the message").fill("Touched");
    await bert.page.getByRole("button", { name: "Save" }).tap();
    await bert.message("Touched").getByText("(edited)").waitFor();
  });

  test("without a connection the list shows it, too", async () => {
    const carl = await server.guest("Carl", PHONE);
    await carl.page.getByRole("link", { name: "Back to my rooms" }).tap();
    await server.killServer();
    await carl.page.getByText("No connection.").waitFor();
    await server.restartServer();
    await carl.reconnects();
  });
});
