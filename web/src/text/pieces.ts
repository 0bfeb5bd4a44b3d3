/** A run of a message: plain words, or an address that may be followed. */
export type Piece =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"`{}|\\^]+/giu;
const TRAILING = /[.,:;!?'"…»”’*_~]+$/u;
const PAIRS = [
  ["(", ")"],
  ["[", "]"],
] as const;

/** Cuts a text into words and links. Only http and https become links, so no text can make a page run anything. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTail(match[0]);
    const href = asHref(address);
    if (href === null) continue;
    if (match.index > end) found.push({ kind: "words", text: text.slice(end, match.index) });
    found.push({ kind: "link", text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ kind: "words", text: text.slice(end) });
  return found;
}

/** Punctuation that ends the sentence, and a bracket that was opened before the address, belong to the words. */
function withoutTail(address: string): string {
  let rest = address;
  for (;;) {
    const before = rest;
    rest = rest.replace(TRAILING, "");
    for (const [open, close] of PAIRS) {
      if (rest.endsWith(close) && count(rest, close) > count(rest, open)) rest = rest.slice(0, -1);
    }
    if (rest === before) return rest;
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function asHref(address: string): string | null {
  const url = URL.parse(address);
  return url !== null && url.hostname !== "" ? url.href : null;
}
