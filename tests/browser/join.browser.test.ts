import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness } from "../support/browser-harness.ts";
import { eventually } from "../support/page-user.ts";

let server: BrowserHarness;
beforeAll(async () => {
  server = await BrowserHarness.open();
});
afterEach(() => server.closePages());
afterAll(() => server.close());

describe("joining", () => {
  test("a name in use is refused in words, and the field is kept and ready for another", async () => {
    await server.guest("Anna");
    const second = await server.user();
    await second.goto("/");
    await second.giveName("anna");
    await second.page.getByText("This name is taken. Choose another one.").waitFor();
    const field = second.page.getByLabel("Your name");
    expect(await field.inputValue()).toBe("anna");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await eventually("the field has the focus", () =>
      field.evaluate((input) => input === document.activeElement),
    );
    // Selected, so that typing replaces it.
    await second.page.keyboard.type("Anna the second");
    await second.page.keyboard.press("Enter");
    await second.composer("Lobby").waitFor();
  });

  test("a blank name and a long one are refused before anything is sent", async () => {
    const user = await server.user();
    await user.goto("/");
    await user.giveName("   ");
    await user.page.getByText("Type a name first.").waitFor();
    await user.page.getByLabel("Your name").fill("x".repeat(33));
    await user.page.getByText("At most 32 characters.").waitFor();
    expect(await user.page.getByRole("button", { name: "Join" }).isDisabled()).toBe(true);
  });

  test("a later visit goes straight in, also by the link to a room", async () => {
    const user = await server.guest("Bert");
    await user.page.reload();
    await user.composer("Lobby").waitFor();
    await user.goto("/rooms");
    await user.page.getByRole("heading", { name: "Browse rooms" }).waitFor();
  });

  test("signing out asks first, and then forgets the guest", async () => {
    const user = await server.guest("Carl");
    await user.page.getByRole("button", { name: /You are Carl/ }).click();
    await user.page.getByRole("menuitem").click();
    await user.page.getByRole("button", { name: "Cancel" }).click();
    await user.composer("Lobby").waitFor();
    await user.page.getByRole("button", { name: /You are Carl/ }).click();
    await user.page.getByRole("menuitem").click();
    await user.page.getByRole("button", { name: "Give up the name" }).click();
    await user.page.getByLabel("Your name").waitFor();
    expect(await user.page.getByLabel("Your name").inputValue()).toBe("");
    expect(await user.page.evaluate(() => Object.keys(localStorage))).toEqual([]);
    // The name stays with the key that was thrown away.
    await user.giveName("Carl");
    await user.page.getByText("This name is taken.").waitFor();
  });

  test("all tabs of a browser are one guest: they come in and go out together", async () => {
    const first = await server.user();
    await first.goto("/");
    const second = await first.tab();
    await second.join("Dora");
    await first.composer("Lobby").waitFor();
    await first.write("From the first tab");
    await second.waitForMessage("From the first tab");
    await second.page.getByRole("button", { name: /You are Dora/ }).click();
    await second.page.getByRole("menuitem").click();
    await second.page.getByRole("button", { name: "Give up the name" }).click();
    await first.page.getByLabel("Your name").waitFor();
  });

  test("a page that breaks its policy does not go unnoticed here", async () => {
    const user = await server.user();
    await user.goto("/");
    await user.page.evaluate(() => {
      const style = document.createElement("style");
      style.textContent = "p { color: red }";
      document.head.append(style);
    });
    const complainsOf = (text: string) =>
      eventually(text, async () => user.errors.some((c) => c.includes(text)));
    await complainsOf("Applying inline style violates");
    await complainsOf("content security policy: style-src-elem blocked inline");
    await expect(server.closePages()).rejects.toThrow("The page complained");
  });

  test("an address that leads nowhere shows the page's own screen, with a way on", async () => {
    const emma = await server.guest("Emma");
    const answer = await emma.page.goto(`${server.url}/no/such/address`);
    expect(answer?.status()).toBe(404);
    await emma.page.getByRole("heading", { name: "Nothing here" }).waitFor();
    await emma.page.getByRole("main").getByRole("link", { name: "Browse rooms" }).click();
    await emma.page.getByRole("heading", { name: "Browse rooms" }).waitFor();
  });

  test("the first load is small: what is sent is compressed", async () => {
    const user = await server.user();
    await user.goto("/");
    await user.page.getByLabel("Your name").waitFor();
    const loaded = await user.page.evaluate(() =>
      [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(
        (entry) => {
          const { name, encodedBodySize, decodedBodySize } = entry as PerformanceResourceTiming;
          return { name, encodedBodySize, decodedBodySize };
        },
      ),
    );
    const sent = loaded.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    const whole = loaded.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
    expect(loaded.length).toBeGreaterThan(2);
    expect(sent).toBeLessThan(210_000);
    expect(sent).toBeLessThan(whole / 3);
  });

  test("the page is served with a strict policy and without anything inline", async () => {
    const answer = await fetch(`${server.url}/rooms/lobby`);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(answer.headers.get("content-security-policy")).not.toContain("unsafe");
    const html = await answer.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });
});
