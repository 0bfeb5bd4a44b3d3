import type { Nodes, PhrasingContent, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmAutolinkLiteralFromMarkdown } from "mdast-util-gfm-autolink-literal";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmAutolinkLiteral } from "micromark-extension-gfm-autolink-literal";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import { type Block, type Inline, plainTree, type Tree } from "./tree.ts";

/** UTF-16 units; the wire's limit is 8,000 code points. */
const LONGEST = 16_000;
/** Characters that may open or close something. The parser's time grows with their square: at 1,500 it takes about 30 ms. */
const MOST_MARKS = 1_500;
/** Quotes and lists inside each other at the start of one line, for the parser. */
const DEEPEST_LINE = 24;
/** Quotes and lists that are drawn inside each other; what lies deeper stands in the last of them. */
const DEEPEST_BOX = 6;
/** Emphasis, links and so on inside each other; what lies deeper is plain. */
const DEEPEST_SPAN = 8;

/**
 * What people type in a chat and do not mean as Markdown. HTML is text. Definitions would vanish, indented lines are
 * seldom code, a line of dashes below a text is no headline, and `&amp;` means what it says.
 */
const OFF = {
  disable: {
    null: [
      "htmlFlow",
      "htmlText",
      "codeIndented",
      "setextUnderline",
      "definition",
      "characterReference",
      "hardBreakEscape",
    ],
  },
};

/** Text to tree. Never throws and never takes long: what is too much for it stays plain text. */
export function parseMarkdown(text: string): Tree {
  if (tooMuch(text)) return plainTree(text);
  try {
    const root = fromMarkdown(text, {
      extensions: [gfmAutolinkLiteral(), gfmStrikethrough({ singleTilde: false }), OFF],
      mdastExtensions: [gfmAutolinkLiteralFromMarkdown(), gfmStrikethroughFromMarkdown()],
    });
    const tree = blocks(root.children, 0);
    return tree.length === 0 ? plainTree(text) : tree;
  } catch {
    return plainTree(text);
  }
}

function tooMuch(text: string): boolean {
  if (text.length > LONGEST) return true;
  let marks = 0;
  for (const _ of text.matchAll(/[*_~`[\]<!]/gu)) if (++marks > MOST_MARKS) return true;
  for (const [prefix] of text.matchAll(/^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])(?=[ \t>]|$))+/gmu)) {
    if ((prefix.match(/>|[-+*]|\d+[.)]/gu) ?? []).length > DEEPEST_LINE) return true;
  }
  return false;
}

function blocks(nodes: readonly RootContent[], depth: number): Block[] {
  return nodes.flatMap((node) => block(node, depth));
}

function block(node: RootContent, depth: number): Block[] {
  switch (node.type) {
    case "paragraph":
      return [{ kind: "paragraph", children: inlines(node.children, 0) }];
    case "heading":
      return [{ kind: "heading", level: node.depth, children: inlines(node.children, 0) }];
    case "code":
      return [{ kind: "code", language: (node.lang ?? "").slice(0, 24), text: node.value }];
    case "blockquote": {
      const children = blocks(node.children, depth + 1);
      return depth < DEEPEST_BOX ? [{ kind: "quote", children }] : children;
    }
    case "list": {
      const items = node.children.map((item) => blocks(item.children, depth + 1));
      return depth < DEEPEST_BOX
        ? [{ kind: "list", start: node.ordered ? (node.start ?? 1) : null, items }]
        : items.flat();
    }
    case "thematicBreak":
      return [{ kind: "rule" }];
    default:
      return [{ kind: "paragraph", children: [{ kind: "text", text: rawText(node) }] }];
  }
}

function inlines(nodes: readonly PhrasingContent[], depth: number): Inline[] {
  return nodes.flatMap((node) => inline(node, depth));
}

function inline(node: PhrasingContent, depth: number): Inline[] {
  if (depth >= DEEPEST_SPAN) return [{ kind: "text", text: rawText(node) }];
  switch (node.type) {
    case "text":
      return [{ kind: "text", text: node.value }];
    case "inlineCode":
      return [{ kind: "code", text: node.value }];
    case "break":
      return [{ kind: "text", text: "\n" }];
    case "strong":
      return [{ kind: "strong", children: inlines(node.children, depth + 1) }];
    case "emphasis":
      return [{ kind: "emphasis", children: inlines(node.children, depth + 1) }];
    case "delete":
      return [{ kind: "struck", children: inlines(node.children, depth + 1) }];
    case "link": {
      const children = inlines(node.children, depth + 1);
      const href = safeAddress(node.url);
      if (href !== null) return [{ kind: "link", href, children }];
      // Somebody hides an address that is no good here: show it.
      const named = rawText(node);
      return named === node.url ? children : [...children, { kind: "text", text: ` (${node.url})` }];
    }
    case "image": {
      const href = safeAddress(node.url);
      const text = node.alt || node.url;
      return href === null
        ? [{ kind: "text", text }]
        : [{ kind: "link", href, children: [{ kind: "text", text }] }];
    }
    default:
      return [{ kind: "text", text: rawText(node) }];
  }
}

/** The address if it leads outside by http, https or mail; null for everything else, `javascript:` above all. */
export function safeAddress(address: string): string | null {
  const url = URL.parse(address);
  if (url === null) return null;
  if (url.protocol === "mailto:") return url.href;
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  return url.hostname === "" ? null : url.href;
}

function rawText(node: Nodes): string {
  if ("value" in node) return node.value;
  if ("children" in node) return node.children.map(rawText).join("");
  if ("alt" in node) return node.alt ?? "";
  return "";
}
