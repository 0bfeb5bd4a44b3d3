import { CONFUSABLES } from "./confusables.ts";
import { nameKey } from "./names.ts";

let table: ReadonlyMap<string, string> | null = null;

/** The prototype of each character that looks like another one. Parsed when the first name is compared. */
function prototypes(): ReadonlyMap<string, string> {
  if (table) return table;
  const read = new Map<string, string>();
  const char = (code: string) => String.fromCodePoint(Number.parseInt(code, 16));
  for (const entry of CONFUSABLES.trim().split(/\s+/)) {
    const [prototype = "", codes = ""] = entry.split(":");
    const text = prototype.split("-").map(char).join("");
    for (const code of codes.split(",")) read.set(char(code), text);
  }
  table = read;
  return read;
}

/**
 * The skeleton of a name (UTS #39, section 4): readers confuse names with the same skeleton. Invisible
 * characters are left out. Case is folded between two passes, so that "PaypaI" with a capital i is "paypal", and so that
 * all spellings of one name key have one skeleton where their capitals have no look-alikes.
 */
export function skeleton(name: string): string {
  const visible = name.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  return nameKey(mapped(nameKey(mapped(visible))));
}

function mapped(text: string): string {
  const table = prototypes();
  let result = "";
  for (const char of text.normalize("NFD")) result += table.get(char) ?? char;
  return result;
}
