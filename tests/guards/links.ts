import { dirname, join } from "node:path/posix";
import type { File } from "./repository.ts";

/** Links between our documents that lead nowhere: to a file that is not there, or to a heading that is not in it. */
export function brokenLinks(documents: readonly File[], paths: readonly string[]): string[] {
  const texts = new Map(documents.map(({ path, text }) => [path, text]));
  return documents.flatMap(({ path, text }) =>
    links(text).flatMap((link) => {
      const [file = "", heading] = link.split("#", 2);
      const target = file === "" ? path : join(dirname(path), file);
      const there = paths.some((one) => one === target || one.startsWith(`${target.replace(/\/$/, "")}/`));
      if (!there) return [`${path}: ${link} leads nowhere`];
      const inside = texts.get(target);
      const known = heading === undefined || inside === undefined || anchors(inside).includes(heading);
      return known ? [] : [`${path}: ${link} names a heading that is not there`];
    }),
  );
}

/** Targets of `[text](target)` that stay in the repository, outside of code. */
function links(text: string): string[] {
  const prose = text.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((found) => found[1] ?? "")
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Anchors as GitHub makes them from headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((found) =>
    (found[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}
