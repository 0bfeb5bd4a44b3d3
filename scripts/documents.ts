// Documents that are made from the code. `npm run generate` writes them, a guard compares them.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { CLOSE_CODES } from "../protocol/src/close-codes.ts";
import { FAULTS } from "../protocol/src/faults.ts";
import { LIMITS } from "../protocol/src/limits.ts";
import { SUBPROTOCOL, WIRE_VERSION } from "../protocol/src/version.ts";
import { describeWire } from "./wire.ts";

const root = join(import.meta.dir, "..");
const notice = "<!-- Made by `npm run generate`. Change the source, not this file. -->";

/** One setting of the server, as its table in server/src/config.ts has it. */
export type Option = {
  readonly name: string;
  readonly flag: string;
  readonly type: string;
  readonly default: unknown;
  readonly description: string;
};

/** Every generated file: its path from the root, and what it must say. */
export async function documents(): Promise<Map<string, string>> {
  const made = new Map([
    ["protocol/generated/wire.json", describeWire()],
    ["protocol/generated/reference.md", reference()],
  ]);
  const options = await readOptions();
  if (options) made.set("docs/operate/configuration.md", configuration(options));
  return made;
}

/** Named at runtime, so that this folder does not have to be checked with the server's types. */
async function readOptions(): Promise<readonly Option[] | undefined> {
  const path = join(root, "server", "src", "config.ts");
  if (!existsSync(path)) return undefined;
  const { options }: { options: readonly Option[] } = await import(path);
  return options;
}

export function configuration(options: readonly Option[]): string {
  return page("Configuration", [
    "Each setting is an environment variable and a flag; the flag wins. `npm start -- --help` prints this list.",
    table(
      ["variable", "flag", "type", "default", "what it does"],
      options.map((option) => [
        `\`${option.name}\``,
        `\`${option.flag}\``,
        option.type,
        option.default === undefined || option.default === "" ? "–" : `\`${option.default}\``,
        option.description,
      ]),
    ),
  ]);
}

function reference(): string {
  return page("Reference of the wire", [
    `Subprotocol \`${SUBPROTOCOL}\`, wire version ${WIRE_VERSION}. The rules stand in [SPEC.md](../SPEC.md); the schemas, as JSON Schema, in [wire.json](wire.json).`,
    "## Faults",
    "*Final* means: surely not stored, and the same command will be refused again. A fault that is not final keeps its nonce; sending it again settles the outcome.",
    table(
      ["code", "HTTP", "advice", "final", "closes with", "text"],
      Object.entries<(typeof FAULTS)[keyof typeof FAULTS]>(FAULTS).map(([code, row]) => [
        `\`${code}\``,
        String(row.http),
        row.advice,
        row.final ? "yes" : "no",
        "close" in row ? String(row.close) : "–",
        row.text,
      ]),
    ),
    "## Close codes",
    table(
      ["code", "name", "the client", "text"],
      Object.entries(CLOSE_CODES).map(([code, row]) => [code, row.name, row.advice, row.text]),
    ),
    "## Limits",
    table(
      ["name", "value"],
      Object.entries(LIMITS).map(([name, value]) => [`\`${name}\``, value.toLocaleString("en-US")]),
    ),
  ]);
}

function page(title: string, parts: readonly string[]): string {
  return `${[`# ${title}`, notice, ...parts].join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}
