import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { BrowserContextOptions } from "playwright-core";
import { BrowserHarness, DESK, PHONE } from "../support/browser-harness.ts";
import { eventually, type PageUser } from "../support/page-user.ts";
import { RestClient } from "../support/rest-client.ts";

let server: BrowserHarness;
beforeAll(async () => {
  server = await BrowserHarness.open();
});
afterEach(() => server.closePages());
afterAll(() => server.close());

/** A browser on a page, and every address outside this server that the page asked for. */
async function reader(
  path: string,
  options?: BrowserContextOptions,
): Promise<{ user: PageUser; foreign: string[] }> {
  const user = await server.user(options);
  const foreign: string[] = [];
  user.page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && origin !== server.url) foreign.push(request.url());
  });
  await user.goto(path);
  return { user, foreign };
}

const pages: [path: string, shows: string][] = [
  ["/docs", "Send a message"],
  ["/redoc", "Send a message"],
  ["/reference", "Frames from clients"],
];
for (const [name, options] of [
  ["a desk", DESK],
  ["a phone", PHONE],
  ["a dark desk", { ...DESK, colorScheme: "dark" as const }],
] as const) {
  test.each(pages)(
    `HT-8 %s is shown on ${name}, fits, and loads nothing from elsewhere`,
    async (path, shows) => {
      const { user, foreign } = await reader(path, options);
      await user.page.getByText(shows).first().waitFor({ state: "attached" });
      await user.page.waitForLoadState("networkidle");
      const spill = await user.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(spill).toBeLessThanOrEqual(0);
      expect(foreign).toEqual([]);
    },
  );
}

describe("/docs", () => {
  test("a request can be tried with a guest's token", async () => {
    const ada = await RestClient.guest(server, "Ada");
    const { user } = await reader("/docs");
    const { page } = user;
    await page.getByRole("button", { name: "Authorize" }).click();
    await page.getByRole("textbox", { name: "auth-bearer-value" }).fill(ada.token);
    await page.getByRole("button", { name: "Apply credentials" }).click();
    await page.getByRole("button", { name: "Close" }).first().click();
    const send = page.locator("#operations-Messages-sendMessage");
    await send.getByRole("button").first().click();
    await send.locator("textarea").fill('{"text":"tried from the documents"}');
    await send.getByRole("button", { name: "Execute" }).click();
    await send.locator(".live-responses-table .response-col_status", { hasText: "201" }).waitFor();
    const { messages } = (await ada.get("/rooms/lobby/messages")).body;
    expect(messages.at(-1)).toMatchObject({ author: ada.id, text: "tried from the documents" });
  });
});

describe("/redoc", () => {
  test("what is searched for is found", async () => {
    const { user } = await reader("/redoc");
    const { page } = user;
    await page.getByRole("textbox", { name: /search/i }).fill("reaction");
    await eventually("a hit is listed", async () => {
      const hits = page.locator('[data-role="search:results"] li, [data-role="search:results"] label');
      return (await hits.count()) > 0;
    });
  });
});

describe("/reference", () => {
  test("each entry of the contents leads to its heading", async () => {
    const { user } = await reader("/reference");
    const { page } = user;
    await page.getByRole("link", { name: "send_message", exact: true }).first().click();
    expect(new URL(page.url()).hash).toBe("#commands-send_message");
    expect(await page.locator("#commands-send_message").isVisible()).toBe(true);
  });
});
