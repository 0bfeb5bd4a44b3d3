// The comments on the fields of the schemas: they are the descriptions in all documents, so that each stands once.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dir, "..", "protocol", "src");
const files = ["fields", "frames", "commands", "events", "rest", "limits"];

/** The comment at each field, by its path from the export: `message.rev`, `clientFrames.hello.token`. */
export function readComments(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of files) {
    for (const [path, text] of commentsOf(readFileSync(join(folder, `${file}.ts`), "utf8"))) {
      found.set(path, text);
    }
  }
  return found;
}

/**
 * Reads one source. It relies on how our formatter writes: one field a line, deeper ones further in. `/** … *\/` belongs to
 * the next name.
 */
export function commentsOf(source: string): Map<string, string> {
  const found = new Map<string, string>();
  const above: { indent: number; name: string }[] = [];
  let comment = "";
  let inside = false;
  for (const line of source.split("\n")) {
    const starts = /^\s*\/\*\*/.test(line);
    if (starts || inside) {
      if (starts) comment = "";
      comment += ` ${line.replace(/^\s*(?:\/\*\*|\*(?!\/))?/, "").replace(/\*\/\s*$/, "")}`;
      inside = !/\*\/\s*$/.test(line);
      continue;
    }
    const [, exported, indent = "", field] = /^(?:export )?const (\w+)|^(\s+)(\w+)\s*[:,]/.exec(line) ?? [];
    const name = exported ?? field;
    if (name === undefined) continue;
    const depth = exported === undefined ? indent.length : 0;
    while ((above.at(-1)?.indent ?? -1) >= depth) above.pop();
    above.push({ indent: depth, name });
    const text = plain(comment);
    if (text !== "") found.set(above.map((place) => place.name).join("."), text);
    comment = "";
  }
  return found;
}

function plain(comment: string): string {
  return comment.replaceAll(/\s+/g, " ").trim();
}
