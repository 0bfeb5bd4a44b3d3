import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { freePort } from "../support/child-process.ts";
import { ServerProcess } from "../support/server-process.ts";
import { newNonce, newToken, WireClient } from "../support/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the log contains no message text and no token, at any level", async () => {
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  const port = await freePort();
  const metricsToken = newToken();
  const secrets = { metricsToken, bob: newToken(), unknown: newToken() };
  const words = ["heliotrope", "marzipan", "zucchini", "quagmire", "ombudsman"] as const;
  const server = await ServerProcess.start({
    port,
    dataDir,
    log: join(folder, "server.log"),
    env: { LOG_LEVEL: "debug", METRICS_TOKEN: metricsToken },
  });
  const ids: string[] = [];
  const ask = async (path: string, init: RequestInit & { headers?: Record<string, string> } = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    ids.push(response.headers.get("x-request-id") ?? "");
    await response.text();
    return response.status;
  };
  let session = "";
  try {
    const ann = new WireClient({ port });
    ({ session } = await ann.join("Ann"));
    const send = { kind: "send_message", room: LOBBY, text: words[0] } as const;
    const sent = await ann.command(send);
    const message = "events" in sent ? (sent.events[0]?.id ?? "") : "";
    await ann.command({ kind: "edit_message", room: LOBBY, message, text: words[1] });
    await ann.command({ ...send, text: words[2], room: newNonce() });
    await ann.send(`{"type":"command","text":"${words[3]}"`);
    await ann.settled();
    const bearer = { authorization: `Bearer ${ann.token}` };
    expect(await ask(`/api/v1/search?query=${words[4]}&limit=5`, { headers: bearer })).toBeLessThan(500);
    expect(await ask(`/api/v1/rooms/${LOBBY}/messages`, { headers: bearer })).toBe(200);
    expect(await ask("/api/v1/me", { headers: { authorization: `Bearer ${secrets.unknown}` } })).toBe(401);
    const guest = JSON.stringify({ name: "Bob", token: secrets.bob });
    await ask("/api/v1/guests", {
      method: "POST",
      body: guest,
      headers: { "content-type": "application/json" },
    });
    expect(await ask("/metrics", { headers: { authorization: `Bearer ${metricsToken}` } })).toBe(200);
    expect(await ask(`/no/such/${words[4]}`)).toBe(404);
    ann.close();
    await ann.closed;
    Object.assign(secrets, { ann: ann.token });
  } finally {
    await server.stop();
  }
  const text = readFileSync(join(folder, "server.log"), "utf8");
  for (const secret of [...Object.values(secrets), ...words]) expect(text).not.toContain(secret);

  const [ready, ...json] = text
    .trim()
    .split("\n")
    .sort((a, b) => Number(a[0] === "{") - Number(b[0] === "{"));
  expect(ready).toContain("Parley is ready");
  const lines = json.map((line) => JSON.parse(line));
  // The line of a reported id can be found.
  for (const id of ids) expect(lines.filter(({ request }) => request === id)).toHaveLength(1);
  expect(lines).toContainEqual(
    expect.objectContaining({
      method: "GET",
      route: "/api/v1/rooms/:room/messages",
      status: 200,
      msg: "request",
    }),
  );
  // The lines of one connection share its id, from the welcome to the close.
  const own = lines.filter((line) => line.session === session).map(({ msg }) => msg);
  expect(own).toEqual(["connected", "command", "command", "command", "refused", "closed"]);
});
