import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { type Assets, assetResponse, lostPage } from "./assets.ts";
import { readAssets } from "./read-assets.ts";

const SCRIPT = `let x = "${"to and fro ".repeat(400)}";`;
const INDEX = '<!doctype html><div id="root"></div>';
const DOCUMENT = JSON.stringify({ text: "to and fro ".repeat(400) });
let folder: string;
let assets: Assets;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-assets-"));
  mkdirSync(join(folder, "page/assets"), { recursive: true });
  writeFileSync(join(folder, "page/index.html"), INDEX);
  writeFileSync(join(folder, "page/assets/a.js"), SCRIPT);
  writeFileSync(join(folder, "page/assets/a.js.br"), brotliCompressSync(SCRIPT));
  writeFileSync(join(folder, "page/assets/a.js.gz"), gzipSync(SCRIPT));
  writeFileSync(join(folder, "page/lone.gz"), "no copy of anything");
  writeFileSync(join(folder, "openapi.json"), DOCUMENT);
  assets = readAssets({ page: join(folder, "page"), documents: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const get = (path: string, headers: Record<string, string> = {}) =>
  assetResponse(assets, path, new Headers(headers));

describe("the files of the page", () => {
  test("are sent in the coding that the client prefers, with a Vary header", async () => {
    const rows = [
      [{}, null],
      [{ "accept-encoding": "gzip, deflate, br" }, "br"],
      [{ "accept-encoding": "gzip, br;q=0.5" }, "gzip"],
      [{ "accept-encoding": "br;q=0, gzip;q=0" }, null],
      [{ "accept-encoding": "br", "cache-control": "no-transform" }, null],
    ] as const;
    for (const [headers, coding] of rows) {
      const response = get("/assets/a.js", headers);
      expect(response?.headers.get("content-encoding") ?? null).toBe(coding);
      expect(response?.headers.get("vary")).toBe("Accept-Encoding");
      expect(response?.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
      const bytes = new Uint8Array((await response?.arrayBuffer()) ?? []);
      const whole =
        coding === "br" ? brotliDecompressSync(bytes) : coding === "gzip" ? gunzipSync(bytes) : bytes;
      expect(new TextDecoder().decode(whole)).toBe(SCRIPT);
    }
  });

  test("a compressed copy has no address of its own; a file whose name only ends like one has", () => {
    expect(get("/assets/a.js.br")).toBeNull();
    expect(get("/assets/a.js.gz")).toBeNull();
    expect(get("/lone.gz")).not.toBeNull();
  });

  test("a file without compressed copies has no Vary header", () => {
    expect(get("/", { "accept-encoding": "br" })?.headers.get("vary")).toBeNull();
  });

  test("a copy in one coding is not the copy in another", () => {
    const tag = (accepted: string) =>
      get("/openapi.json", { "accept-encoding": accepted })?.headers.get("etag") ?? "";
    const status = (accepted: string, tags: string) =>
      get("/openapi.json", { "accept-encoding": accepted, "if-none-match": tags })?.status;
    expect(tag("gzip")).not.toBe(tag("identity"));
    expect(status("gzip", tag("gzip"))).toBe(304);
    expect(status("gzip", `"x", W/${tag("gzip")}`)).toBe(304);
    expect(status("gzip", tag("identity"))).toBe(200);
    expect(status("identity", tag("identity"))).toBe(304);
  });
});

describe("an address without a file", () => {
  const lost = (path: string, headers: Record<string, string>) =>
    lostPage(assets, path, new Headers(headers));

  test("gets the page, with 404, when a browser navigates to it", async () => {
    for (const headers of [{ "sec-fetch-mode": "navigate" }, { accept: "text/html,*/*" }]) {
      const response = lost("/nowhere/at/all", { ...headers, "if-none-match": "*" });
      expect(response?.status).toBe(404);
      expect(await response?.text()).toBe(INDEX);
      expect(response?.headers.get("etag")).toBeNull();
    }
  });

  test("gets no page when a program requests it, or a page for one of its files", () => {
    expect(lost("/nowhere", { accept: "*/*" })).toBeNull();
    expect(lost("/nowhere", { accept: "text/html", "sec-fetch-mode": "cors" })).toBeNull();
    expect(lost("/assets/gone.js", { "sec-fetch-mode": "navigate" })).toBeNull();
  });
});
