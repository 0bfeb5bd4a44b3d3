import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { freePort } from "../support/child-process.ts";
import { RestClient } from "../support/rest-client.ts";
import { root } from "../support/server-process.ts";
import { readDockerfile } from "./dockerfile.ts";
import { endAll, outputOf, type RunContext, serving } from "./executable.ts";
import { buildImage, isSent, sendContext } from "./image.ts";

const MOST_BYTES = 250e6;
/** debian:bookworm-slim, unpacked, rounded up. */
const BASE_BYTES = 80e6;

const text = (name: string) => readFileSync(join(root, name), "utf8");
const ignored = text(".dockerignore");
const stages = readDockerfile(text("Dockerfile"));
const [build, image] = stages;
if (!build || !image) throw new Error("The Dockerfile has a stage that builds and one that ships");
const user = Number(image.user?.split(":")[0]);
const isRoot = process.getuid?.() === 0;

describe("what is sent to the builder", () => {
  test.each([
    ["package.json"],
    [".npmrc"],
    ["web/index.html"],
    ["tests/package.json"],
    ["protocol/generated/openapi.json"],
    ["server/src/store/migrations/list.ts"],
  ])("%s", (path) => {
    expect(isSent(path, ignored)).toBe(true);
    expect(existsSync(join(root, path))).toBe(true);
  });
  test.each([
    ["node_modules/zod/package.json"],
    ["web/node_modules/x/index.js"],
    ["web/dist/index.html"],
    ["dist/parley"],
    ["data/parley.db"],
    ["logs/access.log"],
    [".git/config"],
    [".env"],
    ["server/.env.local"],
    ["tests/support/raw-socket.ts"],
    ["server/src/config.test.ts"],
    ["README.md"],
  ])("not %s", (path) => {
    expect(isSent(path, ignored)).toBe(false);
  });
});

describe("the Dockerfile", () => {
  test("ships one file on a base with glibc, for a user without rights, with a volume, a health check and a signal", () => {
    expect(build).toMatchObject({ base: "node:20-bookworm-slim", name: "build" });
    expect(image).toMatchObject({
      base: "debian:bookworm-slim",
      user: "10001:10001",
      volumes: ["/data"],
      ports: [8000],
      stopSignal: "SIGTERM",
      health: ["parley", "health"],
      entrypoint: ["parley"],
      command: ["serve"],
    });
    expect(image.env).toMatchObject({ DATA_DIR: "/data", PORT: "8000", HOST: "0.0.0.0" });
    expect(image.steps.filter(({ kind }) => kind === "run")).toEqual([]);
  });

  test("installs from all that npm needs to know: the manifest of every workspace", () => {
    const copied = build.steps.flatMap((step) => (step.kind === "copy" ? step.paths : []));
    const { workspaces } = JSON.parse(text("package.json"));
    for (const workspace of workspaces) expect(copied).toContain(`${workspace}/package.json`);
  });

  test.each([
    ["FROM debian\nADD x /x"],
    ["FROM debian\nCMD parley serve"],
    ["FROM debian\nCOPY --link x /x"],
    ["RUN true"],
  ])("is refused where no test proves it: %j", (other) => {
    expect(() => readDockerfile(other)).toThrow();
  });
});

describe("its steps, done in a clean folder with a clean environment", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-image-"));
  let container: RunContext;
  let shipped = "";

  beforeAll(() => {
    chmodSync(folder, 0o755);
    const context = join(folder, "context");
    mkdirSync(context);
    sendContext(context, ignored);
    shipped = buildImage({ stages, context, folder });
    // The base's part is done by this machine: its /usr/bin behind the image's own.
    const within = (path: string) => join(shipped, path);
    const moved = Object.fromEntries(
      Object.entries(image.env).map(([name, value]) => [name, value.startsWith("/") ? within(value) : value]),
    );
    container = {
      file: "parley",
      folder: within(image.folder),
      env: { ...moved, PATH: `${within("usr/local/bin")}:/usr/bin:/bin` },
      ...(isRoot ? { uid: user } : {}),
    };
  }, 180_000);
  afterEach(endAll);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("the image holds the executable and an empty folder of the user, and stays under 250 MB", () => {
    const files = readdirSync(shipped, { recursive: true, encoding: "utf8" }).sort();
    expect(files).toEqual(["data", "usr", "usr/local", "usr/local/bin", "usr/local/bin/parley"]);
    const file = statSync(join(shipped, "usr/local/bin/parley"));
    process.stdout.write(`The image has about ${((BASE_BYTES + file.size) / 1e6).toFixed(0)} MB.\n`);
    expect(BASE_BYTES + file.size).toBeLessThan(MOST_BYTES);
    expect(file.mode & 0o777).toBe(0o755);
    const data = statSync(join(shipped, "data"));
    expect(data.mode & 0o777).toBe(0o700);
    if (isRoot) expect([data.uid, data.gid]).toEqual([user, user]);
  });

  test.skipIf(process.platform !== "linux")("the executable needs nothing but glibc", () => {
    const { stdout } = spawnSync("ldd", [join(shipped, "usr/local/bin/parley")], { encoding: "utf8" });
    const needed = stdout.split("\n").flatMap((line) => /^\s*(\S+)/.exec(line)?.[1] ?? []);
    const glibc = /^(linux-vdso|(.*\/)?ld-linux[-\w]*|lib(c|m|dl|pthread|rt))\.so\.\d+$/;
    expect(needed.length).toBeGreaterThan(1);
    expect(needed.filter((name) => !glibc.test(name))).toEqual([]);
  });

  test("a container of it serves, is healthy, keeps what was said, and ends in order when it is asked to", async () => {
    const port = await freePort();
    const env = { ...container.env, PORT: String(port) };
    const here: RunContext = { ...container, env };
    const type = ([, ...args]: readonly string[]) => outputOf(here, ...args);
    expect(image.health[0]).toBe(here.file);
    expect(type(image.health).code).toBe(1);

    let served = await serving(here, ...image.command);
    expect(served.port).toBe(port);
    expect(type(image.health)).toMatchObject({ code: 0, err: "" });
    const client = await RestClient.guest(served, "Anna");
    await client.says(LOBBY, "From a container");
    if (isRoot) expect(statSync(join(shipped, "data/parley.db")).uid).toBe(user);
    expect(outputOf(here, "backup", "first.backup").code).toBe(0);
    served.child.signal("SIGTERM");
    expect(await served.child.gone).toBe(0);
    expect(type(image.health).code).toBe(1);

    served = await serving(here, ...image.command);
    const { body } = await new RestClient(served, client.token).get(`/rooms/${LOBBY}/messages`);
    expect(body.messages).toMatchObject([{ text: "From a container" }]);
    expect(await served.child.stop(20_000)).toBe(true);
    expect(existsSync(join(shipped, "data/logs"))).toBe(true);
    // It wrote where the volume is, and nowhere else.
    const outside = readdirSync(shipped, { recursive: true, encoding: "utf8" });
    expect(outside.filter((path) => !/^(data|usr)(\/|$)/.test(path))).toEqual([]);
  }, 60_000);
});
