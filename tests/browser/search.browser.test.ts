import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness } from "../support/browser-harness.ts";
import { eventually } from "../support/page-user.ts";
import { SdkUser } from "./pages/sdk-user.ts";

let server: BrowserHarness;
let bert: SdkUser;
let carla: SdkUser;
let kitchen: string;
let needle: number;
beforeAll(async () => {
  server = await BrowserHarness.open();
  [bert, carla] = await Promise.all([SdkUser.join(server.url, "Bert"), SdkUser.join(server.url, "Carla")]);
  kitchen = await bert.client.createRoom({ name: "Kitchen", kind: "public" });
  await carla.client.join(kitchen);
  const lobby = bert.room();
  const room = bert.room(kitchen);
  await bert.say(room, "The **kettle** is by the window.");
  for (let n = 0; n < 130; n += 1) room.send(`Filler ${n}`);
  await bert.say(room, "Filler at the end");
  await carla.say(carla.room(), "Where is the kettle, Bert?");
  for (let n = 0; n < 25; n += 1) await bert.say(lobby, `A cup, number ${n}`);
  needle = room.timeline.get().items[0]?.seq ?? 0;
});
afterEach(() => server.closePages());
afterAll(async () => {
  bert.leave();
  carla.leave();
  await server.close();
});

describe("search", () => {
  test("finds, narrows by room and person, links to the message in its room, and back", async () => {
    const anna = await server.guest("Anna");
    await anna.page.getByRole("link", { name: "Search messages" }).click();
    await anna.page.getByLabel("Search for").fill("KETTLE");
    // The lobby is hers; the kitchen is not, so nothing of it is found.
    await anna.page.getByText("1 message", { exact: true }).waitFor();
    expect(await anna.page.locator("mark").allTextContents()).toEqual(["kettle"]);
    await anna.goto(`/rooms/${kitchen}`);
    await anna.page.getByRole("button", { name: "Join the room" }).click();
    await anna.composer("Kitchen").waitFor();
    await anna.page.getByRole("button", { name: "Search in this room" }).click();
    await anna.page.getByLabel("Search for").fill("kettle");
    const hit = anna.page.getByRole("link", { name: /The kettle is by the window/ });
    await hit.waitFor();
    await anna.page.getByText("1 message", { exact: true }).waitFor();
    await anna.page.getByLabel("In", { exact: true }).selectOption({ label: "All my rooms" });
    await anna.page.getByText("2 messages", { exact: true }).waitFor();
    await anna.page.getByRole("combobox", { name: "By" }).fill("car");
    await anna.page.getByRole("option", { name: "Carla" }).waitFor();
    await anna.page.keyboard.press("Enter");
    await anna.page.getByRole("link", { name: /Where is the kettle/ }).waitFor();
    await anna.page.getByText("1 message", { exact: true }).waitFor();
    await anna.page.getByRole("button", { name: "Anyone" }).click();
    await anna.page.getByText("2 messages", { exact: true }).waitFor();
    await anna.page.getByLabel("From", { exact: true }).fill("2999-01-01");
    await anna.page.getByText("Nothing found.").waitFor();
    await anna.page.getByLabel("From", { exact: true }).fill("");

    await hit.click();
    const found = anna.message("The kettle is by the window.");
    await found.waitFor();
    await eventually("it has the focus", () =>
      found.evaluate((element) => element === document.activeElement),
    );
    expect(new URL(anna.page.url()).search).toBe(`?at=${needle}`);
    expect(await anna.message("Filler at the end").count()).toBe(0);
    await anna.page.getByRole("button", { name: "To the newest" }).click();
    await anna.waitForMessage("Filler at the end");
    expect(new URL(anna.page.url()).search).toBe("");
    await anna.page.goBack();
    await anna.page.getByText("2 messages", { exact: true }).waitFor();
    expect(await anna.page.getByLabel("Search for").inputValue()).toBe("kettle");
  });

  test("older ones come page by page, and the switcher leads to a search", async () => {
    const dora = await server.guest("Dora");
    await dora.page.keyboard.press("Control+k");
    await dora.page.getByRole("combobox").fill("cup num*");
    await dora.page.getByRole("option", { name: "Search messages for" }).click();
    await dora.page.getByText("20 newest messages").waitFor();
    await dora.page.getByRole("button", { name: "Older ones" }).click();
    await dora.page.getByText("25 messages", { exact: true }).waitFor();
  });

  test("a link to a message opens there, and goes on to the newest by scrolling", async () => {
    const emil = await server.guest("Emil");
    await emil.goto(`/rooms/${kitchen}?at=${needle}`);
    await emil.message("The kettle is by the window.").waitFor();
    await emil.page.getByText("You are previewing").waitFor();
    const box = emil.page.getByRole("feed").locator("..");
    await eventually("it comes to the end", async () => {
      await box.evaluate((element) => element.scrollBy({ top: 3_000, behavior: "instant" }));
      return (await emil.message("Filler at the end").count()) === 1;
    });
    const shown = await emil.shown();
    const seqs = shown.flatMap(({ seq }) => seq ?? []);
    expect(seqs.slice(1).every((seq, index) => seq === (seqs[index] ?? 0) + 1)).toBe(true);
  });
});
