/** An object of a list, as text. `broken`: its end was not found. `key` is the name of the object or of its list. */
export type Entry = {
  readonly text: string;
  readonly line: number;
  readonly broken: boolean;
  readonly key: string | undefined;
};

const NEWLINE = 10;
const QUOTE = 34;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;

/** The largest entry; a longer one counts as broken. Characters. */
const LONGEST = 1 << 20;

/**
 * Cuts a JSON file into the objects that it lists, piece by piece, so that it may be larger than memory: a list of objects,
 * an object of objects, or an object of lists. Where an object is broken the next one is found again: inside an object a
 * brace opens only behind a colon, and no string holds a line break.
 */
export function* entriesOf(pieces: Iterable<string>): Generator<Entry> {
  const scan = new Scan();
  for (const piece of pieces) yield* scan.take(piece);
  yield* scan.end();
}

class Scan {
  /** Open braces and brackets inside the entry. Empty: between entries. */
  #open: number[] = [];
  #text = "";
  #began = 1;
  #broken = false;
  #line = 1;
  #inString = false;
  #escaped = false;
  /** The last character outside of strings that is no space. */
  #last = 0;
  /** Whether the first brace of the file was read: it opens a list, not an entry. */
  #inside = false;
  #name = "";
  #key: string | undefined;

  *take(piece: string): Generator<Entry> {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (code === NEWLINE) this.#line++;
      if (this.#inString) {
        this.#string(code, piece[at] as string);
        continue;
      }
      if (code <= 32) continue;
      if (code === OPEN && this.#starts()) {
        if (this.#open.length > 0) {
          this.#broken = true;
          this.#text += piece.slice(from, at);
          yield this.#taken();
        }
        from = at;
        this.#began = this.#line;
        this.#open = [OPEN];
      } else if (this.#open.length === 0) {
        this.#between(code);
      } else if (this.#within(code)) {
        this.#text += piece.slice(from, at + 1);
        from = at + 1;
        yield this.#taken();
      }
      this.#last = code;
    }
    if (this.#open.length === 0) return;
    this.#text += piece.slice(from);
    if (this.#text.length <= LONGEST) return;
    this.#broken = true;
    this.#text = this.#text.slice(0, 1_000);
  }

  *end(): Generator<Entry> {
    if (this.#open.length === 0) return;
    this.#broken = true;
    yield this.#taken();
  }

  /** Whether a brace begins an entry. The very first one opens an object of entries. */
  #starts(): boolean {
    if (!this.#inside) {
      this.#inside = true;
      return false;
    }
    if (this.#open.length === 0) return true;
    return this.#open.at(-1) === OPEN && this.#last !== COLON;
  }

  #between(code: number): void {
    if (code === OPEN_LIST) {
      this.#inside = true;
      this.#key = this.#last === COLON ? this.#name : undefined;
    } else if (code === QUOTE) {
      this.#inString = true;
      this.#name = "";
    } else if (code === COLON) this.#key = this.#name;
  }

  /** Whether the entry ends here. */
  #within(code: number): boolean {
    if (code === QUOTE) this.#inString = true;
    else if (code === OPEN || code === OPEN_LIST) this.#open.push(code);
    else if (code === CLOSE || code === CLOSE_LIST) {
      // The parser of the entry rejects a bracket that closes nothing.
      if (this.#open.at(-1) === code - 2) this.#open.pop();
      else this.#broken = true;
    }
    return this.#open.length === 0;
  }

  #string(code: number, character: string): void {
    if (code === NEWLINE) {
      this.#inString = false;
      this.#last = QUOTE;
      if (this.#open.length > 0) this.#broken = true;
    } else if (this.#escaped) this.#escaped = false;
    else if (code === BACKSLASH) this.#escaped = true;
    else if (code === QUOTE) {
      this.#inString = false;
      this.#last = QUOTE;
    } else if (this.#open.length === 0) this.#name += character;
  }

  #taken(): Entry {
    const entry = { text: this.#text, line: this.#began, broken: this.#broken, key: this.#key };
    this.#text = "";
    this.#broken = false;
    this.#open = [];
    return entry;
  }
}
