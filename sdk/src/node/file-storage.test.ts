import { afterAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStorage } from "./file-storage.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-storage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(folder, `state ${++files}`);
const all = (path: string) => {
  const storage = fileStorage(path);
  return Object.fromEntries(storage.keys().map((key) => [key, storage.get(key)]));
};

describe("a storage in a file", () => {
  test("keeps what was set and not deleted", () => {
    const path = newPath();
    const storage = fileStorage(path);
    storage.set("a", "1");
    storage.set("b", "two\nlines \u2028 and 🌍");
    storage.set("a", "3");
    storage.set("c", "4");
    storage.delete("c");
    storage.delete("never there");
    expect([storage.keys(), storage.get("a"), storage.get("c")]).toEqual([["a", "b"], "3", null]);
    expect(all(path)).toEqual({ a: "3", b: "two\nlines \u2028 and 🌍" });
  });

  test("a transaction is stored as a whole or not at all", () => {
    const path = newPath();
    const storage = fileStorage(path);
    storage.set("a", "1");
    const failing = () =>
      storage.transaction?.(() => {
        storage.set("a", "2");
        storage.set("b", "2");
        expect(storage.get("a")).toBe("2");
        throw new Error("no");
      });
    expect(failing).toThrow("no");
    expect([storage.get("a"), storage.get("b")]).toEqual(["1", null]);
    storage.transaction?.(() => {
      storage.set("a", "3");
      storage.transaction?.(() => storage.set("b", "3"));
    });
    const text = readFileSync(path, "utf8");
    expect(all(path)).toEqual({ a: "3", b: "3" });
    // Cut anywhere, the last line is there or not.
    for (let cut = 1; cut <= '[["a","3"],["b","3"]]\n'.length; cut++) {
      const torn = newPath();
      writeFileSync(torn, text.slice(0, -cut));
      expect(all(torn)).toEqual({ a: "1" });
    }
  });

  test("goes on after half a line", () => {
    const path = newPath();
    fileStorage(path).set("a", "1");
    appendFileSync(path, '[["a","2');
    const storage = fileStorage(path);
    storage.set("b", "2");
    expect(all(path)).toEqual({ a: "1", b: "2" });
  });

  test("its size follows what it holds, not how often that changed", () => {
    const path = newPath();
    const storage = fileStorage(path);
    for (let turn = 0; turn < 300; turn++) {
      storage.set("cursor", `${turn} ${"x".repeat(1000)}`);
      expect(readFileSync(path, "utf8")).toContain(`"${turn} x`);
    }
    expect(statSync(path).size).toBeLessThan(2 * 64 * 1024);
    expect(all(path)).toEqual({ cursor: `299 ${"x".repeat(1000)}` });
  });

  test("a second process takes it over: the first one's changes throw", () => {
    const path = newPath();
    const first = fileStorage(path);
    first.set("a", "1");
    const second = fileStorage(path);
    expect(() => first.set("a", "2")).toThrow("Another process has opened");
    second.set("b", "2");
    expect(all(path)).toEqual({ a: "1", b: "2" });
  });

  test("does not touch a file that is something else", () => {
    const path = newPath();
    writeFileSync(path, "dear diary\n");
    expect(() => fileStorage(path)).toThrow("is no storage");
    expect(readFileSync(path, "utf8")).toBe("dear diary\n");
  });

  test("what was acknowledged before kill -9 is there, and in pairs that belong together", async () => {
    const path = newPath();
    const program = `
      import { fileStorage } from ${JSON.stringify(join(import.meta.dir, "file-storage.ts"))};
      const storage = fileStorage(${JSON.stringify(path)});
      for (let turn = Number(storage.get("a") ?? 0) + 1; ; turn++) {
        storage.transaction(() => {
          storage.set("a", String(turn));
          storage.set("b", String(turn) + " " + "x".repeat(500));
        });
        console.log(turn);
      }`;
    let before = 0;
    for (let round = 1; round <= 5; round++) {
      const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
      const acknowledged = await new Promise<number>((resolve) => {
        let text = "";
        child.stdout.on("data", (chunk) => {
          text += chunk;
          if (text.split("\n").length > 40 * round) child.kill("SIGKILL");
        });
        child.on("close", () => resolve(Number(text.split("\n").slice(0, -1).at(-1))));
      });
      const { a, b } = all(path);
      expect(Number(a)).toBeGreaterThanOrEqual(acknowledged);
      expect(acknowledged).toBeGreaterThan(before);
      expect(b?.split(" ")[0] ?? null).toBe(a ?? "");
      before = acknowledged;
    }
  });
});
