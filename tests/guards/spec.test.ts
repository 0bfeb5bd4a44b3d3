import { describe, expect, test } from "bun:test";
import { paths, read } from "./repository.ts";
import { judgeRules, quotedIds, ruleIds } from "./spec.ts";

/** Rules that no test quotes yet, each with the reason. */
const untested: Record<string, string> = {};

test("every rule of protocol/SPEC.md is quoted by a test, and every quoted rule exists", () => {
  const path = "protocol/SPEC.md";
  const spec = paths().includes(path) ? read(path).text : "";
  const trials = paths().filter(
    (file) => /\.(test|contract)\.tsx?$/.test(file) && !file.startsWith("tests/guards/"),
  );
  expect(judgeRules(ruleIds(spec), quotedIds(trials.map(read)), untested)).toEqual([]);
});

describe("the guard itself", () => {
  const judge = (spec: string, tests: string, allowed = {}) =>
    judgeRules(ruleIds(spec), quotedIds([{ path: "a.test.ts", text: tests }]), allowed);

  test("sees a rule without a test", () => {
    expect(judge("- **HS-1** Say hello.", `test("says hello", f);`)).toHaveLength(1);
    expect(judge("- **HS-1** Say hello.", `test("says hello (HS-1)", f);`)).toHaveLength(1);
    expect(judge("- **HS-1** Say hello.", `test("HS-1 says hello", f);`)).toEqual([]);
  });
  test("sees a quoted rule that does not exist", () => {
    expect(judge("", `test("RS-9 resumes", f);`)).toHaveLength(1);
  });
  test("sees an allowance that is no longer needed", () => {
    expect(judge("**FT-1** x", "", { "FT-1": "waits for uploads" })).toEqual([]);
    expect(judge("**FT-1** x", `test("FT-1 x", f);`, { "FT-1": "waits for uploads" })).toHaveLength(1);
  });
  test("sees a rule defined twice", () => {
    expect(judge("**LM-1** x **LM-1** y", `test("LM-1 x", f);`)).toHaveLength(1);
  });
  test.each([
    [`it("HS-1: x", f);`],
    [`test(\`HS-1 \${x}\`, f);`],
    [`test.each([[1]])("HS-1 %s", f);`],
    [`test.skipIf(true)("HS-1 x", f);`],
    [`describe("HS-1", f);`],
    [`test("HS-2, HS-1: x", f); test("HS-2 y", f);`],
  ])("reads the id in %s", (text) => {
    expect(judge("**HS-1** **HS-2**", text, text.includes("HS-2") ? {} : { "HS-2": "later" })).toEqual([]);
  });
});
