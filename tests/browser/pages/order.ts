import type { Shown } from "../../support/page-user.ts";

/** I15: the page shows messages in the order of their numbers, none twice, unsent ones at the end. Names what is not. */
export function disorder(shown: readonly Shown[]): string[] {
  const faults: string[] = [];
  let last = 0;
  let unsent = false;
  for (const { seq, text } of shown) {
    if (seq === null) {
      unsent = true;
      continue;
    }
    if (unsent) faults.push(`"${text}" (${seq}) is below one without a number`);
    if (seq === last) faults.push(`"${text}" shows ${seq} twice`);
    if (seq < last) faults.push(`"${text}" (${seq}) is below ${last}`);
    last = Math.max(last, seq);
  }
  return faults;
}

/** Texts that are shown more than once. In these tests every message has a text of its own. */
export function twice(shown: readonly Shown[]): string[] {
  const texts = shown.map(({ text }) => text);
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}
