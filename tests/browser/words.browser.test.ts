import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness } from "../support/browser-harness.ts";
import { eventually } from "../support/page-user.ts";
import { SdkUser } from "./pages/sdk-user.ts";

let server: BrowserHarness;
let bert: SdkUser;
beforeAll(async () => {
  server = await BrowserHarness.open();
  bert = await SdkUser.join(server.url, "Bert von Berg");
});
afterEach(() => server.closePages());
afterAll(async () => {
  bert.leave();
  await server.close();
});

describe("what a message may hold", () => {
  test("Markdown becomes elements of the page, and nothing else does", async () => {
    const anna = await server.guest("Anna");
    await anna.write(
      [
        "# Headline and **strong**, *soft*, ~~gone~~ `code`",
        "first line",
        "second line",
        "> quoted",
        "",
        "3. three",
        "4. four",
        "   - inner",
        "",
        "```js",
        `const wide = "${"x".repeat(300)}";`,
        "```",
        "",
        "[safe](https://a.example/x) [mail](mailto:a@b.example) [bad](javascript:alert(1)) www.b.example",
        "![picture](https://c.example/p.png) <img src=x onerror=alert(1)> <b>not bold</b> &amp; [d]: https://d.example",
      ].join("\n"),
    );
    await anna.waitForMessage("Headline and strong");
    const body = anna.message("Headline and strong").locator("[data-body]");
    await body.locator("strong", { hasText: "strong" }).waitFor();
    expect(await body.locator("em").textContent()).toBe("soft");
    expect(await body.locator("del").textContent()).toBe("gone");
    expect(await body.locator("p code").textContent()).toBe("code");
    expect(await body.locator("p", { hasText: "first line" }).textContent()).toBe("first line\nsecond line");
    expect(await body.locator("blockquote").textContent()).toBe("quoted");
    expect(await body.locator("ol").getAttribute("start")).toBe("3");
    expect(await body.locator("ol ul li").textContent()).toBe("inner");
    const links = await body.locator("a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    expect(links).toEqual([
      "https://a.example/x",
      "mailto:a@b.example",
      "http://www.b.example/",
      "https://c.example/p.png",
      "https://d.example/",
    ]);
    expect(await body.locator("a[target=_blank][rel~=noopener]").count()).toBe(5);
    expect(await body.locator("img, b, script, iframe, style").count()).toBe(0);
    const text = (await body.textContent()) ?? "";
    for (const kept of ["<b>not bold</b>", "&amp;", "[d]:", "(javascript:alert(1))", "<img src=x onerror"]) {
      expect(text).toContain(kept);
    }
    // Code scrolls by itself, and the page does not.
    const pre = body.locator("pre");
    expect(await pre.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
    expect(await anna.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await anna.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await body.getByRole("button", { name: "Copy the code" }).click();
    await eventually("the code is copied", async () =>
      (await anna.page.evaluate(() => navigator.clipboard.readText())).startsWith('const wide = "xxx'),
    );
  });

  test("texts that are made to hang a page do not", async () => {
    const lobby = bert.room();
    const hostile = [
      ">".repeat(8_000),
      "> ".repeat(4_000),
      "*a_".repeat(2_600),
      "[".repeat(4_000) + "]".repeat(4_000),
      "1. ".repeat(2_600),
      `${"|a".repeat(100)}\n${"|-".repeat(100)}\n${"|b".repeat(3_500)}`,
      Array.from({ length: 100 }, (_, n) => `${" ".repeat(n)}- x`).join("\n"),
      "<".repeat(8_000),
    ];
    const anna = await server.guest("Anna of the hostile");
    for (const text of hostile) lobby.send(text);
    await bert.say(lobby, "After the storm");
    await anna.waitForMessage("After the storm");
    await anna.write("Still alive");
    await anna.waitForMessage("Still alive");
    const deepest = await anna.page.locator("[data-body]").evaluateAll((bodies) => {
      const depth = (element: Element): number =>
        1 + Math.max(0, ...[...element.children].map((child) => depth(child)));
      return Math.max(...bodies.map(depth));
    });
    expect(deepest).toBeLessThan(40);
  });

  test("a long message is folded: it adds a bounded number of nodes, and the rest comes when it is asked for", async () => {
    const lobby = bert.room();
    const anna = await server.guest("Anna of the long texts");
    const long = Array.from({ length: 80 }, (_, at) => `- point ${at + 1}`).join("\n");
    const hostile = [2_000, 1_000, 500]
      .map((times) => "- a\n".repeat(times))
      .concat("@Anna *b* ".repeat(700));
    for (const text of hostile) lobby.send(text, { mentionsRoom: true });
    await bert.say(lobby, long);
    const message = anna.message("point 1");
    await message.locator("li").first().waitFor();
    const nodes = await anna.page
      .locator("[data-message]:has([aria-expanded=false])")
      .evaluateAll((all) => all.map((one) => one.querySelectorAll("*").length));
    expect(nodes.length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...nodes)).toBeLessThan(400);
    expect(await message.locator("li").count()).toBe(12);
    await message.getByRole("button", { name: "Show 68 more lines" }).click();
    expect(await message.locator("li").count()).toBe(80);
    await message.getByRole("button", { name: "Show less" }).click();
    expect(await message.locator("li").count()).toBe(12);
  });

  test("a name after @ is completed with the keyboard, sent as an id and shown to who is meant", async () => {
    const carla = await server.guest("Carla");
    const { keyboard } = carla.page;
    await carla.page.getByRole("complementary").getByText("Bert von Berg").waitFor();
    await keyboard.type("Tea, @be");
    await carla.page.getByRole("option", { name: "Bert von Berg" }).waitFor();
    await keyboard.press("Enter");
    expect(await carla.composer("Lobby").inputValue()).toBe("Tea, @Bert von Berg ");
    await keyboard.type("and @roo");
    await carla.page.getByRole("option", { name: /@room/ }).waitFor();
    await keyboard.press("Escape");
    expect(await carla.page.getByRole("option").count()).toBe(0);
    await keyboard.type("f?");
    await keyboard.press("Enter");
    const sent = carla.message("Tea, @Bert von Berg and @roof?");
    await sent.locator("[data-mention]").waitFor();
    expect(await sent.locator("[data-mention]").allTextContents()).toEqual(["@Bert von Berg"]);
    const lobby = bert.room();
    await eventually("Bert is meant", async () =>
      lobby.timeline.get().items.some((item) => item.mentionsMe && item.text.startsWith("Tea,")),
    );
    const carlaId = await bert.idOf("Carla");
    await bert.say(lobby, "@Carla and @room: yes", { mentions: [carlaId], mentionsRoom: true });
    const meant = carla.message("@Carla and @room: yes");
    await eventually(
      "both names are chips",
      async () => (await meant.locator("[data-mention]").count()) === 2,
    );
  });

  test("a reaction is put by key, joined and taken back with a press, and shows by whom", async () => {
    const dora = await server.guest("Dora");
    const lobby = bert.room();
    const id = await bert.say(lobby, "Cake at four?");
    await dora.waitForMessage("Cake at four?");
    const message = dora.message("Cake at four?");
    await message.focus();
    await dora.page.keyboard.press("+");
    await dora.page.getByRole("button", { name: "thumbs up", exact: true }).waitFor();
    await dora.page.keyboard.press("ArrowRight");
    await dora.page.keyboard.press("ArrowRight");
    await dora.page.keyboard.press("Enter");
    const heart = message.getByRole("button", { name: /^❤️ 1, you$/ });
    await heart.waitFor();
    expect(await heart.getAttribute("aria-pressed")).toBe("true");
    await eventually("the focus is back", () =>
      message.evaluate((element) => element === document.activeElement),
    );
    await lobby.react(id, "❤️");
    const both = message.getByRole("button", { name: /^❤️ 2, / });
    await both.hover();
    await dora.page
      .getByRole("tooltip")
      .getByText(/you and Bert von Berg|Bert von Berg and you/)
      .waitFor();
    await both.click();
    await message.getByRole("button", { name: "❤️ 1, Bert von Berg" }).waitFor();
    // Any other: only the last character counts.
    await message.getByRole("button", { name: "Add a reaction" }).click();
    await dora.page.getByLabel("Any other emoji").fill("so 🦜");
    await dora.page.keyboard.press("Enter");
    await message.getByRole("button", { name: /^🦜 1, you$/ }).waitFor();
  });

  test("an edited message shows its earlier texts; a quote links to a message far above", async () => {
    const lobby = bert.room();
    const id = await bert.say(lobby, "The first of its kind");
    await lobby.edit(id, "The second of its kind");
    for (let n = 0; n < 70; n += 1) lobby.send(`Filler ${n}`);
    await bert.say(lobby, "An answer to that", { replyTo: id });
    const emil = await server.guest("Emil");
    await emil.waitForMessage("An answer to that");
    expect(await emil.message("The second of its kind").count()).toBe(0);
    await emil.page
      .getByRole("button", { name: /In reply to Bert von Berg: The second of its kind/ })
      .click();
    const original = emil.message("The second of its kind");
    await original.waitFor();
    await eventually("it has the focus", () =>
      original.evaluate((element) => element === document.activeElement),
    );
    await original.getByRole("button", { name: "(edited)" }).click();
    const dialog = emil.page.getByRole("dialog", { name: "Versions of this message" });
    await dialog.getByText("The first of its kind").waitFor();
    await emil.page.keyboard.press("Escape");
    await emil.page.getByRole("button", { name: "To the newest" }).click();
    await emil.waitForMessage("An answer to that");
  });
});
