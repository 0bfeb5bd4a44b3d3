// A document as blocks, and how they look as Markdown and as a page.

export type Block =
  | { readonly heading: string; readonly level: 2 | 3 }
  | { readonly text: string }
  | { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

export function markdown(blocks: readonly Block[]): string[] {
  return blocks.map((block) => {
    if ("heading" in block) return `${"#".repeat(block.level)} ${block.heading}`;
    return inRepository("text" in block ? block.text : table(block.head, block.rows));
  });
}

/** Links as they hold between the files of the repository, where headings stand without their section. */
function inRepository(text: string): string {
  return text
    .replaceAll(/\]\(#objects-/g, "](#")
    .replaceAll(/\]\(\/(\w+\.json)\)/g, "]($1)")
    .replaceAll(/\[([^\]]+)\]\(\/[^)]*\)/g, "$1");
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** A page that needs nothing beside itself: no script, no font, no image. */
export function html(title: string, blocks: readonly Block[]): string {
  const contents: string[] = [];
  const body: string[] = [];
  let section = "";
  for (const block of blocks) {
    if ("heading" in block) {
      const id = idOf(block.level === 2 ? block.heading : `${section} ${block.heading}`);
      if (block.level === 2) section = block.heading;
      contents.push(`<li class="h${block.level}"><a href="#${id}">${inline(block.heading)}</a></li>`);
      body.push(
        `<h${block.level} id="${id}"><a href="#${id}">${inline(block.heading)}</a></h${block.level}>`,
      );
    } else if ("text" in block) {
      body.push(`<p>${inline(block.text)}</p>`);
    } else {
      const cells = (tag: "th" | "td", list: readonly string[]) =>
        list.map((cell) => `<${tag}>${inline(cell)}</${tag}>`).join("");
      const rows = block.rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
      body.push(
        `<div class="table"><table>\n<thead><tr>${cells("th", block.head)}</tr></thead>\n<tbody>\n${rows}\n</tbody>\n</table></div>`,
      );
    }
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${inline(title)}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">To the text</a>
<nav aria-label="Contents">
<details open>
<summary>Contents</summary>
<ul>
${contents.join("\n")}
</ul>
</details>
</nav>
<main id="main">
<h1>${inline(title)}</h1>
${body.join("\n")}
</main>
</body>
</html>
`;
}

function idOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

/** `code`, *emphasis* and links within the server; other links lead nowhere from a page and stay text. */
function inline(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>")
    .replaceAll(/\*([^*\s][^*]*)\*/g, "<em>$1</em>")
    .replaceAll(/\[([^\]]+)\]\(([#/][^)]*)\)/g, '<a href="$2">$1</a>')
    .replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1");
}

const STYLE = `
:root { color-scheme: light dark; --back: #fcfdfd; --side: #e8eeec; --line: #d3dddb; --ink: #16211e; --soft: #4a5a55; --accent: #0d6355; --code: #f0f4f3; }
@media (prefers-color-scheme: dark) { :root { --back: #141d1b; --side: #0d1413; --line: #2c3b37; --ink: #e6eeeb; --soft: #adbcb7; --accent: #72d2bd; --code: #0f1716; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
nav { background: var(--side); border-right: 1px solid var(--line); height: 100vh; position: sticky; top: 0; overflow-y: auto; padding: 1.25rem 1rem; font-size: 0.9rem; }
nav summary { font-weight: 600; cursor: pointer; }
nav ul { list-style: none; margin: 0.5rem 0 0; padding: 0; }
nav a { display: block; padding: 0.2rem 0.4rem; border-radius: 6px; color: var(--ink); text-decoration: none; overflow-wrap: anywhere; }
nav a:hover { background: var(--line); }
nav .h2 { margin-top: 0.7rem; font-weight: 600; }
nav .h3 a { padding-left: 1.1rem; color: var(--soft); }
main { max-width: 62rem; padding: 2rem clamp(1rem, 4vw, 3rem) 6rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.4rem; margin: 3rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 2rem 0 0.4rem; }
h2 a, h3 a { color: inherit; text-decoration: none; }
h2 a:hover, h3 a:hover { text-decoration: underline; }
p { margin: 0.5rem 0; max-width: 46rem; }
a { color: var(--accent); }
code { font: 0.88em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--code); border-radius: 4px; padding: 0.1em 0.3em; overflow-wrap: anywhere; }
.table { overflow-x: auto; margin: 0.75rem 0; border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.75rem; border-bottom: 1px solid var(--line); }
td:last-child { min-width: 14rem; }
tbody tr:last-child td { border-bottom: 0; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--back); padding: 0.5rem; z-index: 1; }
@media (max-width: 52rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line); }
  nav ul { max-height: 28vh; overflow-y: auto; }
  main { padding-top: 1.25rem; }
}
@media print { nav { display: none; } body { display: block; } }
`;
