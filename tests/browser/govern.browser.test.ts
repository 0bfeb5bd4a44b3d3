import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness } from "../support/browser-harness.ts";
import { eventually } from "../support/page-user.ts";
import { SdkUser } from "./pages/sdk-user.ts";

let server: BrowserHarness;
beforeAll(async () => {
  server = await BrowserHarness.open();
});
afterEach(() => server.closePages());
afterAll(() => server.close());

describe("a room and its people", () => {
  test("an owner invites, gives a role, renames, archives, opens again and deletes; the other one sees all of it", async () => {
    const [anna, bert] = await Promise.all([server.guest("Anna"), server.guest("Bert")]);
    await anna.page.getByRole("button", { name: "Create a room" }).click();
    await anna.page.getByLabel("Name", { exact: true }).fill("Planning");
    await anna.page.getByText("Private", { exact: true }).click();
    await anna.page.getByRole("button", { name: "Create", exact: true }).click();
    await anna.composer("Planning").waitFor();
    await anna.page.getByRole("button", { name: "Invite people" }).click();
    await anna.page.getByRole("dialog").getByLabel("Name").fill("be");
    await anna.page.getByRole("button", { name: "Invite Bert" }).click();
    await anna.page.getByRole("dialog").getByText("Invited").waitFor();
    await anna.page.keyboard.press("Escape");
    await bert.link("Planning").click();
    await bert.composer("Planning").waitFor();
    await anna.page.getByText("Anna invited Bert").waitFor();

    // A member is offered nothing that the server would refuse.
    await bert.page.getByRole("button", { name: "More about this room" }).click();
    await bert.page.getByRole("menuitem", { name: "Leave the room" }).waitFor();
    expect(await bert.page.getByRole("menuitem", { name: "Room settings" }).count()).toBe(0);
    await bert.page.keyboard.press("Escape");
    const members = bert.page.getByRole("complementary", { name: "Members" });
    await anna.page.getByRole("button", { name: "Actions for Bert" }).focus();
    await anna.page.keyboard.press("Enter");
    await anna.page.getByRole("menuitemradio", { name: "Moderator" }).click();
    await members.getByText("Moderator").waitFor();
    await eventually("the focus is back where the menu was opened", () =>
      anna.page
        .getByRole("button", { name: "Actions for Bert" })
        .evaluate((element) => element === document.activeElement),
    );
    await anna.page.getByText("Anna made Bert a moderator").waitFor();
    await bert.page.getByRole("button", { name: "More about this room" }).click();
    await bert.page.getByRole("menuitem", { name: "Room settings" }).waitFor();
    await bert.page.keyboard.press("Escape");

    // A moderator may delete what others wrote.
    await anna.write("Something that must go");
    await bert.waitForMessage("Something that must go");
    await bert.choose("Something that must go", "Delete");
    await bert.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await anna.page.getByText("This message was deleted.").waitFor();

    await anna.chooseOfRoom("Room settings");
    await anna.page.getByLabel("Name", { exact: true }).fill("Planning the party");
    await anna.page.getByLabel("Topic", { exact: true }).fill("Cake above all");
    await anna.page.getByRole("button", { name: "Save" }).click();
    await bert.composer("Planning the party").waitFor();
    await bert.page.getByText("Anna renamed the room to “Planning the party”").waitFor();
    await bert.page.getByTitle("Cake above all").waitFor();

    await anna.chooseOfRoom("Room settings");
    await anna.page.getByRole("button", { name: "Archive", exact: true }).click();
    for (const one of [anna, bert]) {
      await one.page.getByText("This room is archived").waitFor();
      expect(await one.page.getByLabel(/^Message to/).count()).toBe(0);
    }
    expect(await bert.page.getByRole("button", { name: "Reopen" }).count()).toBe(0);
    await anna.page.getByRole("button", { name: "Reopen" }).click();
    await bert.composer("Planning the party").waitFor();

    await anna.chooseOfRoom("Room settings");
    await anna.page.getByRole("button", { name: "Delete…" }).click();
    const forever = anna.page.getByRole("button", { name: "Delete forever" });
    expect(await forever.isDisabled()).toBe(true);
    await anna.page.getByLabel("Type the name of the room").fill("planning the party");
    await forever.click();
    await anna.composer("Lobby").waitFor();
    await bert.page.getByRole("heading", { name: "This room was deleted" }).waitFor();
    await bert.page.getByRole("link", { name: "Go to the lobby" }).click();
    await bert.composer("Lobby").waitFor();
    expect(await bert.link("Planning").count()).toBe(0);
  });

  test("a removed member sees who removed them, and what they may still do", async () => {
    const carla = await server.guest("Carla");
    const dmitri = await SdkUser.join(server.url, "Dmitri");
    const carlaId = await dmitri.idOf("Carla");
    const secret = await dmitri.client.createRoom({ name: "Secret", kind: "private", members: [carlaId] });
    await carla.link("Secret").click();
    await carla.composer("Secret").waitFor();
    await dmitri.room(secret).removeMember(carlaId);
    await carla.page.getByRole("heading", { name: "You are no longer in this room" }).waitFor();
    await carla.page.getByText("Dmitri removed you.").waitFor();
    const open = await dmitri.client.createRoom({ name: "Open", kind: "public" });
    await dmitri.client.invite(open, carlaId);
    await carla.link("Open").click();
    await carla.composer("Open").waitFor();
    await dmitri.room(open).removeMember(carlaId);
    await carla.page.getByRole("button", { name: "Join the room" }).waitFor();
    dmitri.leave();
  });

  test("a person's card, from a message and from the switcher, leads to a conversation", async () => {
    const emil = await server.guest("Emil");
    const finn = await SdkUser.join(server.url, "Finn Fröhlich");
    await finn.say(finn.room(), "A word from Finn");
    await emil.waitForMessage("A word from Finn");
    await emil
      .message("A word from Finn")
      .getByRole("button", { name: "Finn Fröhlich", exact: true })
      .click();
    const card = emil.page.getByRole("dialog", { name: "Finn Fröhlich" });
    await card.getByText("here now").waitFor();
    await card.getByRole("button", { name: "Send a message" }).click();
    await emil.composer("Finn Fröhlich").waitFor();
    await emil.page.keyboard.press("Control+k");
    const gwen = await SdkUser.join(server.url, "Gwen");
    await emil.page.getByRole("combobox").fill("gwe");
    await emil.page.getByRole("option", { name: /Gwen/ }).first().waitFor();
    await emil.page.keyboard.press("Enter");
    await emil.composer("Gwen").waitFor();
    await eventually("both are in the list", async () => (await emil.link("Finn").count()) === 1);
    finn.leave();
    gwen.leave();
  });

  test("what was typed is still there after a reload", async () => {
    const hugo = await server.guest("Hugo");
    await hugo.composer("Lobby").fill("Half a thought");
    await hugo.page.reload();
    await hugo.composer("Lobby").waitFor();
    expect(await hugo.composer("Lobby").inputValue()).toBe("Half a thought");
    await hugo.write("A whole thought");
    await hugo.waitForMessage("A whole thought");
    await hugo.page.reload();
    await hugo.waitForMessage("A whole thought");
    expect(await hugo.composer("Lobby").inputValue()).toBe("");
  });
});
