import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness, DESK } from "../support/browser-harness.ts";
import { eventually, type PageUser } from "../support/page-user.ts";
import { WebSocketGate } from "./pages/websocket-gate.ts";

let server: BrowserHarness;
beforeAll(async () => {
  server = await BrowserHarness.open();
});
afterEach(() => server.closePages());
afterAll(() => server.close());

/** Creates a room and gives the path of its link. */
async function createRoom(user: PageUser, name: string, kind: "Public" | "Private"): Promise<string> {
  await user.page.getByRole("button", { name: "Create a room" }).first().click();
  await user.page.getByLabel("Name", { exact: true }).fill(name);
  await user.page.getByText(kind, { exact: true }).click();
  await user.page.getByRole("button", { name: "Create", exact: true }).click();
  await user.composer(name).waitFor();
  return new URL(user.page.url()).pathname;
}

describe("rooms", () => {
  test("a room is created, its link opened by another user, previewed, joined, written in and left", async () => {
    const [anna, bert] = await Promise.all([server.guest("Anna"), server.guest("Bert")]);
    const path = await createRoom(anna, "Tea kitchen", "Public");
    expect(path).toMatch(/^\/rooms\/[0-9a-f-]{36}$/);
    await anna.write("The kettle is on.");
    await anna.waitForMessage("The kettle is on.");

    await bert.goto(path);
    await bert.page.getByText("You are previewing").waitFor();
    await bert.waitForMessage("The kettle is on.");
    expect(await bert.page.getByLabel(/^Message to/).count()).toBe(0);
    await bert.page.getByRole("button", { name: "Join the room" }).click();
    await bert.composer("Tea kitchen").waitFor();
    await bert.write("Here I am.");
    await anna.waitForMessage("Here I am.");
    await anna.page.getByRole("complementary", { name: "Members" }).getByText("Bert").waitFor();

    await bert.page.getByRole("button", { name: "More about this room" }).click();
    await bert.page.getByRole("menuitem", { name: "Leave the room" }).click();
    await bert.page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).click();
    await bert.composer("Lobby").waitFor();
    await bert.page.getByRole("navigation").getByText("Tea kitchen").waitFor({ state: "detached" });
  });

  test("a name that is taken is shown at the field; the list of public rooms finds and joins", async () => {
    const [carl, dora] = await Promise.all([server.guest("Carl"), server.guest("Dora")]);
    await createRoom(carl, "Sound lab", "Public");
    await dora.page.getByRole("button", { name: "Create a room" }).first().click();
    await dora.page.getByLabel("Name", { exact: true }).fill("SOUND  lab");
    await dora.page.getByRole("button", { name: "Create", exact: true }).click();
    await dora.page.getByText("A public room of this name exists already.").waitFor();
    await dora.page.keyboard.press("Escape");

    await dora.page.getByRole("link", { name: "Browse rooms" }).click();
    await dora.page.getByLabel("Find a public room").fill("sound");
    await dora.page.getByRole("button", { name: "Join Sound lab" }).click();
    await dora.composer("Sound lab").waitFor();
    await dora.page.goBack();
    await dora.page.getByRole("heading", { name: "Browse rooms" }).waitFor();
    await dora.page.goForward();
    await dora.composer("Sound lab").waitFor();
  });

  test("a private room looks like none to others, until they are invited", async () => {
    const [emil, finn] = await Promise.all([server.guest("Emil"), server.guest("Finn")]);
    const path = await createRoom(emil, "Surprise", "Private");
    for (const address of [path, "/rooms/00000000-0000-7000-8000-000000000000"]) {
      await finn.goto(address);
      await finn.page.getByText("Nothing here").waitFor();
    }
    await finn.goto(path);
    await finn.page.getByText("Nothing here").waitFor();
    await emil.page.getByRole("button", { name: "Invite people" }).click();
    await emil.page.getByRole("button", { name: "Invite Finn" }).click();
    await finn.composer("Surprise").waitFor();
  });

  test("a direct conversation begins from a message and is one for both", async () => {
    const [gwen, hugo] = await Promise.all([server.guest("Gwen"), server.guest("Hugo")]);
    await gwen.write("Who knows about kettles?");
    await hugo.waitForMessage("Who knows about kettles?");
    await hugo.choose("Who knows about kettles?", "Message Gwen directly");
    await hugo.composer("Gwen").waitFor();
    await hugo.write("I do.");
    const link = gwen.page.getByRole("navigation").getByRole("link", { name: "Hugo" });
    await link.getByText("1 unread").waitFor();
    await link.click();
    await gwen.waitForMessage("I do.");
    await eventually("it counts as seen", async () => (await link.getByText("unread").count()) === 0);
    expect(new URL(gwen.page.url()).pathname).toBe(new URL(hugo.page.url()).pathname);
  });

  test("drafts stay with their rooms, and the keyboard goes from room to room", async () => {
    const ida = await server.guest("Ida");
    await createRoom(ida, "Attic", "Private");
    await ida.page.keyboard.type("Not finished");
    await ida.page.keyboard.press("Control+k");
    await ida.page.getByRole("combobox").waitFor();
    await ida.page.keyboard.type("lobb");
    await ida.page.keyboard.press("Enter");
    await ida.composer("Lobby").waitFor();
    expect(await ida.composer("Lobby").inputValue()).toBe("");
    await ida.page.goBack();
    await ida.composer("Attic").waitFor();
    expect(await ida.composer("Attic").inputValue()).toBe("Not finished");
  });

  test("a message that is refused for good stays, with the reason, and can be tried again or discarded", async () => {
    const gate = await WebSocketGate.to(server.port);
    try {
      const jana = await server.user(DESK, gate.url);
      await jana.join("Jana");
      const kim = await server.guest("Kim");
      const path = await createRoom(kim, "Cellar", "Public");
      await jana.goto(path);
      await jana.page.getByRole("button", { name: "Join the room" }).click();
      await jana.composer("Cellar").waitFor();
      // The same guest leaves on another device while this one is cut off.
      const elsewhere = await server.user();
      const keys = await jana.page.evaluate(() => localStorage.getItem("parley.guest"));
      await elsewhere.goto("/");
      await elsewhere.page.evaluate((value) => localStorage.setItem("parley.guest", value ?? ""), keys);
      gate.shut();
      await jana.page.getByText("No connection.").waitFor();
      await jana.write("One too late");
      await jana.write("Two too late");
      await elsewhere.goto(path);
      await elsewhere.page.getByRole("button", { name: "More about this room" }).click();
      await elsewhere.page.getByRole("menuitem", { name: "Leave the room" }).click();
      await elsewhere.page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).click();
      await elsewhere.composer("Lobby").waitFor();
      gate.open();
      await jana.reconnects();
      await jana.message("One too late").getByText("Not sent. Join the room first.").waitFor();
      await jana.message("Two too late").getByRole("button", { name: "Discard" }).click();
      await jana.message("Two too late").waitFor({ state: "detached" });
      await jana.page.getByRole("button", { name: "Join the room" }).click();
      await jana.composer("Cellar").waitFor();
      await jana.message("One too late").getByRole("button", { name: "Try again" }).click();
      await kim.waitForMessage("One too late");
      expect(await kim.message("Two too late").count()).toBe(0);
    } finally {
      gate.close();
    }
  });
});
