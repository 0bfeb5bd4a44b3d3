import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness, DESK, PHONE } from "../support/browser-harness.ts";
import { eventually, type PageUser } from "../support/page-user.ts";
import { axeFindings, faintTexts, namelessControls, outOfView } from "./pages/access.ts";
import { SdkUser } from "./pages/sdk-user.ts";

let server: BrowserHarness;
let bert: SdkUser;
let garden: string;
let old: string;
beforeAll(async () => {
  server = await BrowserHarness.open();
  bert = await SdkUser.join(server.url, "Bert");
  const lobby = bert.room();
  const first = await bert.say(
    lobby,
    "Hello **there**, see https://a.example, `code` and ~~this~~.\n\n> quoted\n\n```ts\nlet x = 1;\n```",
  );
  await bert.say(lobby, "An answer, @room", { replyTo: first, mentionsRoom: true });
  await lobby.react(first, "👍");
  await lobby.edit(await bert.say(lobby, "Wrogn"), "Wrong");
  await lobby.remove(await bert.say(lobby, "Gone"));
  garden = await bert.client.createRoom({
    name: "Entwicklungsabteilung Qualitätssicherungsmaßnahmen",
    kind: "public",
    topic: "Besprechungsprotokolle",
  });
  old = await bert.client.createRoom({ name: "Old", kind: "public" });
  await bert.room(old).archive();
});
afterEach(() => server.closePages());
afterAll(async () => {
  bert.leave();
  await server.close();
});

/** A small phone, and what a window of 1280 x 800 leaves at 200 % and at 400 %. */
const SMALL = [
  { width: 360, height: 640 },
  { width: 640, height: 400 },
  { width: 320, height: 256 },
];

/** Each place of the page, and what must be there before it is looked at. */
async function places(user: PageUser, look: (place: string) => Promise<void>): Promise<void> {
  await user.waitForMessage("Wrong");
  await user.message("Hello there").locator("strong").waitFor();
  await look("a room");
  await user.goto(`/rooms/${garden}`);
  await user.page.getByRole("button", { name: "Join the room" }).waitFor();
  await look("a room from outside");
  await user.goto(`/rooms/${old}`);
  await user.page.getByText("It is archived").waitFor();
  await look("an archived room");
  await user.goto("/rooms");
  await user.page.getByRole("button", { name: "Join Entwicklungsabteilung" }).waitFor();
  await look("the directory");
  await user.goto("/search?q=hello");
  await user.page.locator("mark").first().waitFor();
  await look("a search");
  await user.goto("/rooms/00000000-0000-7000-8000-000000000000");
  await user.page.getByRole("heading", { name: "Nothing here" }).waitFor();
  await look("nothing");
}

describe("for everybody", () => {
  test("by day: text has enough contrast (AA), all controls have names, one heading, and nothing runs out of a small window", async () => {
    const anna = await server.guest("Anna", { ...DESK, colorScheme: "light", reducedMotion: "reduce" });
    const { page } = anna;
    await places(anna, async (place) => {
      expect([place, await faintTexts(page)]).toEqual([place, []]);
      expect([place, await namelessControls(page)]).toEqual([place, []]);
      expect([place, await page.locator("h1:visible").count()]).toEqual([place, 1]);
      expect([place, await page.locator("main:visible").count()]).toEqual([place, 1]);
      expect(await page.locator("script:not([src]), style").count()).toBe(0);
      for (const size of SMALL) {
        await page.setViewportSize(size);
        expect([place, size, await outOfView(page)]).toEqual([place, size, []]);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    });
    await anna.goto("/rooms/lobby");
    await anna.waitForMessage("Wrong");
    const feed = page.getByRole("feed", { name: "Messages in Lobby" });
    expect(await feed.getByRole("article", { name: /^Bert, / }).count()).toBe(4);
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    expect(await faintTexts(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    // And what is looked for here would be found.
    await page.evaluate(() => document.documentElement.style.setProperty("--ink-faint", "#a0a0a0"));
    // The veil behind the dialog goes a moment after it.
    await eventually("faint texts are found", async () => (await faintTexts(page)).length > 5);
    await page.evaluate(() => {
      const wide = document.createElement("button");
      wide.style.width = "3000px";
      document.querySelector("main")?.append(wide);
    });
    expect(await namelessControls(page)).toHaveLength(1);
    expect((await outOfView(page)).length).toBeGreaterThan(0);
  });

  test("axe finds nothing: on each place, in a menu, a dialog, the switcher and the list of members", async () => {
    const gina = await server.guest("Gina", { ...DESK, reducedMotion: "reduce" });
    const { page } = gina;
    await places(gina, async (place) => {
      expect([place, await axeFindings(page)]).toEqual([place, []]);
    });
    await gina.goto("/rooms/lobby");
    await gina.waitForMessage("Wrong");
    await gina.message("Wrong").hover();
    await gina.message("Wrong").getByRole("button", { name: "More about the message" }).click();
    await page.getByRole("menuitem", { name: "Reply" }).waitFor();
    expect(["menu", await axeFindings(page)]).toEqual(["menu", []]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Create a room" }).click();
    await page.getByRole("dialog").waitFor();
    expect(["dialog", await axeFindings(page)]).toEqual(["dialog", []]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    expect(["switcher", await axeFindings(page)]).toEqual(["switcher", []]);
    await page.keyboard.press("Escape");
    await page.evaluate(() => localStorage.clear());
    await page.goto(server.url);
    await page.getByLabel("Your name").waitFor();
    expect(["sign in", await axeFindings(page)]).toEqual(["sign in", []]);
    // And what is looked for here would be found.
    await page.evaluate(() => {
      document.querySelector("main")?.append(document.createElement("button"));
    });
    expect(await axeFindings(page)).toHaveLength(1);
  });

  test("the messages are one stop of the Tab key; inside the one that has the focus Tab goes on to its links", async () => {
    const hanna = await server.guest("Hanna");
    const { page } = hanna;
    await hanna.message("Hello there").locator("a").waitFor();
    const feed = page.getByRole("feed");
    const reachable = () =>
      feed.evaluate(
        (element) =>
          [...element.querySelectorAll<HTMLElement>("a, button, pre, [tabindex]")].filter(
            (each) => each.tabIndex >= 0,
          ).length,
      );
    expect(await reachable()).toBe(1);
    await hanna.message("Hello there").focus();
    await page.keyboard.press("Tab");
    const reached: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      const inside = await page.evaluate(() => {
        const element = document.activeElement;
        return element?.closest("[data-message]") ? (element.getAttribute("href") ?? element.tagName) : null;
      });
      if (inside === null) break;
      reached.push(inside);
      await page.keyboard.press("Tab");
    }
    expect(reached).toContain("https://a.example/");
    expect(reached.length).toBeLessThan(8);
    expect(await reachable()).toBe(1);
  });

  test("the first stop of the Tab key leads past the list of rooms", async () => {
    const ida = await server.guest("Ida");
    await ida.page.reload();
    await ida.waitForMessage("Wrong");
    await ida.page.evaluate(() => {
      document.body.tabIndex = -1;
      document.body.focus();
    });
    await ida.page.keyboard.press("Tab");
    const skip = ida.page.getByRole("button", { name: "Skip to the messages" });
    expect(await skip.evaluate((element) => element === document.activeElement)).toBe(true);
    expect((await skip.boundingBox())?.width).toBeGreaterThan(100);
    await ida.page.keyboard.press("Enter");
    expect(await ida.page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
  });

  test("by night text has enough contrast, too", async () => {
    const carl = await server.guest("Carl", { ...DESK, colorScheme: "dark", reducedMotion: "reduce" });
    await places(carl, async (place) => {
      expect([place, await faintTexts(carl.page)]).toEqual([place, []]);
    });
  });

  test("Tab goes through the page in the order in which it is read, and each stop is seen", async () => {
    const dora = await server.guest("Dora");
    await dora.waitForMessage("Wrong");
    await dora.page.getByRole("navigation").focus();
    const stops: string[] = [];
    for (let n = 0; n < 40; n += 1) {
      await dora.page.keyboard.press("Tab");
      const stop = await dora.page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const outlined = getComputedStyle(element).outlineStyle !== "none";
        const inField = element.matches("textarea");
        const name = element.getAttribute("aria-label") ?? element.textContent ?? "";
        return { name: name.slice(0, 40), seen: outlined || inField };
      });
      expect(stop).toEqual({ ...stop, seen: true });
      stops.push(stop.name);
      if (stop.name.startsWith("Message to")) break;
    }
    const order = [
      "Go to a room",
      "Search messages",
      "Browse rooms",
      "Create a room",
      "Lobby",
      "Start a conversation",
      "You are Dora",
      "Search in this room",
      "Members",
      "More about this room",
      "Message to Lobby",
    ];
    const found = order.map((name) =>
      stops.findIndex((stop) => stop.includes(name) || (name === "Members" && /\d+ member/.test(stop))),
    );
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((one, other) => one - other));
  });

  test("a phone of 360 pixels: the list and a dialog fit", async () => {
    const emil = await server.guest("Emil", { ...PHONE, viewport: { width: 360, height: 640 } });
    await emil.goto("/");
    await emil.page.getByRole("navigation", { name: "Rooms" }).waitFor();
    expect(await outOfView(emil.page)).toEqual([]);
    await emil.page.getByRole("button", { name: "Create a room" }).click();
    await emil.page.getByRole("dialog").waitFor();
    expect(await outOfView(emil.page)).toEqual([]);
    await emil.page.getByRole("button", { name: "Create", exact: true }).scrollIntoViewIfNeeded();
  });

  test("who wants no motion gets none, and new messages are announced politely", async () => {
    const finn = await server.guest("Finn", { ...DESK, reducedMotion: "reduce" });
    await finn.waitForMessage("Wrong");
    await bert.say(bert.room(), "Said **aloud**");
    await finn.page
      .locator("[aria-live=polite]", { hasText: "Bert: Said aloud" })
      .waitFor({ state: "attached" });
    await eventually("nothing moves", () =>
      finn.page.evaluate(() =>
        document.getAnimations().every((animation) => animation.playState !== "running"),
      ),
    );
  });
});
