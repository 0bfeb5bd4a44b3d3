/** What a message's text is made of. Our own small tree: nothing in it can hold HTML or load anything. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis" | "struck"; readonly children: readonly Inline[] }
  /** `href` is http, https or mailto. */
  | { readonly kind: "link"; readonly href: string; readonly children: readonly Inline[] };

export type Block =
  | { readonly kind: "paragraph"; readonly children: readonly Inline[] }
  | { readonly kind: "heading"; readonly level: number; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly language: string; readonly text: string }
  | { readonly kind: "quote"; readonly children: readonly Block[] }
  /** `start` is the first number; null for a list of dots. */
  | { readonly kind: "list"; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: "rule" };

export type Tree = readonly Block[];

/** The text as it is, as a tree of one paragraph. */
export function plainTree(text: string): Tree {
  return [{ kind: "paragraph", children: [{ kind: "text", text }] }];
}

/** Blocks, list items and runs of a tree, all together: what it costs to draw. */
export function nodesOf(tree: Tree): number {
  return tree.reduce((sum, block) => sum + blockNodes(block), 0);
}

function blockNodes(block: Block): number {
  switch (block.kind) {
    case "paragraph":
    case "heading":
      return 1 + inlineNodes(block.children);
    case "quote":
      return 1 + nodesOf(block.children);
    case "list":
      return block.items.reduce((sum, item) => sum + 1 + nodesOf(item), 1);
    case "code":
    case "rule":
      return 1;
  }
}

function inlineNodes(children: readonly Inline[]): number {
  return children.reduce(
    (sum, child) => sum + 1 + ("children" in child ? inlineNodes(child.children) : 0),
    0,
  );
}

/** The words alone, in one line: for quotes, notices and what is read aloud. */
export function wordsOf(tree: Tree): string {
  return tree.map(blockWords).join(" ").replace(/\s+/gu, " ").trim();
}

function blockWords(block: Block): string {
  switch (block.kind) {
    case "paragraph":
    case "heading":
      return inlineWords(block.children);
    case "code":
      return block.text;
    case "quote":
      return wordsOf(block.children);
    case "list":
      return block.items.map(wordsOf).join(" ");
    case "rule":
      return "";
  }
}

function inlineWords(children: readonly Inline[]): string {
  return children.map((child) => ("text" in child ? child.text : inlineWords(child.children))).join("");
}
