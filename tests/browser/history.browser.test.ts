import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type Client, createClient, memoryKeyValue, newToken } from "@parley/sdk";
import type { Route } from "playwright-core";
import { disorder, twice } from "./order.ts";
import { Stage } from "./stage.ts";
import { eventually, type Visitor } from "./visitor.ts";

/** Five pages and a bit: more than is drawn at the end. */
const MESSAGES = 270;

let stage: Stage;
let writer: Client;
beforeAll(async () => {
  stage = await Stage.open();
  writer = createClient({
    url: stage.url,
    token: newToken(),
    name: "Writer",
    platform: { storage: memoryKeyValue() },
  });
  writer.start();
  const lobby = writer.room("lobby");
  for (let n = 1; n <= MESSAGES; n += 1) lobby.send(`Line ${n}, ${"and some more words ".repeat(n % 7)}.`);
  await eventually("all are stored", async () => writer.inspect().outbox === 0);
});
afterEach(() => stage.sendHome());
afterAll(async () => {
  writer.stop();
  await stage.close();
});

/** The box that scrolls. */
const box = (visitor: Visitor) =>
  visitor.page.getByRole("region", { name: "Messages" }).locator("> div").first();

/** How far it is from its end, in pixels. */
const fromEnd = (visitor: Visitor) =>
  box(visitor).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);

const topOf = async (visitor: Visitor, text: string) =>
  (await visitor.message(text).boundingBox())?.y ?? Number.NaN;

async function scroll(visitor: Visitor, pixels: number): Promise<void> {
  await visitor.page.mouse.move(600, 400);
  await visitor.page.mouse.wheel(0, pixels);
}

describe("history", () => {
  test("older pages come while scrolling up, and what is read stays where it is", async () => {
    const anna = await stage.guest("Anna");
    await anna.sees(`Line ${MESSAGES},`);
    await eventually("it opens at the end", async () => (await fromEnd(anna)) < 2);
    const first = (await anna.shown()).length;
    expect(first).toBeLessThan(MESSAGES);

    for (let count = first; count < MESSAGES; count = (await anna.shown()).length) {
      const page = await holdPage(anna);
      // Not by wheel: what is left of its turning would move the rows while they are watched.
      await box(anna).evaluate((element) => element.scrollTo({ top: 250, behavior: "instant" }));
      await eventually("an older page is asked for", async () => page.isHeld());
      await anna.page.getByText("Earlier messages…").waitFor();
      const before = await stillness(anna);
      await page.release();
      await eventually("rows have come", async () => (await anna.shown()).length > count);
      expect(Math.abs((await topOf(anna, before.text)) - before.top)).toBeLessThan(1);
    }
    const shown = await anna.shown();
    expect(shown.map(({ text }) => text.split(",")[0])).toEqual(
      Array.from({ length: MESSAGES }, (_, n) => `Line ${n + 1}`),
    );
    expect(disorder(shown)).toEqual([]);
    expect(twice(shown)).toEqual([]);

    // Back at the end only the newest are drawn; the rest is still there, without asking again.
    await anna.page.getByRole("button", { name: "To the newest" }).click();
    await eventually("the old ones are put away", async () => (await anna.shown()).length < MESSAGES);
    expect(await fromEnd(anna)).toBeLessThan(2);
    expect(disorder(await anna.shown())).toEqual([]);
    await anna.page.route(/messages\?.*before=/, (route) => route.abort());
    await eventually("all are drawn again", async () => {
      await box(anna).evaluate((element) => element.scrollTo({ top: 0, behavior: "instant" }));
      return (await anna.shown()).length === MESSAGES;
    });
  });

  test("further up, new messages do not move what is read, and a button leads to them", async () => {
    const bert = await stage.guest("Bert");
    await bert.sees(`Line ${MESSAGES},`);
    await scroll(bert, -600);
    await bert.page.getByRole("button", { name: "To the newest" }).waitFor();
    const marked = `Line ${MESSAGES - 12},`;
    const before = await topOf(bert, marked);
    const lobby = writer.room("lobby");
    lobby.send("News, one.");
    lobby.send("News, two.");
    const button = bert.page.getByRole("button", { name: "2 new messages" });
    await button.waitFor();
    expect(Math.abs((await topOf(bert, marked)) - before)).toBeLessThan(1);
    await button.click();
    await bert.sees("News, two.");
    await eventually("it is at the end", async () => (await fromEnd(bert)) < 2);
    expect(await button.count()).toBe(0);
    // At the end it follows.
    lobby.send("News, three.");
    await bert.sees("News, three.");
    await eventually("it is at the end", async () => (await fromEnd(bert)) < 2);
  });

  test("the end of a busy room can be left by the smallest turns of a wheel", async () => {
    const carl = await stage.guest("Carl");
    await eventually("it is at the end", async () => (await fromEnd(carl)) < 2);
    let sent = 0;
    const talk = setInterval(() => writer.room("lobby").send(`Busy, ${++sent}.`), 50);
    try {
      await carl.sees("Busy, 3.");
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

/** Stops the next answer with older messages on its way, until it is released. */
async function holdPage(visitor: Visitor): Promise<{ isHeld(): boolean; release(): Promise<void> }> {
  let held: Route | null = null;
  await visitor.page.route(/messages\?.*before=/, (route) => {
    held = route;
  });
  return {
    isHeld: () => held !== null,
    async release() {
      await held?.continue();
      await visitor.page.unroute(/messages\?.*before=/);
    },
  };
}

/** Waits until nothing moves any more; gives the first message that is fully in view. */
async function stillness(visitor: Visitor): Promise<{ text: string; top: number }> {
  let last = await firstInView(visitor);
  await eventually("nothing moves", async () => {
    const now = await firstInView(visitor);
    const still = now.text === last.text && now.top === last.top;
    last = now;
    return still;
  });
  return last;
}

function firstInView(visitor: Visitor): Promise<{ text: string; top: number }> {
  return visitor.page.locator("[data-message]").evaluateAll((articles) => {
    const edge = document.querySelector("section[aria-label=Messages]")?.getBoundingClientRect().top ?? 0;
    const seen = articles.find((article) => article.getBoundingClientRect().top >= edge);
    const text = seen?.querySelector("[data-body]")?.textContent ?? "";
    return { text: `${text.split(",")[0]},`, top: seen?.getBoundingClientRect().top ?? 0 };
  });
}
