// Documents that are made from the code. `npm run generate` writes them, a guard compares them.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { asyncapi } from "./asyncapi.ts";
import { html, markdown, table } from "./blocks.ts";
import { openapi } from "./openapi.ts";
import { operatorDocuments } from "./operator-documents.ts";
import { reference } from "./reference.ts";
import { sdkApi } from "./sdk-api.ts";
import { describeWire } from "./wire.ts";

const root = join(import.meta.dir, "..");
const notice = "<!-- Made by `npm run generate`. Change the source, not this file. -->";

const REFERENCE = "Reference of the wire";

/** One setting of the server, as its table in server/src/config/options.ts has it. */
export type Option = {
  readonly name: string;
  readonly flag: string;
  readonly type: string;
  readonly default: unknown;
  readonly description: string;
};

/** Every generated file: its path from the root, and what it must say. */
export async function documents(): Promise<Map<string, string>> {
  const blocks = reference();
  const made = new Map([
    ["protocol/generated/wire.json", describeWire()],
    ["protocol/generated/openapi.json", openapi()],
    ["protocol/generated/asyncapi.json", asyncapi()],
    ["protocol/generated/reference.md", page(REFERENCE, markdown(blocks))],
    ["protocol/generated/reference.html", html(REFERENCE, blocks)],
  ]);
  const options = await readOptions();
  if (options) made.set("docs/operate/configuration.md", configuration(options));
  for (const [path, text] of await operatorDocuments()) made.set(path, text);
  made.set("sdk/api.md", page("What the SDK exports", sdkApi()));
  return made;
}

/** Named at runtime, so that this folder does not have to be checked with the server's types. */
async function readOptions(): Promise<readonly Option[] | undefined> {
  const path = join(root, "server", "src", "config", "options.ts");
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

function page(title: string, parts: readonly string[]): string {
  return `${[`# ${title}`, notice, ...parts].join("\n\n")}\n`;
}
