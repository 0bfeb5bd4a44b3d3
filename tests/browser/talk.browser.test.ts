import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness } from "../support/browser-harness.ts";
import { eventually } from "../support/page-user.ts";
import { disorder, twice } from "./pages/order.ts";

let server: BrowserHarness;
beforeAll(async () => {
  server = await BrowserHarness.open();
});
afterEach(() => server.closePages());
afterAll(() => server.close());

const hasFocus = (element: Element) => element === document.activeElement;

describe("talking", () => {
  test("two browsers talk at once and both show one order (I15)", async () => {
    const [anna, bert] = await Promise.all([server.guest("Anna"), server.guest("Bert")]);
    const count = 12;
    await Promise.all(
      [anna, bert].map(async (one, index) => {
        for (let n = 1; n <= count; n += 1) await one.write(`${index === 0 ? "Anna" : "Bert"} says ${n}.`);
      }),
    );
    for (const one of [anna, bert]) {
      await one.waitForMessage(`Anna says ${count}.`);
      await one.waitForMessage(`Bert says ${count}.`);
    }
    await eventually("both show the same", async () => {
      const [left, right] = await Promise.all([anna.shown(), bert.shown()]);
      return JSON.stringify(left) === JSON.stringify(right);
    });
    const shown = await anna.shown();
    expect(shown).toHaveLength(2 * count);
    expect(disorder(shown)).toEqual([]);
    expect(twice(shown)).toEqual([]);
  });

  test("an edit and a deletion are seen by the other, and a reply quotes what it answers", async () => {
    const [carl, dora] = await Promise.all([server.guest("Carl"), server.guest("Dora")]);
    await carl.write("Meet at noone?");
    await dora.waitForMessage("Meet at noone?");
    await dora.page
      .locator("[aria-live=polite]", { hasText: "Carl: Meet at noone?" })
      .waitFor({ state: "attached" });
    await dora.choose("Meet at noone?", "Reply");
    await dora.write("At noon, you mean.");
    await carl.waitForMessage("At noon, you mean.");
    const quote = carl
      .message("At noon, you mean.")
      .getByRole("button", { name: /^In reply to Carl: Meet at noone/ });
    await quote.waitFor();

    await carl.choose("Meet at noone?", "Edit");
    await carl.page.getByLabel("Edit the message").fill("Meet at noon!");
    await carl.page.keyboard.press("Enter");
    await dora.message("Meet at noon!").getByText("(edited)").waitFor();
    await carl.page.getByRole("button", { name: /^In reply to Carl: Meet at noon!/ }).waitFor();

    await carl.choose("Meet at noon!", "Delete");
    await carl.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    for (const one of [carl, dora]) {
      await one.page.locator("[data-message] p", { hasText: "This message was deleted." }).waitFor();
      expect(await one.message("Meet at noon!").count()).toBe(0);
    }
    expect(await dora.page.getByRole("button", { name: /In reply to Carl: a deleted message/ }).count()).toBe(
      1,
    );
  });

  test("a user can edit and delete only own messages", async () => {
    const [emil, finn] = await Promise.all([server.guest("Emil"), server.guest("Finn")]);
    await emil.write("This is mine.");
    await finn.waitForMessage("This is mine.");
    await finn.message("This is mine.").hover();
    await finn.message("This is mine.").getByRole("button", { name: "More about the message" }).click();
    await finn.page.getByRole("menuitem", { name: "Reply" }).waitFor();
    expect(await finn.page.getByRole("menuitem").allTextContents()).toEqual([
      "Reply",
      "React",
      "Copy the text",
      "Copy the link",
      "Mark as unread",
      "Message Emil directly",
    ]);
  });

  test("text is never markup, and addresses become links that lead outside", async () => {
    const gwen = await server.guest("Gwen");
    await gwen.write("<img src=x onerror=alert(1)> see https://a.example/x?y=1.\nsecond line");
    await gwen.waitForMessage("<img src=x onerror=alert(1)>");
    const link = gwen.message("second line").getByRole("link");
    expect(await link.getAttribute("href")).toBe("https://a.example/x?y=1");
    expect(await link.getAttribute("rel")).toContain("noopener");
    expect(await link.getAttribute("target")).toBe("_blank");
    expect(await gwen.page.locator("[data-body] img").count()).toBe(0);
  });

  test("with the keyboard alone: write, edit the last one, move among the messages, delete", async () => {
    const hugo = await server.guest("Hugo");
    const { keyboard } = hugo.page;
    await keyboard.type("First by keyboard");
    await keyboard.press("Shift+Enter");
    await keyboard.type("in two lines");
    await keyboard.press("Enter");
    await hugo.waitForMessage("First by keyboard\nin two lines");
    await keyboard.press("ArrowUp");
    await hugo.page.getByLabel("Edit the message").waitFor();
    await keyboard.press("Control+A");
    await keyboard.type("Edited by keyboard");
    await keyboard.press("Enter");
    await hugo.message("Edited by keyboard").getByText("(edited)").waitFor();
    // The focus is back where it was: what is typed next is a message.
    await eventually("the field has the focus", () => hugo.composer("Lobby").evaluate(hasFocus));
    await keyboard.type("really nice");
    expect(await hugo.composer("Lobby").inputValue()).toBe("really nice");
    await hugo.composer("Lobby").fill("");
    // Letters that are no command go there from a message, too; the others are commands.
    await hugo.message("Edited by keyboard").focus();
    await keyboard.type("no command");
    expect(await hugo.composer("Lobby").inputValue()).toBe("no command");
    await hugo.composer("Lobby").fill("");
    await hugo.message("Edited by keyboard").focus();
    await keyboard.press("e");
    await hugo.page.getByLabel("Edit the message").waitFor();
    await keyboard.press("Escape");
    // What was begun at the message ends there; Enter opens its menu.
    await eventually("the message has the focus", () =>
      hugo.message("Edited by keyboard").evaluate(hasFocus),
    );
    await keyboard.press("Enter");
    await eventually("the menu has the focus", () =>
      hugo.page.getByRole("menuitem", { name: "Reply" }).evaluate(hasFocus),
    );
    await keyboard.press("End");
    await eventually("the last one has it", () =>
      hugo.page.getByRole("menuitem", { name: "Delete" }).evaluate(hasFocus),
    );
    await keyboard.press("Enter");
    await hugo.page.getByRole("alertdialog").waitFor();
    await hugo.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).focus();
    await keyboard.press("Enter");
    await hugo.page.locator("[data-message]", { hasText: "This message was deleted." }).last().waitFor();
    await eventually(
      "the dialog is gone",
      async () => (await hugo.page.getByRole("alertdialog").count()) === 0,
    );
    await keyboard.press("ArrowUp");
    expect(await hugo.page.evaluate(() => document.activeElement?.hasAttribute("data-message"))).toBe(true);
  });
});
