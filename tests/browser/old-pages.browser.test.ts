import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { BrowserHarness } from "../support/browser-harness.ts";
import { ForeignSite } from "./pages/foreign-site.ts";

let server: BrowserHarness;
let site: ForeignSite;
beforeAll(async () => {
  [server, site] = await Promise.all([BrowserHarness.open(), ForeignSite.open()]);
});
afterEach(async () => {
  const complaints = await server.closePages().then(
    () => [],
    ({ message }: Error) => message.split("\n").slice(1),
  );
  // A browser says aloud what these pages show to their users anyway: a refusal by REST.
  expect(complaints.filter((line) => !/status of 40[03] /.test(line))).toEqual([]);
});
afterAll(async () => {
  site.close();
  await server.close();
});

/** A page of a small chat server's user, from an origin that is not ours. */
async function open(name: string): Promise<Page> {
  const { page } = await server.user(undefined, "");
  await page.goto(site.page(name, server.port));
  return page;
}

const shows = (page: Page, selector: string, text: string | RegExp) =>
  page
    .locator(selector)
    .getByText(text, { exact: typeof text === "string" })
    .first()
    .waitFor();

async function linesOf(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).allTextContents();
}

async function restart(...pages: Page[]): Promise<void> {
  await server.killServer();
  for (const page of pages) await page.locator("#status", { hasText: /offline|Reconnecting/ }).waitFor();
  await server.restartServer();
}

describe("B, rooms by URL", () => {
  const PAGE = "rooms-by-url";
  async function enter(page: Page, username: string, room: string): Promise<void> {
    await page.getByPlaceholder("Username").fill(username);
    await page.getByPlaceholder("Room").fill(room);
    await page.getByRole("button", { name: "Enter" }).click();
  }
  async function say(page: Page, text: string): Promise<void> {
    await page.getByPlaceholder("Message").fill(text);
    await page.getByRole("button", { name: "Send" }).click();
  }

  test("join, talk, kill -9 and restart, the same name again by itself, a taken name is shown", async () => {
    const [alice, bob] = await Promise.all([open(PAGE), open(PAGE)]);
    await enter(alice, "Alice", "Tea & cake");
    await shows(alice, "#status", "online");
    await enter(bob, "Bob", "Tea & cake");
    await shows(bob, "#status", "online");
    await say(alice, "Hello world!");
    for (const page of [alice, bob]) await shows(page, "#messages", "Alice: Hello world!");

    const thief = await open(PAGE);
    await enter(thief, "alice", "Tea & cake");
    await shows(thief, "#problem", "Username 'alice' is already taken.");
    await enter(thief, "alice", "Another room");
    await shows(thief, "#status", "online");

    await restart(alice, bob);
    for (const page of [alice, bob]) await shows(page, "#status", "online");
    await say(bob, "Back again");
    for (const page of [alice, bob]) await shows(page, "#messages", "Bob: Back again");
    await say(alice, "");
    await shows(alice, "#problem", /text/);
    await say(alice, "Me too");
    await shows(bob, "#messages", "Alice: Me too");
    expect(await linesOf(bob, "#messages li")).toEqual([
      "Alice: Hello world!",
      "Bob: Back again",
      "Alice: Me too",
    ]);
  });
});

describe("D, the lobby in plain text", () => {
  const PAGE = "plain-text-lobby";
  async function join(page: Page, name: string): Promise<void> {
    await page.getByPlaceholder("Your name").fill(name);
    await page.getByRole("button", { name: "Join" }).click();
  }
  async function say(page: Page, text: string): Promise<void> {
    await page.getByPlaceholder("Say something").fill(text);
    await page.getByRole("button", { name: "Send" }).click();
  }

  test("history, notices, talk, kill -9 and restart with the history again, the same name, a taken name", async () => {
    const dora = await open(PAGE);
    await join(dora, "Dora");
    await shows(dora, "#log", "System: Dora has joined the chat");
    for (let i = 1; i <= 12; i++) {
      await say(dora, `line ${i}`);
      await shows(dora, "#log", `Dora: line ${i}`);
    }
    const emil = await open(PAGE);
    await join(emil, "Emil");
    await shows(emil, "#log", "System: Emil has joined the chat");
    await shows(dora, "#log", "System: Emil has joined the chat");
    expect(await linesOf(emil, "#log div")).toEqual([
      ...Array.from({ length: 10 }, (_, i) => `Dora: line ${i + 3}`),
      "System: Emil has joined the chat",
    ]);

    const thief = await open(PAGE);
    await join(thief, "DORA");
    await shows(thief, "#status", "Refused: Username 'DORA' is already taken.");

    await restart(dora, emil);
    await shows(dora, "#status", "Connected as Dora");
    await shows(emil, "#status", "Connected as Emil");
    await shows(dora, "#log", "System: Dora has joined the chat");
    // The last ten again, and the joins of before are no history.
    const lines = await linesOf(dora, "#log div");
    expect(lines.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => `Dora: line ${i + 3}`));
    await shows(emil, "#log", "System: Emil has joined the chat");
    await say(emil, "I am back");
    await shows(dora, "#log", "Emil: I am back");

    await emil.goto("about:blank");
    await shows(dora, "#log", "System: Emil has left the chat");
  });
});

describe("E, rooms by REST", () => {
  const PAGE = "rooms-by-rest";
  async function make(page: Page, username: string, room: string): Promise<void> {
    await page.getByPlaceholder("Username").fill(username);
    await page.getByPlaceholder("New room").fill(room);
    await page.getByRole("button", { name: "Create" }).click();
  }
  async function enter(page: Page, username: string, room: string): Promise<void> {
    await page.getByPlaceholder("Username").fill(username);
    await page.locator("#rooms li", { hasText: room }).click();
  }
  async function say(page: Page, text: string): Promise<void> {
    await page.getByPlaceholder("Message").pressSequentially(text);
    await page.getByRole("button", { name: "Send" }).click();
  }

  test("make, list, join, talk, typing, kill -9 and restart, a taken name, deletion", async () => {
    const ada = await open(PAGE);
    await make(ada, "Ada", "General");
    await shows(ada, "#status", "in General");
    const bim = await open(PAGE);
    await make(bim, "Bim", "General");
    await shows(bim, "#problem", "Room 'General' already exists");
    await enter(bim, "Bim", "General");
    for (const page of [ada, bim]) await page.locator("#users li", { hasText: "Bim" }).waitFor();
    expect(await linesOf(bim, "#users li")).toEqual(["Ada", "Bim"]);

    await ada.getByPlaceholder("Message").pressSequentially("Hel");
    await shows(bim, "#typing", "Ada typing");
    await say(ada, "lo");
    await shows(bim, "#messages", "Ada: Hello");
    await bim.locator("#typing:empty").waitFor({ state: "attached" });

    const thief = await open(PAGE);
    await enter(thief, "ada", "General");
    await shows(thief, "#problem", "Username 'ada' is already taken.");

    await restart(ada, bim);
    for (const page of [ada, bim]) await shows(page, "#status", "in General");
    // What was said before came by REST.
    await shows(bim, "#messages", "Ada: Hello");
    await say(bim, "Still here");
    await shows(ada, "#messages", "Bim: Still here");
    expect(await linesOf(ada, "#messages li")).toEqual(["Ada: Hello", "Bim: Still here"]);
    for (const name of ["Ada", "Bim"]) await ada.locator("#users li", { hasText: name }).waitFor();
    expect(await linesOf(ada, "#users li")).toHaveLength(2);

    const late = await open(PAGE);
    await enter(late, "Late", "General");
    await shows(late, "#messages", "Bim: Still here");
    // The lobby is not listed: those servers begin without a room.
    expect(await late.locator("#rooms li", { hasText: "General" }).count()).toBe(1);
    expect(await late.locator("#rooms li", { hasText: "Lobby" }).count()).toBe(0);
    await late.close();
    await ada.locator("#users li", { hasText: "Late" }).waitFor({ state: "detached" });

    await ada.getByRole("button", { name: "Delete the room" }).click();
    for (const page of [ada, bim]) await shows(page, "#problem", "This room was deleted.");
  });
});
