/**
 * What the parser's work, and the number of nodes it makes, grow with. The figures are what real messages stay far below;
 * at each of them alone the parser takes a few milliseconds (measured with each kind repeated, see parse.test.ts).
 */
const LIMITS = {
  /** UTF-16 units; the wire's limit is 8,000 code points. */
  length: 16_000,
  /** Also those inside of code. */
  lines: 600,
  /** What begins a block of its own: list items, quotes, headings, rules, fences, and lines after a blank one. */
  blocks: 150,
  /** Characters that may open or close something: the parser's time grows with the square of their number. */
  marks: 400,
  /** Each may begin an address: the parser looks backward from an `@` and forward from the others. */
  addresses: 100,
  /** Lists and quotes inside each other in one line. */
  depth: 24,
};

/** Columns of an indented list item that count as one list around it. */
const INDENT = 2;
const LINE_END = /\r\n|\r|\n/u;
const MARK = /[*_~`[\]<!\\]/gu;
const ADDRESS = /@|www\.|https?:/giu;
const CONTAINERS = /^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])(?=[ \t>]|$))+/u;
const CONTAINER = />|[-+*]|\d+[.)]/gu;
const LEAF_BLOCK = /^[ \t]*(?:#{1,6}(?:[ \t]|$)|(?:[-*_][ \t]*){3,}$|`{3}|~{3})/u;
/** Only a fence that begins its line: it ends every list and quote before it, so that what follows is code for certain. */
const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})/u;

/** Whether a text goes beyond what is parsed. Reads it once; the cost is linear in its length. */
export function isTooCostly(text: string): boolean {
  if (text.length > LIMITS.length) return true;
  const lines = text.split(LINE_END);
  if (lines.length > LIMITS.lines) return true;
  let blocks = 0;
  let marks = 0;
  let addresses = 0;
  let fence = "";
  let afterBlank = false;
  for (const line of lines) {
    if (fence !== "") {
      if (closes(line, fence)) fence = "";
      continue;
    }
    fence = FENCE.exec(line)?.[1] ?? "";
    const depth = depthOf(line);
    if (depth > LIMITS.depth) return true;
    blocks += depth + (afterBlank || LEAF_BLOCK.test(line) ? 1 : 0);
    afterBlank = line.trim() === "";
    marks += count(line, MARK);
    addresses += count(line, ADDRESS);
    if (blocks > LIMITS.blocks || marks > LIMITS.marks || addresses > LIMITS.addresses) return true;
  }
  return false;
}

/** Lists and quotes that a line begins, with those that its indentation may place it in. */
function depthOf(line: string): number {
  const [containers] = CONTAINERS.exec(line) ?? [];
  if (containers === undefined) return 0;
  const indent = line.length - line.trimStart().length;
  return count(containers, CONTAINER) + Math.floor(indent / INDENT);
}

function closes(line: string, fence: string): boolean {
  const [, run = ""] = /^ {0,3}(`+|~+)[ \t]*$/u.exec(line) ?? [];
  return run.length >= fence.length && run[0] === fence[0];
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
