import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness } from "../support/browser-harness.ts";
import { eventually, type PageUser } from "../support/page-user.ts";
import { SdkUser } from "./pages/sdk-user.ts";

let server: BrowserHarness;
let bert: SdkUser;
beforeAll(async () => {
  server = await BrowserHarness.open();
  bert = await SdkUser.join(server.url, "Bert");
});
afterEach(() => server.closePages());
afterAll(async () => {
  bert.leave();
  await server.close();
});

const titled = (user: PageUser, start: string) =>
  eventually(`the title begins with ${start}`, async () => (await user.page.title()).startsWith(start));

const icon = (user: PageUser) => user.page.locator("link[rel=icon]").getAttribute("href");

describe("what is unread", () => {
  test("is counted beside the room, in the title and on the icon, and is read when it has been seen", async () => {
    const anna = await server.guest("Anna");
    const id = await bert.client.createRoom({
      name: "Workshop",
      kind: "private",
      members: [await bert.idOf("Anna")],
    });
    const workshop = bert.room(id);
    await bert.say(workshop, "Quiet word");
    const link = anna.link("Workshop");
    await link.getByText("1 unread").waitFor();
    await titled(anna, "• ");
    expect(await icon(anna)).toBe("/favicon.svg");
    await bert.say(workshop, "@Anna look", { mentions: [await bert.idOf("Anna")] });
    await link.getByText("2 unread, 1 for you").waitFor();
    await titled(anna, "(1) ");
    await eventually("the icon says so", async () => (await icon(anna)) === "/favicon-unread.svg");

    // What is unread comes first in the switcher.
    await anna.page.keyboard.press("Control+k");
    await anna.page.getByRole("option").first().getByText("Workshop").waitFor();
    await anna.page.keyboard.press("Enter");
    await anna.waitForMessage("@Anna look");
    // The line is above the first of them.
    const line = anna.page.locator("[data-new]");
    await line.waitFor();
    const [top, first] = await Promise.all([line.boundingBox(), anna.message("Quiet word").boundingBox()]);
    expect(top?.y ?? 0).toBeLessThan(first?.y ?? 0);
    await eventually("it counts as read", async () => (await link.getByText("unread").count()) === 0);
    await titled(anna, "Workshop");
    expect(await icon(anna)).toBe("/favicon.svg");
    // Bert sees that it was seen.
    await eventually("the server knows", async () =>
      (await workshop.reads()).some(({ user, seq }) => user !== bert.id && seq >= 4),
    );
    // It stays read after a reload, and in the other room nothing is unread.
    await anna.page.reload();
    await anna.waitForMessage("@Anna look");
    expect(await anna.page.getByText("unread").count()).toBe(0);
    expect(await line.count()).toBe(0);
  });

  test("a long absence: a button leads up to the first new message", async () => {
    const carla = await SdkUser.join(server.url, "Carla");
    const attic = await bert.client.createRoom({ name: "Attic", kind: "public" });
    await carla.client.join(attic);
    const room = bert.room(attic);
    await bert.say(room, "Read before");
    const hers = carla.room(attic);
    await eventually("she has it", async () => hers.timeline.get().items.length === 1);
    hers.markRead();
    await eventually("that is known", async () => ((await hers.standing()).read?.unread ?? 1) === 0);
    for (let n = 1; n < 120; n += 1) room.send(`New ${n},`);
    await bert.say(room, "New 120,");
    carla.leave();

    const user = await server.user();
    await user.goto("/");
    await user.page.evaluate((kept) => localStorage.setItem("parley.guest", kept), carla.kept);
    await user.goto(`/rooms/${attic}`);
    await user.waitForMessage("New 120,");
    // Who has only seen the end of it has not read it.
    const link = user.link("Attic");
    await user.page.getByRole("button", { name: "99+ new messages above" }).waitFor();
    await link.getByText("99+ unread").waitFor();
    await user.page.reload();
    await user.waitForMessage("New 120,");
    await link.getByText("99+ unread").waitFor();
    await user.page.getByRole("button", { name: "99+ new messages above" }).click();
    await user.message("New 1,").waitFor();
    await user.page.locator("[data-new]").waitFor();
    await user.message("Read before").waitFor();
    await user.page.getByRole("button", { name: "To the newest" }).click();
    await user.waitForMessage("New 120,");
    await eventually("it counts as read", async () => (await link.getByText("unread").count()) === 0);

    // A link to a message leads up, and nothing is new where all is read.
    await eventually("the server knows", async () => (await room.reads()).some(({ seq }) => seq > 120));
    await user.goto(`/rooms/${attic}?at=100`);
    await user.message("New 60,").waitFor();
    await user.page.getByRole("button", { name: "To the newest" }).waitFor();
    // The page may load before the server has said how far the user has read: what counts is where it comes to rest.
    const news = user.page.getByRole("button", { name: /new message/ });
    await eventually("nothing is new", async () => (await news.count()) === 0);
  });

  test("what was read can be marked as unread, from a message on, in this browser", async () => {
    const greta = await server.guest("Greta");
    const id = await bert.client.createRoom({
      name: "Porch",
      kind: "private",
      members: [await bert.idOf("Greta")],
    });
    for (const text of ["Word one", "Word two", "Word three"]) await bert.say(bert.room(id), text);
    const link = greta.link("Porch");
    await link.click();
    await greta.waitForMessage("Word three");
    await eventually("it is read", async () => (await link.getByText("unread").count()) === 0);
    await greta.choose("Word two", "Mark as unread");
    await greta.link("Lobby").click();
    await greta.composer("Lobby").waitFor();
    await link.getByText("unread").waitFor();
    await greta.page.reload();
    await link.getByText("unread").click();
    const line = greta.page.locator("[data-new]");
    await line.waitFor();
    const [above, at, below] = await Promise.all([
      greta.message("Word one").boundingBox(),
      line.boundingBox(),
      greta.message("Word two").boundingBox(),
    ]);
    expect([above?.y ?? 0, at?.y ?? 0, below?.y ?? 0]).toEqual(
      [above?.y ?? 0, at?.y ?? 0, below?.y ?? 0].toSorted((one, other) => one - other),
    );
    await greta.link("Lobby").click();
    await greta.composer("Lobby").waitFor();
    expect(await link.getByText("unread").count()).toBe(0);
  });

  test("what does not fit into the window is read by a press, too, and by an answer", async () => {
    const ella = await server.guest("Ella");
    const members = [await bert.idOf("Ella")];
    const ways = {
      Cellar: () => ella.page.getByRole("button", { name: "Mark as read" }).click(),
      Loft: () => ella.write("So many bottles"),
    };
    for (const [name, way] of Object.entries(ways)) {
      const room = bert.room(await bert.client.createRoom({ name, kind: "private", members }));
      for (let n = 1; n < 40; n += 1) room.send(`Bottle ${n},`);
      await bert.say(room, "Bottle 40,");
      const link = ella.link(name);
      await link.getByText("40 unread").waitFor();
      await link.click();
      await ella.waitForMessage("Bottle 40,");
      await ella.page.getByRole("button", { name: "40 new messages above" }).waitFor();
      await way();
      await eventually("it counts as read", async () => (await link.getByText("unread").count()) === 0);
      expect(await ella.page.getByRole("button", { name: "new messages above" }).count()).toBe(0);
    }
  });

  test("among many rooms those with something unread come first and are darker, and none moves while it is open", async () => {
    const fritz = await server.guest("Fritz");
    const members = [await bert.idOf("Fritz")];
    const ids: string[] = [];
    for (let n = 10; n < 24; n += 1)
      ids.push(await bert.client.createRoom({ name: `Room ${n}`, kind: "private", members }));
    await fritz.link("Room 23").waitFor();
    expect(await fritz.page.getByRole("heading", { name: "Unread" }).count()).toBe(0);
    await bert.say(bert.room(ids[12]), "For Fritz");
    await fritz.page.getByRole("heading", { name: "Unread" }).waitFor();
    const names = () => fritz.page.getByRole("navigation").getByRole("listitem").allTextContents();
    expect((await names())[0]).toStartWith("Room 22");
    const ink = (room: string) => fritz.link(room).evaluate((link) => getComputedStyle(link).color);
    expect(await ink("Room 22")).toBe(await fritz.page.evaluate(() => getComputedStyle(document.body).color));
    expect(await ink("Room 21")).not.toBe(await ink("Room 22"));
    await fritz.link("Room 22").click();
    await eventually(
      "it is read",
      async () => (await fritz.link("Room 22").getByText("unread").count()) === 0,
    );
    expect((await names())[0]).toStartWith("Room 22");
    await fritz.link("Room 15").click();
    await fritz.page.getByRole("heading", { name: "Unread" }).waitFor({ state: "detached" });
  });
});

describe("who is there", () => {
  test("writing, presence and having seen are shown, and go away again", async () => {
    const [dora, emil] = await Promise.all([server.guest("Dora"), server.guest("Emil")]);
    await dora.write("Are you there, Emil?");
    await emil.waitForMessage("Are you there, Emil?");
    // In the lobby: who is here has a dot in the list.
    const row = dora.page.getByRole("complementary", { name: "Members" }).getByRole("listitem", { name: "" });
    await row.filter({ hasText: "Emil" }).locator("[data-online]").waitFor();
    await dora.page.getByText(/^Seen by .*Emil/).waitFor();
    await emil.composer("Lobby").pressSequentially("I am");
    await dora.page.getByText("Emil is writing…").waitFor();
    // A conversation: the header and the list say who is here.
    await emil.choose("Are you there, Emil?", "Message Dora directly");
    await emil.composer("Dora").waitFor();
    await emil.write("Here I am.");
    await emil.page.getByText("Here now").waitFor();
    await dora.link("Emil").getByText("1 unread").waitFor();
    await dora.link("Emil").click();
    await dora.waitForMessage("Here I am.");
    await emil.page.getByText("Seen", { exact: true }).waitFor();
    await eventually(
      "no user is typing any more",
      async () => (await dora.page.getByText("is writing").count()) === 0,
    );
  });
});
