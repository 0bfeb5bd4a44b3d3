// What the wire is, as text that can be hashed: every schema, the tables that carry meaning, the limits.

import { createHash } from "node:crypto";
import { z } from "zod";
import { CLOSE_CODES } from "../protocol/src/close-codes.ts";
import { FAULTS } from "../protocol/src/faults.ts";
import { LIMITS } from "../protocol/src/limits.ts";
import * as schemas from "../protocol/src/schemas.ts";
import { SUBPROTOCOL } from "../protocol/src/version.ts";

/** Where each change of the wire has a line. */
export const historyPath = "protocol/WIRE-HISTORY.md";

export type HistoryLine = { readonly version: number; readonly hash: string; readonly change: string };

/** The wire as JSON. Sentences for people are left out: correcting one does not change what a peer must do. */
export function describeWire(): string {
  const faults = Object.entries(FAULTS).map(([code, { text: _, ...row }]) => [code, row]);
  const closes = Object.entries(CLOSE_CODES).map(([code, { text: _, ...row }]) => [code, row]);
  const wire = {
    subprotocol: SUBPROTOCOL,
    schemas: describeSchemas(schemas),
    faults: Object.fromEntries(faults),
    close_codes: Object.fromEntries(closes),
    limits: LIMITS,
  };
  return `${JSON.stringify(wire, null, 2)}\n`;
}

/** JSON Schema of every zod type in a module's exports, also of those inside tables and lists. */
export function describeSchemas(exported: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const described = Object.entries(exported)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, describe(value)] as const);
  return Object.fromEntries(described.filter(([, schema]) => schema !== undefined));
}

function describe(value: unknown): unknown {
  if (value instanceof z.ZodType) {
    const { $schema: _, ...schema } = z.toJSONSchema(value, {
      io: "input",
      unrepresentable: "any",
      // Descriptions are sentences for people, too.
      metadata: z.registry(),
    });
    return schema;
  }
  if (Array.isArray(value)) return value.map(describe);
  if (typeof value === "object" && value !== null) return describeSchemas(value as Record<string, unknown>);
  return undefined; // a function that makes a schema: what it makes is described where it is used
}

export function hashWire(wire: string): string {
  return createHash("sha256").update(wire).digest("hex").slice(0, 16);
}

/** The lines of the history, oldest first. */
export function readHistory(text: string): HistoryLine[] {
  return text.split("\n").flatMap((line) => {
    const found = /^\| (\d+) \| `([0-9a-f]{16})` \| (.+) \|$/.exec(line);
    return found ? [{ version: Number(found[1]), hash: found[2] ?? "", change: found[3] ?? "" }] : [];
  });
}

const head = [
  "# Wire history",
  "",
  "One line for each change of the wire: the version in `protocol/src/version.ts`, a hash over",
  "`protocol/generated/wire.json`, and what changed. A test compares the last line with the code.",
  "",
  "| version | hash | what changed |",
  "|--:|---|---|",
  "",
].join("\n");

/** The history with one more line, or as it was if its last line says the same. */
export function addToHistory(text: string, line: HistoryLine): string {
  const last = readHistory(text).at(-1);
  if (last?.hash === line.hash && last.version === line.version) return text;
  const change = line.change.replaceAll("|", "\\|").trim();
  return `${text === "" ? head : text}| ${line.version} | \`${line.hash}\` | ${change} |\n`;
}

/** What is wrong between the code and the history, with what to do about it; undefined if nothing is. */
export function judgeHistory(text: string, version: number, hash: string): string | undefined {
  const last = readHistory(text).at(-1);
  const command = 'npm run generate -- --wire "what changed"';
  if (!last) return `${historyPath} has no line yet. Run: ${command}`;
  if (last.hash !== hash) {
    return [
      `The wire changed: its hash is ${hash}, the last line of ${historyPath} says ${last.hash}.`,
      "If this was not meant, undo it: `git diff protocol/generated/wire.json` after `npm run generate` shows what it is.",
      "If it was meant: raise WIRE_VERSION in protocol/src/version.ts if an old peer would notice, bring SPEC.md",
      `up to date, then run: ${command}`,
    ].join("\n");
  }
  if (last.version !== version) {
    return `WIRE_VERSION is ${version}, the last line of ${historyPath} says ${last.version}. Run: ${command}`;
  }
  return undefined;
}
