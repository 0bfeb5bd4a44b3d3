/** The names of the checks in the report. */
export type Check =
  | "file"
  | "references"
  | "feeds"
  | "events"
  | "rooms"
  | "members"
  | "reading"
  | "messages"
  | "edits"
  | "reactions"
  | "mentions"
  | "names"
  | "users"
  | "nonces"
  | "search"
  | "tokens";

export type Finding = { readonly check: Check; readonly where: string; readonly text: string };

/** Findings of a check that keep their text; all are counted. */
const MAX_FINDINGS = 20;

/** The differences that were found. Only the first of each check keep their text. */
export class Findings {
  readonly counts = new Map<Check, number>();
  readonly #kept: Finding[] = [];

  get total(): number {
    let total = 0;
    for (const count of this.counts.values()) total += count;
    return total;
  }

  get kept(): readonly Finding[] {
    return this.#kept;
  }

  add(check: Check, where: string, text: string): void {
    const count = (this.counts.get(check) ?? 0) + 1;
    this.counts.set(check, count);
    if (count <= MAX_FINDINGS) this.#kept.push({ check, where, text });
  }

  /** Adds a finding unless both are the same. */
  same(check: Check, where: string, what: string, found: unknown, wanted: unknown): void {
    if (found !== wanted) this.add(check, where, `${what} is ${show(found)}; the log says ${show(wanted)}`);
  }

  /** Compares rows with what follows from the log, by key. */
  sameRows(check: Check, where: string, found: Keyed, wanted: Keyed): void {
    for (const [key, value] of wanted) {
      if (!found.has(key)) this.add(check, where, `${key} is missing; the log says ${show(value)}`);
      else this.same(check, where, key, found.get(key), value);
    }
    for (const [key, value] of found) {
      if (!wanted.has(key)) this.add(check, where, `${key} is ${show(value)}; the log knows nothing of it`);
    }
  }
}

/** Rows by key, each as one text. */
export type Keyed = ReadonlyMap<string, string | number>;

/** Message text never goes into a report; long values show only their length. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.length} characters`;
}
