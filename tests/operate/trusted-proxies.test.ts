import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestServer } from "../support/test-server.ts";

/** The error log of a server with these settings after a start and a stop. */
async function warnings(...flags: string[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "parley-proxies-"));
  const server = await startTestServer([...flags, "--log-dir", dir]);
  await server.end();
  const path = join(dir, "error.log");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  rmSync(dir, { recursive: true, force: true });
  return text;
}

test("TRUST_PROXY is warned of when other hosts can reach the port, and only then", async () => {
  expect(await warnings("--trust-proxy", "1", "--host", "0.0.0.0")).toContain("TRUSTED_PROXIES");
  expect(await warnings("--trust-proxy", "1", "--host", "127.0.0.1")).toBe("");
  expect(await warnings("--trusted-proxies", "127.0.0.1", "--host", "0.0.0.0")).toBe("");
  expect(await warnings("--host", "0.0.0.0")).toBe("");
});
