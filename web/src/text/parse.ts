import type { Nodes, PhrasingContent, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmAutolinkLiteralFromMarkdown } from "mdast-util-gfm-autolink-literal";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmAutolinkLiteral } from "micromark-extension-gfm-autolink-literal";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import { isTooCostly } from "./parse-cost.ts";
import { type Block, type Inline, nodesOf, plainTree, type Tree } from "./tree.ts";

/** Nodes of a tree at most; a text that makes more is shown as typed. It bounds what one message adds to the page. */
const MAX_NODES = 600;
/** Quotes and lists that are drawn inside each other; what is deeper is put into the last of them. */
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

/**
 * Text to tree. Never throws, and its work is bounded for any text: a text that would cost more than the limits
 * of `parse-cost.ts`, or that makes more than `MAX_NODES` nodes, stays plain text.
 */
export function parseMarkdown(text: string): Tree {
  if (isTooCostly(text)) return plainTree(text);
  try {
    const root = fromMarkdown(text, {
      extensions: [gfmAutolinkLiteral(), gfmStrikethrough({ singleTilde: false }), OFF],
      mdastExtensions: [gfmAutolinkLiteralFromMarkdown(), gfmStrikethroughFromMarkdown()],
    });
    const tree = blocks(root.children, 0);
    return tree.length === 0 || nodesOf(tree) > MAX_NODES ? plainTree(text) : tree;
  } catch {
    return plainTree(text);
  }
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
      const named = rawText(node);
      if (href !== null) return [{ kind: "link", href, children }, ...trueTarget(named, node.url, href)];
      // The address cannot be followed from here: it is shown instead.
      return named === node.url ? children : [...children, { kind: "text", text: ` (${node.url})` }];
    }
    case "image": {
      const href = safeAddress(node.url);
      const text = node.alt || node.url;
      return href === null
        ? [{ kind: "text", text }]
        : [{ kind: "link", href, children: [{ kind: "text", text }] }, ...trueTarget(text, node.url, href)];
    }
    default:
      return [{ kind: "text", text: rawText(node) }];
  }
}

/** What reads as an address: a scheme, a host name, or a character that changes the reading direction. */
const LIKE_AN_ADDRESS =
  /:\/\/|[\p{L}\p{N}-]\s*[.\u3002\uff0e\uff61\u2024]\s*\p{L}{2,}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Beside a link whose text reads like another address: where it leads in truth, its host or the mail address. */
function trueTarget(text: string, address: string, href: string): Inline[] {
  if (text === address || `http://${text}` === address || `mailto:${text}` === address) return [];
  if (!LIKE_AN_ADDRESS.test(text)) return [];
  const { protocol, host, pathname } = new URL(href);
  const target = protocol === "mailto:" ? pathname : host;
  if (text.trim().toLowerCase() === target.replace(/^www\./, "")) return [];
  return [{ kind: "text", text: ` (${target})` }];
}

/**
 * The address if it leads outside by http, https or mail; null for everything else, `javascript:` above all, and for one
 * with a user name in it, which serves to make a host look like another.
 */
export function safeAddress(address: string): string | null {
  const url = URL.parse(address);
  if (url === null) return null;
  if (url.protocol === "mailto:") return url.href;
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  return url.hostname === "" || url.username !== "" || url.password !== "" ? null : url.href;
}

function rawText(node: Nodes): string {
  if ("value" in node) return node.value;
  if ("children" in node) return node.children.map(rawText).join("");
  if ("alt" in node) return node.alt ?? "";
  return "";
}
