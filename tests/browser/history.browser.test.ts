import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type Client, createClient, memoryKeyValue, newToken } from "@parley/sdk";
import type { Route } from "playwright-core";
import { BrowserHarness } from "../support/browser-harness.ts";
import { eventually, type PageUser, type Shown } from "../support/page-user.ts";
import { disorder } from "./pages/order.ts";

/** More pages than are ever drawn at once. */
const MESSAGES = 420;
/** Messages that are rendered at most, at any scroll position. */
const DRAWN = 300;

let server: BrowserHarness;
let writer: Client;
beforeAll(async () => {
  server = await BrowserHarness.open();
  writer = createClient({
    url: server.url,
    token: newToken(),
    name: "Writer",
    platform: { storage: memoryKeyValue() },
  });
  writer.start();
  const lobby = writer.room("lobby");
  lobby.open();
  for (let n = 1; n <= MESSAGES; n += 1) lobby.send(`Line ${n}, ${"and some more words ".repeat(n % 7)}.`);
  await eventually("all are stored", async () => writer.inspect().outbox === 0);
});
afterEach(() => server.closePages());
afterAll(async () => {
  writer.stop();
  await server.close();
});

/** The box that scrolls. */
const box = (user: PageUser) => user.page.getByRole("region", { name: "Messages" }).locator("> div").first();

/** How far it is from its end, in pixels. */
const fromEnd = (user: PageUser) =>
  box(user).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);

const topOf = async (user: PageUser, text: string) =>
  (await user.message(text).boundingBox())?.y ?? Number.NaN;

async function scroll(user: PageUser, pixels: number): Promise<void> {
  await user.page.mouse.move(600, 400);
  await user.page.mouse.wheel(0, pixels);
}

describe("history", () => {
  for (const itself of [true, false]) {
    test(`a second line in the field leaves the newest message in view; fields that size themselves: ${itself}`, async () => {
      const lena = await server.user();
      if (!itself) {
        await lena.page.addInitScript(() => {
          const supports = CSS.supports.bind(CSS);
          CSS.supports = (name: string, value?: string) =>
            name !== "field-sizing" && (value === undefined ? supports(name) : supports(name, value));
        });
      }
      await lena.join(`Lena ${itself}`);
      await lena.waitForMessage(`Line ${MESSAGES},`);
      await eventually("it opens at the end", async () => (await fromEnd(lena)) < 2);
      const field = lena.composer("Lobby");
      const height = async () => (await field.boundingBox())?.height ?? 0;
      const one = await height();
      await field.pressSequentially("a");
      for (let line = 2; line <= 5; line += 1) {
        await lena.page.keyboard.press("Shift+Enter");
        await field.pressSequentially("xy");
      }
      expect(await height()).toBeGreaterThan(one * 2);
      await eventually("the end is in view", async () => (await fromEnd(lena)) < 2);
      expect(await lena.page.getByRole("button", { name: "To the newest" }).count()).toBe(0);
      await field.fill("");
      await eventually("the field is small again", async () => (await height()) === one);
      expect(await lena.page.getByRole("button", { name: "To the newest" }).count()).toBe(0);
    });
  }

  test("older pages come while scrolling up, and what is read stays where it is", async () => {
    const anna = await server.guest("Anna");
    await anna.waitForMessage(`Line ${MESSAGES},`);
    await eventually("it opens at the end", async () => (await fromEnd(anna)) < 2);
    for (;;) {
      const shown = await anna.shown();
      expect(shown.length).toBeLessThan(DRAWN);
      expect(disorder(shown)).toEqual([]);
      expect(holes(shown)).toEqual([]);
      if (shown[0]?.text.startsWith("Line 1,")) break;
      const page = await holdPage(anna);
      // Not by wheel: what is left of its turning would move the rows while they are watched.
      await box(anna).evaluate((element) => element.scrollTo({ top: 250, behavior: "instant" }));
      await eventually("an older page is asked for, or older rows are drawn", async () => {
        return page.isHeld() || (await anna.shown())[0]?.seq !== shown[0]?.seq;
      });
      const before = await stillness(anna);
      await page.release();
      await eventually("rows have come", async () => (await anna.shown())[0]?.seq !== shown[0]?.seq);
      expect(Math.abs((await topOf(anna, before.text)) - before.top)).toBeLessThan(1);
    }
    // Down again: what was put away comes back, in order and without asking.
    await anna.page.route(/messages\?/, (route) => route.abort());
    await eventually("the newest are drawn again", async () => {
      await box(anna).evaluate((element) => element.scrollBy({ top: 4_000, behavior: "instant" }));
      const shown = await anna.shown();
      expect(shown.length).toBeLessThan(DRAWN);
      expect(holes(shown)).toEqual([]);
      return (await fromEnd(anna)) < 2 && shown.at(-1)?.text.startsWith(`Line ${MESSAGES},`) === true;
    });
    expect(await anna.page.getByRole("button", { name: "To the newest" }).count()).toBe(0);
  });

  test("arrow keys go through the messages beyond what is drawn, Home and End to the ends of it", async () => {
    const dora = await server.guest("Dora");
    await dora.waitForMessage(`Line ${MESSAGES},`);
    await dora.page.getByRole("article").last().focus();
    const focused = () =>
      dora.page.evaluate(() => Number((document.activeElement as HTMLElement | null)?.dataset.seq ?? 0));
    const start = await focused();
    // At the edge of what is loaded a press may come to nothing: the next page is on its way.
    await eventually("the focus is 60 further up", async () => {
      await dora.page.keyboard.press("ArrowUp");
      return (await focused()) <= start - 60;
    });
    await dora.page.keyboard.press("Home");
    await eventually("it is further up still", async () => (await focused()) < start - 60);
    await dora.page.keyboard.press("End");
    await eventually(
      "it is at the end",
      async () => (await focused()) === start && (await fromEnd(dora)) < 2,
    );
  });

  test("further up, new messages do not move what is read, and a button leads to them", async () => {
    const bert = await server.guest("Bert");
    await bert.waitForMessage(`Line ${MESSAGES},`);
    await scroll(bert, -600);
    await bert.page.getByRole("button", { name: "To the newest" }).waitFor();
    const { text: marked, top: before } = await stillness(bert);
    const lobby = writer.room("lobby");
    // Something far above becomes much longer, and something below as well.
    const { items } = lobby.timeline.get();
    const longer = async (line: number) => {
      const item = items.find(({ text }) => text.startsWith(`Line ${line},`));
      await lobby.edit(item?.id ?? "", `Line ${line}, ${"now with far more to say. ".repeat(60)}`);
    };
    await longer(MESSAGES - 46);
    await longer(MESSAGES - 1);
    await bert.message(`Line ${MESSAGES - 46}, now with far more`).waitFor();
    await bert.message(`Line ${MESSAGES - 1}, now with far more`).waitFor();
    expect(Math.abs((await topOf(bert, marked)) - before)).toBeLessThan(1);
    lobby.send("News, one.");
    lobby.send("News, two.");
    const button = bert.page.getByRole("button", { name: "2 new messages" });
    await button.waitFor();
    expect(Math.abs((await topOf(bert, marked)) - before)).toBeLessThan(1);
    await button.click();
    await bert.waitForMessage("News, two.");
    await eventually("it is at the end", async () => (await fromEnd(bert)) < 2);
    expect(await button.count()).toBe(0);
    // At the end it follows.
    lobby.send("News, three.");
    await bert.waitForMessage("News, three.");
    await eventually("it is at the end", async () => (await fromEnd(bert)) < 2);
  });

  test("the end of a busy room can be left by the smallest turns of a wheel", async () => {
    const carl = await server.guest("Carl");
    await eventually("it is at the end", async () => (await fromEnd(carl)) < 2);
    let sent = 0;
    const talk = setInterval(() => writer.room("lobby").send(`Busy, ${++sent}.`), 50);
    try {
      await carl.waitForMessage("Busy, 3.");
      await eventually("it is well above the end", async () => {
        await scroll(carl, -12);
        return (await fromEnd(carl)) > 300;
      });
      await carl.page.getByRole("button", { name: /new message/ }).waitFor();
    } finally {
      clearInterval(talk);
    }
  });
});

/** Numbers that are missing between the first and the last message shown. */
function holes(shown: readonly Shown[]): number[] {
  const seqs = shown.flatMap(({ seq }) => seq ?? []);
  return seqs.filter((seq, index) => index > 0 && seqs[index - 1] !== seq - 1);
}

/** Stops the next answer with older messages on its way, until it is released. */
async function holdPage(user: PageUser): Promise<{ isHeld(): boolean; release(): Promise<void> }> {
  let held: Route | null = null;
  await user.page.route(/messages\?.*before=/, (route) => {
    held = route;
  });
  return {
    isHeld: () => held !== null,
    async release() {
      await held?.continue();
      await user.page.unroute(/messages\?.*before=/);
    },
  };
}

/** Waits until nothing moves any more; gives the first message that is fully in view. */
async function stillness(user: PageUser): Promise<{ text: string; top: number }> {
  let last = await firstInView(user);
  await eventually("nothing moves", async () => {
    const now = await firstInView(user);
    const still = now.text === last.text && now.top === last.top;
    last = now;
    return still;
  });
  return last;
}

function firstInView(user: PageUser): Promise<{ text: string; top: number }> {
  return user.page.locator("[data-message]").evaluateAll((articles) => {
    const edge = document.querySelector("section[aria-label=Messages]")?.getBoundingClientRect().top ?? 0;
    const seen = articles.find((article) => article.getBoundingClientRect().top >= edge);
    const text = seen?.querySelector("[data-body]")?.textContent ?? "";
    return { text: `${text.split(",")[0]},`, top: seen?.getBoundingClientRect().top ?? 0 };
  });
}
