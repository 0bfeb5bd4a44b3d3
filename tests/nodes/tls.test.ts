import { afterEach, describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@parley/server/bus/contract/bus.contract.ts";
import { redisServer, startRedis, type TestRedis } from "../support/redis.ts";
import { openRedisBus } from "./redis-buses.ts";

const CONNECTING = `
  const { openRedisBus, connected } = await import(process.argv[1]);
  const { bus } = openRedisBus(process.argv[2]);
  await connected(bus);
  process.stdout.write("connected");
  await bus.close();
  process.exit(0);
`;

/** A certificate for this machine that no authority of the system has signed. */
function certificate(folder: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const made = spawnSync("openssl", [
    ..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1".split(" "),
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
  ]);
  if (made.status !== 0) throw new Error(String(made.stderr));
  return { cert, key };
}

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

describe.skipIf(redisServer === undefined || !hasOpenssl)("Redis with TLS", () => {
  let redis: TestRedis | undefined;
  let folder = "";
  afterEach(async () => {
    await redis?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  test("rediss:// works with a certificate that is trusted, and says so of one that is not", async () => {
    folder = mkdtempSync(join(tmpdir(), "parley-tls-"));
    const { cert, key } = certificate(folder);
    redis = await startRedis(["--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no"], {
      tls: true,
    });
    const untrusted = openRedisBus(redis.url);
    await until(() => untrusted.problems.length > 0);
    expect([untrusted.problems[0], untrusted.bus.state()]).toEqual(["redis_tls", "disconnected"]);
    await untrusted.bus.close();
    const child = spawn(
      process.execPath,
      ["-e", CONNECTING, join(import.meta.dirname, "redis-buses.ts"), redis.url],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: cert }, stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await new Promise((resolve) => child.once("exit", resolve));
    expect(output).toBe("connected");
  }, 30_000);
});
