import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { chromium } from "playwright-core";
import { DESK, FLAGS } from "../support/browser-harness.ts";
import { freePort } from "../support/child-process.ts";
import { parley, start } from "../support/cli.ts";
import { PageUser } from "../support/page-user.ts";
import { RestClient } from "../support/rest-client.ts";
import { WireClient } from "../support/test-server.ts";
import { endAll, executable, outputOf, type RunContext, type Served, serving } from "./executable.ts";

const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
const folder = mkdtempSync(join(tmpdir(), "parley-executable-"));
let made = 0;
let file = "";

/** A folder with nothing in it, and nothing of ours in the environment. */
function nowhere(): RunContext {
  const empty = join(folder, `empty-${++made}`);
  mkdirSync(empty);
  return { file, folder: empty };
}

beforeAll(() => {
  file = executable();
}, 200_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("in an empty folder, with a clean environment", () => {
  let served: Served;
  afterEach(endAll);

  test("it serves without a verb; what was acknowledged over the wire is there after kill -9", async () => {
    const here = nowhere();
    const port = String(await freePort());
    served = await serving(here, "--port", port);
    expect(served.url).toBe(`http://localhost:${port}`);
    const [anna, bert] = [new WireClient(served), new WireClient(served)];
    await anna.join("Anna");
    await bert.join("Bert");
    const room = Bun.randomUUIDv7();
    await anna.command({ kind: "create_room", room, room_kind: "public", name: "Mill" });
    await bert.command({ kind: "join_room", room });
    const acked: string[] = [];
    for (let n = 0; n < 20; n++) {
      const one = n % 2 === 0 ? anna : bert;
      const ack = await one.command({ kind: "send_message", room, text: `grain ${n}` });
      if ("type" in ack) throw new Error(JSON.stringify(ack));
      acked.push(`grain ${n}`);
    }
    await served.child.kill();

    served = await serving(here, "serve", "--port", port);
    const again = new RestClient(served, anna.token);
    const { body } = await again.get(`/rooms/${room}/messages?limit=50`);
    expect(body.messages.map(({ text }: { text: string }) => text)).toEqual(acked);
    const found = await again.get(`/search?query=${encodeURIComponent("grain 7")}`);
    expect(JSON.stringify(found.body)).toContain("grain 7");
    expect(readdirSync(here.folder)).toContain("data");
    expect(await served.child.stop(20_000)).toBe(true);
  }, 60_000);

  // Without a browser on the machine the suite says so at its end.
  test.skipIf(!existsSync(browser))(
    "a conversation through the page goes on after kill -9",
    async () => {
      const here = nowhere();
      const port = String(await freePort());
      served = await serving(here, "--port", port, "--host", "127.0.0.1");
      const chrome = await chromium.launch({ executablePath: browser, args: FLAGS });
      try {
        const { url } = served;
        const visit = () => PageUser.open(chrome, { locale: "en-GB", ...DESK }, url);
        const [anna, bert] = await Promise.all([visit(), visit()]);
        await Promise.all([anna.join("Anna"), bert.join("Bert")]);
        await anna.write("Is it only one file?");
        await bert.waitForMessage("Is it only one file?");
        await bert.write("Only one.");
        await anna.waitForMessage("Only one.");
        await served.child.kill();
        await anna.page.getByText("No connection.").waitFor();
        await anna.write("And when it is gone?");
        served = await serving(here, "--port", port, "--host", "127.0.0.1");
        await Promise.all([anna.reconnects(), bert.reconnects()]);
        for (const one of [anna, bert]) await one.waitForMessage("And when it is gone?");
        const wanted = ["Is it only one file?", "Only one.", "And when it is gone?"];
        for (const one of [anna, bert]) {
          const shown = await one.shown();
          expect(shown.map(({ text }) => text)).toEqual(wanted);
          expect(shown.every(({ state }) => state === "sent")).toBe(true);
          expect(await one.leave()).toEqual([]);
        }
      } finally {
        await chrome.close();
      }
    },
    60_000,
  );

  test("backup, doctor and healthy work beside it, and restore after it", async () => {
    const here = nowhere();
    const port = String(await freePort());
    served = await serving(here, "--port", port);
    const client = await RestClient.guest(served, "Carla");
    await client.says(LOBBY, "Keep this.");
    expect(outputOf(here, "health", "--port", port)).toEqual({
      code: 0,
      out: `The server at 127.0.0.1:${port} is ready.\n`,
      err: "",
    });
    const kept = outputOf(here, "backup", "kept.backup");
    expect(kept).toMatchObject({ code: 0, err: "" });
    expect(kept.out).toContain("Backed up 1 room, 1 message");
    expect(outputOf(here, "doctor").out).toContain("Healthy");
    expect(await served.child.stop(20_000)).toBe(true);
    const asked = outputOf({ ...here, env: { HTTP_PROXY: served.url, PORT: port } }, "health");
    expect(asked).toEqual({ code: 1, out: "", err: `No server answers at 127.0.0.1:${port}.\n` });

    expect(outputOf(here, "restore", "kept.backup", "--data-dir", "other").code).toBe(0);
    served = await serving(here, "--port", "0", "--data-dir", "other");
    const { body } = await new RestClient(served, client.token).get(`/rooms/${LOBBY}/messages`);
    expect(body.messages).toMatchObject([{ text: "Keep this." }]);
  }, 60_000);

  test("code and settings that lie where it is started are not its own", () => {
    const here = nowhere();
    writeFileSync(join(here.folder, "bunfig.toml"), 'preload = ["./foreign.ts"]\n');
    writeFileSync(join(here.folder, "foreign.ts"), 'console.log("foreign code runs");\n');
    writeFileSync(join(here.folder, ".env"), "PORT=nine\n");
    writeFileSync(join(here.folder, "tsconfig.json"), "{");
    const { code, out, err } = outputOf(here, "health", "--host", "127.0.0.1", "--port", "1");
    expect({ code, out, err }).toEqual({ code: 1, out: "", err: "No server answers at 127.0.0.1:1.\n" });
    expect(outputOf(here, "health").err).not.toContain("nine");
  });
});

describe("it says what the server from the repository says", () => {
  test.each([[["--prot", "9000"]], [["--port", "nine"]], [["--data-dir"]], [["--guests", "maybe"]]])(
    "when %j is typed",
    async (args) => {
      const { code, out, err } = outputOf(nowhere(), ...args);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      const other = await start(args);
      expect(`Parley could not start: ${err}`).toBe(other.err);
    },
  );

  test("when the port is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const args = ["--port", String(port), "--host", "127.0.0.1"];
    const { code, err } = outputOf(nowhere(), ...args);
    const other = await start([...args, "--data-dir", join(folder, "other")], { env: { LOG_DIR: "off" } });
    taken.close();
    expect(err).toContain("Another program uses that port.");
    expect(`Parley could not start: ${err}`).toBe(other.err);
    expect(code).toBe(1);
  });

  test("when a verb is typed, wrongly or not", async () => {
    const here = nowhere();
    for (const args of [["help"], ["--help"], ["version"], ["--version"], ["help", "backup"], ["bakup"]])
      expect(outputOf(here, ...args)).toEqual(await parley(...args));
  });
});
