import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "./config/read.ts";
import { serve } from "./serve.ts";

test("a start that fails closes the store and its ports, and so does a stop", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-serve-"));
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const start = (flags: readonly string[]) =>
    serve(
      readConfig(["--data-dir", dataDir, "--host", "127.0.0.1", "--log-level", "silent", ...flags], {
        UNSAFE_DURABILITY: "on",
      }),
    );
  try {
    await expect(start(["--port", String(port)])).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(start(["--port", "0", "--metrics-listen", `127.0.0.1:${port}`])).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    const listeners = process.listenerCount("exit");
    // A store that is still open is locked: these starts would fail.
    for (let times = 0; times < 2; times++) {
      const running = await start(["--port", "0"]);
      expect((await fetch(`http://127.0.0.1:${running.port}/readyz`)).status).toBe(200);
      await running.stop();
      await expect(fetch(`http://127.0.0.1:${running.port}/readyz`)).rejects.toThrow();
    }
    expect(process.listenerCount("exit")).toBe(listeners);
  } finally {
    taken.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 30_000);
