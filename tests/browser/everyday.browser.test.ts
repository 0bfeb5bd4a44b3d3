import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness, PHONE } from "../support/browser-harness.ts";
import { eventually } from "../support/page-user.ts";
import { SdkUser } from "./pages/sdk-user.ts";

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

describe("copying", () => {
  test("works without the browser's clipboard, as on plain http, and shows a notice", async () => {
    const anna = await server.user();
    await anna.page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await anna.join("Anna");
    await anna.write("Copy me, please.");
    await anna.waitForMessage("Copy me, please.");
    await anna.choose("Copy me, please.", "Copy the text");
    await anna.page.getByText("The text is copied.").waitFor();
    const reader = await anna.tab();
    await reader.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await reader.goto("/");
    await reader.page.bringToFront();
    await eventually(
      "it is copied",
      async () => (await reader.page.evaluate(() => navigator.clipboard.readText())) === "Copy me, please.",
    );
  });
});

describe("what is written", () => {
  test("a draft is marked beside its room until it is sent", async () => {
    const carl = await server.guest("Carl");
    const id = await bert.client.createRoom({
      name: "Attic",
      kind: "private",
      members: [await bert.idOf("Carl")],
    });
    await carl.composer("Lobby").fill("not yet");
    expect(await carl.link("Lobby").getByRole("img", { name: "Draft" }).count()).toBe(0);
    await carl.link("Attic").click();
    await carl.composer("Attic").waitFor();
    await carl.link("Lobby").getByRole("img", { name: "Draft" }).waitFor();
    await carl.link("Lobby").click();
    await carl.page.getByRole("button", { name: "Send" }).click();
    await carl.waitForMessage("not yet");
    await carl.link("Attic").click();
    await carl.composer("Attic").waitFor();
    expect(await carl.link("Lobby").getByRole("img", { name: "Draft" }).count()).toBe(0);
    expect(id).not.toBe("");
  });

  test("what the server refused goes back into the field, or to the clipboard", async () => {
    const dora = await server.guest("Dora");
    const id = await bert.client.createRoom({
      name: "Cellar",
      kind: "private",
      members: [await bert.idOf("Dora")],
    });
    await dora.link("Cellar").click();
    await dora.composer("Cellar").waitFor();
    const { page } = dora;
    // Written while the room is archived and this device is away.
    await page.context().setOffline(true);
    await page.getByText("You are offline.").waitFor();
    await bert.room(id).archive();
    await dora.write("Too late");
    await page.context().setOffline(false);
    const failed = dora.message("Too late").and(page.locator("[data-state=failed]"));
    await failed.waitFor();
    await failed.getByRole("button", { name: "Copy" }).click();
    await page.getByText("The text is copied.").waitFor();
    await bert.room(id).unarchive();
    await failed.getByRole("button", { name: "Edit" }).click();
    expect(await dora.composer("Cellar").inputValue()).toBe("Too late");
    await failed.waitFor({ state: "detached" });
  });

  test("a file that is dropped or pasted does not make the browser leave, and a notice is shown", async () => {
    const emil = await server.guest("Emil");
    const dropped = await emil.page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(["x"], "x.txt", { type: "text/plain" }));
      const events = ["dragover", "drop"].map(
        (type) => new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }),
      );
      return events.map((event) => document.querySelector("main")?.dispatchEvent(event));
    });
    // Not prevented, the browser would open the file in place of the page.
    expect(dropped).toEqual([false, false]);
    await emil.page.getByText("Files cannot be sent yet.").waitFor();
  });
});

describe("layers and lists", () => {
  test("Back closes what lies over the page, and only then leaves it", async () => {
    const finn = await server.guest("Finn", PHONE);
    const { page } = finn;
    const address = page.url();
    await page.getByRole("button", { name: /\d+ members?/ }).click();
    await page.getByRole("dialog", { name: "Members" }).waitFor();
    await page.goBack();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(page.url()).toBe(address);
    // Closed by its own button it leaves nothing behind: Back leaves the room.
    await page.getByRole("link", { name: "Back to my rooms" }).click();
    await page.getByRole("link", { name: "Lobby" }).click();
    await finn.composer("Lobby").waitFor();
    await page.getByRole("button", { name: /\d+ members?/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await eventually("the history is as before", () => page.evaluate(() => history.state === null));
    await page.goBack();
    await page.getByRole("navigation", { name: "Rooms" }).waitFor();
  });

  test("going elsewhere from a layer leaves no step without effect behind", async () => {
    const gina = await server.guest("Gina");
    const { page } = gina;
    await page.getByRole("link", { name: "Browse rooms" }).click();
    await page.getByRole("heading", { name: "Browse rooms" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.type("Lobby");
    await page.keyboard.press("Enter");
    await gina.composer("Lobby").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Browse rooms" }).waitFor();
  });

  test("members are listed as here and away", async () => {
    const hugo = await server.guest("Hugo");
    const members = hugo.page.getByRole("complementary", { name: "Members" });
    await members.getByText(/^Here · /).waitFor();
    await members.getByText(/^Away · /).waitFor();
    const rows = await members.getByRole("listitem").allTextContents();
    const away = rows.findIndex((row) => row.startsWith("Away"));
    expect(rows.findIndex((row) => row.includes("Hugo"))).toBeLessThan(away);
    expect(rows.findIndex((row) => row.includes("Anna"))).toBeGreaterThan(away);
  });
});
