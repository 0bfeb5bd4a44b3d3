import { expect, test } from "bun:test";
import { FAULTS } from "@parley/protocol";
import { paths, read } from "./repository.ts";

/** Faults that need a failing machine, with the test that reaches them. */
const elsewhere: Readonly<Record<string, string>> = {
  storage: "server/src/store/sqlite/files.test.ts",
  internal: "server/src/store/contract/append.contract.ts",
};

test("every fault of the table is reached by a test over the real wire", () => {
  const wire = paths().filter((path) => /^tests\/wire\/.*\.test\.ts$/.test(path));
  const text = wire.map((path) => read(path).text).join("\n");
  const missing = Object.keys(FAULTS).filter((code) => {
    const place = elsewhere[code];
    return !(place === undefined ? text : read(place).text).includes(`"${code}"`);
  });
  expect(missing).toEqual([]);
});
