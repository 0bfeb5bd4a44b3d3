import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/child-process.ts";
import { root, ServerProcess } from "../support/server-process.ts";
import { endAll, executable, type Served, serving } from "./executable.ts";

/** A file of more would not be carried around: the runtime itself has 107 MB. */
const MOST_BYTES = 140e6;

const folder = mkdtempSync(join(tmpdir(), "parley-answers-"));
let inside: Served;
let outside: ServerProcess;

beforeAll(async () => {
  const file = executable();
  const empty = join(folder, "empty");
  const data = join(folder, "data");
  for (const path of [empty, data]) mkdirSync(path);
  [inside, outside] = await Promise.all([
    serving({ file, folder: empty, env: { LOG_DIR: join(empty, "logs") } }, "--port", "0"),
    ServerProcess.start({
      port: await freePort(),
      dataDir: data,
      log: join(folder, "server.log"),
      env: { LOG_DIR: join(data, "logs") },
    }),
  ]);
}, 200_000);
afterAll(async () => {
  await Promise.all([endAll(), outside?.kill()]);
  rmSync(folder, { recursive: true, force: true });
});

test("it is one file that a person can carry, made of the runtime as it is", () => {
  const { size, mode } = statSync(executable());
  process.stdout.write(`The executable has ${(size / 1e6).toFixed(1)} MB.\n`);
  expect(size).toBeLessThan(MOST_BYTES);
  expect(mode & 0o111).toBe(0o111);
});

describe("it answers as the server from the repository does", () => {
  const page = join(root, "web", "dist");
  const files = readdirSync(page, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(page, path)).isFile(),
  );
  const paths = [
    ...["/", "/rooms/lobby", "/search", "/docs", "/redoc", "/reference", "/healthz", "/readyz"],
    ...["/openapi.json", "/asyncapi.json", "/reference.html", "/wire.json", "/reference.md", "/nowhere"],
    ...files.map((path) => `/${path}`),
  ];
  const ask = async (url: string, path: string, etag?: string) => {
    // As a browser asks: programs that ask for / get something else.
    const headersOf = { accept: "text/html,*/*", ...(etag === undefined ? {} : { "if-none-match": etag }) };
    const answer = await fetch(url + path, { headers: headersOf });
    const headers = Object.fromEntries(answer.headers);
    for (const own of ["date", "x-request-id"]) delete headers[own];
    return { status: answer.status, headers, body: Buffer.from(await answer.arrayBuffer()) };
  };

  test.each(paths)("%s", async (path) => {
    const [one, other] = await Promise.all([ask(inside.url, path), ask(outside.url, path)]);
    expect(one.headers).toEqual(other.headers);
    expect(one.status).toBe(other.status);
    expect(one.body.equals(other.body)).toBe(true);
    const { etag } = one.headers;
    if (etag !== undefined) expect((await ask(inside.url, path, etag)).status).toBe(304);
  });

  test("and what it answers is the page, kept for ever where its name is its content, under a policy", async () => {
    const start = await ask(inside.url, "/");
    expect(start).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(start.body.equals(readFileSync(join(page, "index.html")))).toBe(true);
    expect(start.headers["content-security-policy"]).toContain("default-src 'none'");
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(String(start.body))?.[1] ?? "";
    expect(await ask(inside.url, script)).toMatchObject({
      status: 200,
      headers: {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "public, max-age=31536000, immutable",
      },
    });
    const { version } = JSON.parse(readFileSync(join(root, "server", "package.json"), "utf8"));
    expect(JSON.parse(String((await ask(inside.url, "/healthz")).body))).toEqual({
      status: "ok",
      version,
      durability: "fsync",
    });
    expect(JSON.parse(String((await ask(inside.url, "/openapi.json")).body)).openapi).toStartWith("3.");
  });
});
