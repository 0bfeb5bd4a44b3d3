import { parseSync } from "rolldown/utils";
import type { File } from "./repository.ts";

/** Rules of protocol/SPEC.md: HS handshake, CM commands, EV events, RS resume, SG signals, HT HTTP, FT faults, LM limits. */
const id = "(?:HS|CM|EV|RS|SG|HT|FT|LM)-\\d+";

/** Ids that the specification defines, in its order. A rule starts with its id in bold: `**HS-1**`. */
export function ruleIds(spec: string): string[] {
  return [...spec.matchAll(new RegExp(`\\*\\*(${id})\\*\\*`, "g"))].map((found) => found[1] ?? "");
}

/** Ids quoted at the start of test names: `test("RS-2, RS-3: …")`. */
export function quotedIds(files: readonly File[]): Map<string, string> {
  const quoted = new Map<string, string>();
  for (const file of files) {
    for (const name of testNames(file)) {
      const start = new RegExp(`^${id}(?:(?:, | and | )${id})*`).exec(name)?.[0] ?? "";
      for (const [found] of start.matchAll(new RegExp(id, "g"))) quoted.set(found, file.path);
    }
  }
  return quoted;
}

/** The names given to `test`, `it` and `describe`, also to `test.each(…)` and the like; of a template its first piece. */
function testNames(file: File): string[] {
  const names: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { type, callee, arguments: given } = node as Record<string, unknown>;
    if (type === "CallExpression" && isTestCall(callee)) names.push(textOf((given as unknown[])[0]));
    Object.values(node).forEach(visit);
  };
  visit(parseSync(file.path, file.text).program);
  return names;
}

function isTestCall(callee: unknown): boolean {
  if (typeof callee !== "object" || callee === null) return false;
  const { name, object, callee: inner } = callee as Record<string, unknown>;
  if (typeof name === "string") return ["test", "it", "describe"].includes(name);
  return isTestCall(object ?? inner);
}

function textOf(node: unknown): string {
  if (typeof node !== "object" || node === null) return "";
  const { value, quasis } = node as { value?: unknown; quasis?: { value: { cooked: string } }[] };
  return typeof value === "string" ? value : (quasis?.[0]?.value.cooked ?? "");
}

/** What is wrong between the rules and the tests that quote them. `untested` names rules that wait, each with a reason. */
export function judgeRules(
  rules: readonly string[],
  quoted: ReadonlyMap<string, string>,
  untested: Readonly<Record<string, string>>,
): string[] {
  return [
    ...rules
      .filter((rule, at) => rules.indexOf(rule) !== at)
      .map((rule) => `${rule} is defined twice in SPEC.md`),
    ...rules
      .filter((rule) => !quoted.has(rule) && !(rule in untested))
      .map((rule) => `${rule} has no test: start a test's name with it`),
    ...[...quoted]
      .filter(([rule]) => !rules.includes(rule))
      .map(([rule, path]) => `${path} quotes ${rule}, which SPEC.md does not know`),
    ...Object.keys(untested)
      .filter((rule) => quoted.has(rule) || !rules.includes(rule))
      .map((rule) => `${rule} needs no allowance any more: take it out of the guard's list`),
  ];
}
