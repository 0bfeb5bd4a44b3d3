/** What is compared or looked at, as the report calls it. */
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

/** How many are kept in words; all are counted. */
const MAX_FINDINGS = 20;

/** What does not agree. However much it is, only the first of each check are kept. */
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

  /** Says so unless both are the same. */
  same(check: Check, where: string, what: string, found: unknown, wanted: unknown): void {
    if (found !== wanted) this.add(check, where, `${what} is ${show(found)}; the log says ${show(wanted)}`);
  }

  /** Compares rows with what the log says, by key. */
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

/** Nobody's words go into a report: of long text only how long it is. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 60 ? text : `${text.length} characters`;
}
