import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { BrowserHarness, DESK } from "../support/browser-harness.ts";
import { eventually, type PageUser } from "../support/page-user.ts";
import { SdkUser } from "./pages/sdk-user.ts";
import { WebSocketGate } from "./pages/websocket-gate.ts";

let server: BrowserHarness;
let gate: WebSocketGate;
beforeAll(async () => {
  server = await BrowserHarness.open();
  gate = await WebSocketGate.to(server.port);
});
afterEach(() => server.closePages());
afterAll(async () => {
  gate.close();
  await server.close();
});

/** A page of this guest behind the gate. */
async function pageOf(guest: SdkUser): Promise<PageUser> {
  const user = await server.user(DESK, gate.url);
  await user.goto("/");
  await user.page.evaluate((kept) => localStorage.setItem("parley.guest", kept), guest.kept);
  await user.page.reload();
  return user;
}

describe("what the server rejects", () => {
  test("an edit that is rejected after a reload is listed with its text, and its room is marked", async () => {
    const gina = await SdkUser.join(server.url, "Gina");
    const lobby = gina.room();
    const id = await gina.say(lobby, "Meet at noone?");
    const user = await pageOf(gina);
    await user.waitForMessage("Meet at noone?");
    // The edit leaves the page and never arrives.
    gate.hold();
    await user.choose("Meet at noone?", "Edit");
    await user.page.getByLabel("Edit the message").fill("Meet at noon!");
    await user.page.keyboard.press("Enter");
    await user.page.waitForFunction(() =>
      Object.keys(localStorage).some((key) => key.startsWith("parley.outbox.")),
    );
    gate.shut();
    await user.page.reload();
    await lobby.remove(id);
    gate.open();
    await user.reconnects();

    const edits = user.page.getByRole("list", { name: "Edits that were not saved" });
    const mark = user.link("Lobby").getByRole("img", { name: "Not sent" });
    await edits.getByText("Meet at noon!").waitFor();
    await mark.waitFor();
    // It is refused again, and stays.
    await edits.getByRole("button", { name: "Try again" }).click();
    await edits.getByText("Your edit was not saved.").waitFor();
    await edits.getByRole("button", { name: "Discard" }).click();
    await eventually("it is gone", async () => (await edits.count()) + (await mark.count()) === 0);
    gina.leave();
  });

  test("a connection through a proxy that blocks WebSockets or rewrites the host is explained", async () => {
    gate.shut();
    const user = await server.user(DESK, gate.url);
    await user.goto("/");
    await user.giveName("Hugo");
    await user.page.getByText("its WebSocket is blocked").waitFor();
    await user.page.getByRole("button", { name: "Cancel" }).click();
    gate.rewriteHost("chat.internal");
    gate.open();
    await user.giveName("Hugo");
    const alert = user.page.getByText(`does not accept connections from ${gate.url}`);
    await alert.waitFor();
    expect(await alert.textContent()).toContain("ALLOWED_ORIGINS");

    // The same for a guest who was signed in before.
    const page = await pageOf(await SdkUser.join(server.url, "Ivan"));
    await page.page.getByRole("alert").getByText(`does not accept connections from ${gate.url}`).waitFor();
    await page.page.getByRole("button", { name: "Reload" }).waitFor();
  });
});
