import { useSyncExternalStore } from "react";
import { plainTree, type Tree, wordsOf } from "./tree.ts";

/** Texts whose trees are kept. More than a window of the timeline draws, less than a room holds. */
const CACHE_SIZE = 1_500;
/** What no Markdown can be in: most messages never meet the parser. */
const PLAIN = /^(?![ \t]*\d+[.)])[^*_~`[\]<>#+\-\\!&|:@=]*$/u;

type Parse = (text: string) => Tree;

let parse: Parse | null = null;
const trees = new Map<string, Tree>();
const listeners = new Set<() => void>();

/** Fetches the parser. It is a file of its own, so that the page is there before it. */
export async function loadMarkdown(): Promise<void> {
  parse = (await import("./parse.ts")).parseMarkdown;
  for (const listener of listeners) listener();
}

/** A text as a tree, parsed once. Until the parser is here it is plain. */
export function useMarkdown(text: string): Tree {
  useSyncExternalStore(subscribe, parserIsHere);
  return treeOf(text);
}

/** A text's words in one line, without what marks them up. */
export function plainWords(text: string): string {
  return wordsOf(treeOf(text.length > 2_000 ? text.slice(0, 2_000) : text));
}

function treeOf(text: string): Tree {
  const kept = trees.get(text);
  if (kept !== undefined) return kept;
  const simple = isPlain(text);
  const tree = simple || parse === null ? plainTree(text) : parse(text);
  if (simple || parse !== null) keep(text, tree);
  return tree;
}

function isPlain(text: string): boolean {
  return !text.includes("\n") && !text.includes("www.") && PLAIN.test(text);
}

function keep(text: string, tree: Tree): void {
  trees.set(text, tree);
  if (trees.size <= CACHE_SIZE) return;
  const oldest = trees.keys().next().value;
  if (oldest !== undefined) trees.delete(oldest);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function parserIsHere(): boolean {
  return parse !== null;
}
