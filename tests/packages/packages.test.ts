import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { createClient, newToken } from "@parley/sdk";
import { root } from "../support/server-process.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const packages = join(root, "dist/packages");
const tarballs = ["parley-protocol-0.1.0.tgz", "parley-sdk-0.1.0.tgz"].map((name) => join(packages, name));
const bin = (name: string) => join(root, "node_modules", ".bin", name);
const folder = mkdtempSync(join(tmpdir(), "parley-packages-"));
let server: TestServer;

/** Signs in, sends a message, waits until the server has acknowledged it and ends. */
const PROGRAM = `
import { FAULTS, LOBBY } from "@parley/protocol";
import { serverFrames } from "@parley/protocol/schemas";
import { createClient, newToken, type TimelineItem } from "@parley/sdk";

const client = createClient({ url: process.argv[2] ?? "", token: newToken(), name: process.argv[3] ?? "" });
const lobby = client.room(LOBBY);
lobby.timeline.subscribe(() => {
  const items: readonly TimelineItem[] = lobby.timeline.get().items;
  if (!items.some((item) => item.state === "sent" && item.text === "Hello")) return;
  console.log("sent", FAULTS.storage.http, typeof serverFrames.ack.parse);
  process.exit(0);
});
client.start();
lobby.open();
lobby.send("Hello");
`;

type Done = { readonly code: number | null; readonly out: string };

function run(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Done> {
  const child = spawn(command, args, { cwd: folder, ...options, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      out += chunk;
    });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out }));
  });
}

const succeed = async (command: string, args: readonly string[], options?: SpawnOptions) => {
  const done = await run(command, args, options);
  if (done.code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${done.code}:\n${done.out}`);
  return done.out;
};

beforeAll(async () => {
  await succeed("node", ["scripts/build-packages.mjs"], { cwd: root });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module" }),
  );
  await succeed("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs]);
  writeFileSync(join(folder, "main.ts"), PROGRAM);
  server = await startTestServer();
}, 180_000);
afterAll(async () => {
  await server?.end();
  rmSync(folder, { recursive: true, force: true });
});

test("zod is all that comes along, and nothing but JavaScript and declarations is packed", () => {
  const modules = join(folder, "node_modules");
  expect(readdirSync(modules).filter((name) => !name.startsWith("."))).toEqual(["@parley", "zod"]);
  for (const name of ["protocol", "sdk"]) {
    const files = readdirSync(join(modules, "@parley", name), { recursive: true }).map(String);
    expect(
      files.filter(
        (file) => !/^(dist(\/[\w-]+)*(\.(js|d\.ts))?|package\.json|README\.md|LICENSE)$/.test(file),
      ),
    ).toEqual([]);
    expect(files.filter((file) => /test|sim/.test(file))).toEqual([]);
    expect(readFileSync(join(modules, "@parley", name, "README.md"), "utf8")).toContain(`@parley/${name}`);
  }
});

test.each([0, 1])("publint and arethetypeswrong find nothing in tarball %d", async (index) => {
  const tarball = tarballs[index] ?? "";
  expect(await succeed(bin("publint"), ["run", tarball, "--strict"])).toContain("All good!");
  // It ends with 1 where there is a problem. The packages are ES modules only: CommonJS imports them dynamically.
  await succeed(bin("attw"), [tarball, "--profile", "esm-only"]);
});

describe("a program that imports both", () => {
  test.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("type-checks with module %s, the libraries' declarations included", async (module, resolution) => {
    const project = join(folder, `tsconfig.${module}.json`);
    const compilerOptions = {
      ...{
        target: "es2024",
        module,
        moduleResolution: resolution,
        strict: true,
        noEmit: true,
        skipLibCheck: false,
      },
      ...{ lib: ["es2024", "dom", "dom.iterable"], types: [] },
    };
    const declarations = join(folder, "process.d.ts");
    writeFileSync(declarations, "declare const process: { argv: string[]; exit(code: number): never };\n");
    writeFileSync(project, JSON.stringify({ compilerOptions, files: ["main.ts", "process.d.ts"] }));
    await succeed(bin("tsc"), ["-p", project]);
  });

  /** As a bundler leaves it: types removed, imports kept. */
  const script = () => {
    const path = join(folder, "main.mjs");
    if (!existsSync(path)) writeFileSync(path, new Bun.Transpiler({ loader: "ts" }).transformSync(PROGRAM));
    return path;
  };

  test("runs in Node, with a WebSocket", async () => {
    // From Node 22 on the flag changes nothing.
    const out = await succeed("node", ["--experimental-websocket", script(), server.url, "InNode"]);
    expect(out).toContain("sent 507 function");
  });

  test("runs in Bun", async () => {
    const out = await succeed(process.execPath, [join(folder, "main.ts"), server.url, "InBun"]);
    expect(out).toContain("sent 507 function");
  });

  test("without a WebSocket says so and ends", async () => {
    const without = join(folder, "without-websocket.mjs");
    writeFileSync(without, "delete globalThis.WebSocket;\n");
    const { code, out } = await run("node", ["--import", without, script(), server.url, "Without"]);
    expect(code).not.toBe(0);
    expect(out).toContain("WebSocket");
    expect(out).toContain("no_websocket");
  });

  test("P2 P3 the bot of the guide answers everything once and in order, over kill -9", async () => {
    const guide = readFileSync(join(root, "docs/guide/sdk.md"), "utf8");
    const [, text] = /```js\n(\/\/ bot\.mjs[\s\S]*?)```/.exec(guide) ?? [];
    writeFileSync(join(folder, "bot.mjs"), text ?? "");
    const replies: string[] = [];
    let changed = () => {};
    const until = async (what: () => boolean) => {
      while (!what())
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
    };
    const user = createClient({
      url: server.url,
      token: newToken(),
      name: "Asks",
      onApplied(_, events) {
        for (const event of events)
          if (event.kind === "message_sent" && event.name === "Echo") replies.push(event.text);
        changed();
      },
    });
    user.start();
    user.connection.subscribe(() => changed());
    await until(() => user.connection.get().state === "live");
    const asked: string[] = [];
    const ask = (count: number) => {
      for (let one = 0; one < count; one++) {
        asked.push(`text ${asked.length}`);
        user.room(LOBBY).send(`!echo ${asked.at(-1)}`);
      }
    };
    let bot: ChildProcess | undefined;
    let out = "";
    const startBot = () => {
      const env = { ...process.env, PARLEY_URL: server.url };
      bot = spawn("node", ["--experimental-websocket", "bot.mjs"], { cwd: folder, env });
      for (const stream of [bot.stdout, bot.stderr])
        stream?.on("data", (chunk) => {
          out += chunk;
          changed();
        });
    };
    const killBot = () =>
      new Promise<void>((resolve) => {
        bot?.on("close", () => resolve());
        bot?.kill("SIGKILL");
      });
    try {
      startBot();
      await until(() => out.includes("follows lobby"));
      for (let round = 0; round < 6; round++) {
        ask(20);
        // In the middle of the work, each time elsewhere.
        await until(() => replies.length >= asked.length - 18 + 3 * round);
        await killBot();
        ask(5);
        startBot();
      }
      await until(() => replies.includes(asked.at(-1) ?? ""));
      expect(replies).toEqual(asked);
      expect(out.split("follows lobby")).toHaveLength(2);
    } finally {
      await killBot();
      user.stop();
    }
  }, 60_000);

  test("is bundled by Vite, without zod where only the SDK is used", async () => {
    const page = join(folder, "page");
    mkdirSync(page);
    writeFileSync(join(page, "index.html"), '<script type="module" src="./main.ts"></script>');
    writeFileSync(
      join(page, "main.ts"),
      'import { createClient, newToken } from "@parley/sdk";\ncreateClient({ url: location.origin, token: newToken(), name: "Page" }).start();\n',
    );
    await succeed(process.execPath, [
      join(root, "node_modules/vite/bin/vite.js"),
      "build",
      page,
      "--logLevel",
      "warn",
    ]);
    const [asset = ""] = readdirSync(join(page, "dist/assets")).filter((name) => name.endsWith(".js"));
    const bundle = readFileSync(join(page, "dist/assets", asset), "utf8");
    expect(bundle.includes("parley.outbox.")).toBe(true);
    expect(bundle.includes("ZodError")).toBe(false);
  });
});
