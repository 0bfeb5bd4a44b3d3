import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { suites } from "../../scripts/suites.mjs";
import { findTool } from "../../scripts/tools.mjs";
import { CableProxy } from "../support/cable-proxy.ts";
import { Child, until } from "../support/child-process.ts";
import { root } from "../support/server-process.ts";
import { startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

const tool = suites.flatMap(({ tools = [] }) => tools).find(({ env }) => env === "PYTHON_WITH_WEBSOCKETS");
const python = tool && findTool(tool);
if (!python) console.warn("SKIPPED: the client in Python, because no python3 has the package websockets.");

type Printed = {
  readonly seq: number;
  readonly name: string;
  readonly text: string;
  readonly reset?: string;
};

const folder = mkdtempSync(join(tmpdir(), "parley-python-"));
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.end();
  rmSync(folder, { recursive: true, force: true });
});

function startClient(port: number, name: string, printed: Printed[]): Child {
  const file = join(root, "examples/python/parley.py");
  const command = [python ?? "", file, `http://127.0.0.1:${port}`, name, join(folder, `${name}.json`)];
  return new Child({
    command,
    onLine: (line) => {
      if (line.startsWith("{")) printed.push(JSON.parse(line));
    },
  });
}

const EACH = 150;

describe.skipIf(!python)("examples/python", () => {
  test("the promise: 300 of 300, in order, once, over cut connections and a restart of the client", async () => {
    const proxy = await CableProxy.open(server.port);
    const printed: Printed[] = [];
    let reader = startClient(proxy.port, "Reader", printed);
    const sent: Printed[] = [];
    const writer = startClient(proxy.port, "Writer", sent);
    const peer = new WireClient(server);
    try {
      await peer.join("Peer");
      const say = (text: string) => peer.command({ kind: "send_message", room: LOBBY, text });
      // A client without a copy begins at the head: both must be live before what counts is said.
      await until(30_000, "both clients are live", async () => {
        await say("begin");
        return printed.length > 0 && sent.length > 0 ? true : undefined;
      });
      for (let n = 0; n < EACH; n++) {
        writer.write(`writer ${n}`);
        await say(`peer ${n}`);
        if (n % 25 === 24) proxy.cutAll();
        if (n === 75) {
          await reader.kill();
          reader = startClient(proxy.port, "Reader", printed);
        }
      }
      const counted = () => new Set(printed.map(({ text }) => text).filter((text) => text !== "begin"));
      await until(60_000, "all messages arrived", () => (counted().size >= 2 * EACH ? true : undefined));
      expect(counted().size).toBe(2 * EACH);
      // The restarted one may print the last moment again; what it has not printed yet comes in order.
      const first = [...new Set(printed.map(({ seq }) => seq))];
      expect(first).toEqual([...first].sort((a, b) => a - b));
      expect(printed.some(({ reset }) => reset !== undefined)).toBe(false);
      const seqs = sent.map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      const of = (list: readonly Printed[], name: string) => [
        ...new Set(
          list.filter((each) => each.name === name && each.text !== "begin").map(({ text }) => text),
        ),
      ];
      for (const list of [printed, sent]) {
        expect(of(list, "Writer")).toEqual(Array.from({ length: EACH }, (_, n) => `writer ${n}`));
        expect(of(list, "Peer")).toEqual(Array.from({ length: EACH }, (_, n) => `peer ${n}`));
      }
      // Each message once: the author receives its own as all do.
      expect(new Set(sent.map(({ seq }) => seq)).size).toBe(sent.length);
    } finally {
      await Promise.all([reader.kill(), writer.kill()]);
      peer.close();
      await proxy.close();
    }
  }, 120_000);

  test("a copy of another epoch is replaced by a page", async () => {
    const printed: Printed[] = [];
    const peer = new WireClient(server);
    await peer.join("Other");
    let client = startClient(server.port, "Resetter", printed);
    try {
      await until(30_000, "the client is live", async () => {
        await peer.command({ kind: "send_message", room: LOBBY, text: "before" });
        return printed.length > 0 ? true : undefined;
      });
      await client.kill();
      const path = join(folder, "Resetter.json");
      // Only its owner reads the token.
      expect(statSync(path).mode & 0o077).toBe(0);
      const state = JSON.parse(readFileSync(path, "utf8"));
      writeFileSync(path, JSON.stringify({ ...state, epoch: "another" }));
      printed.length = 0;
      client = startClient(server.port, "Resetter", printed);
      await until(30_000, "the page", () => (printed.length > 1 ? true : undefined));
      expect(printed[0]).toMatchObject({ reset: LOBBY });
      await peer.command({ kind: "send_message", room: LOBBY, text: "after" });
      await until(30_000, "the next event", () => (printed.at(-1)?.text === "after" ? true : undefined));
      const seqs = printed.slice(1).map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    } finally {
      await client.kill();
      peer.close();
    }
  }, 60_000);
});
