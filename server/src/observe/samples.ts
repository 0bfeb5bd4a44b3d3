import { CLOSE_CODES } from "@parley/protocol";

export type Labels = Readonly<Record<string, string | number>>;
/** One line of the response. */
export type Sample = { readonly labels?: Labels; readonly value: number };

/** Close codes of connections that the server drops, with their reasons. */
export const DROPS: Readonly<Record<string, string>> = {
  4408: "slow",
  4410: "no_hello",
  4429: "rate",
};

/** A client may close with any code; codes that are not ours are one line. */
export function closeLines(closes: { readonly [code: string]: number }): Sample[] {
  const names: { readonly [code: string]: { readonly name: string } } = CLOSE_CODES;
  const lines: Sample[] = [];
  let other = 0;
  for (const [code, value] of Object.entries(closes)) {
    const name = names[code]?.name;
    if (name === undefined) other += value;
    else lines.push({ labels: { code, name }, value });
  }
  return [...lines, { labels: { code: "other", name: "other" }, value: other }];
}

export function byKey(counts: { readonly [key: string]: number }, labels: (key: string) => Labels): Sample[] {
  return Object.entries(counts).map(([key, value]) => ({ labels: labels(key), value }));
}

/** One sample for each kind that is known. */
export function known(values: Readonly<Record<string, number | null>>): Sample[] {
  return Object.entries(values).flatMap(([kind, value]) =>
    value === null ? [] : [{ labels: { kind }, value }],
  );
}
