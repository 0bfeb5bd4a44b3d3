import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import type { KeyValue } from "../base/platform.ts";

/** A file is written anew when it is longer than this and more than half of it is outdated. Bytes. */
const COMPACT_FROM = 64 * 1024;
/** The first line, so that no other file is ever overwritten. */
const HEADER = '["parley-storage",1]';

type Change = readonly [key: string, value: string | null];

/**
 * A storage in one file, for programs that continue after a restart, however the process ended: each change is on the disk
 * (fdatasync) when the call returns. The folder must exist. One process uses a file: where a second one opens it, the next
 * change of the first one throws. Throws what the file system throws, and an Error for a file that is no such storage.
 *
 * @example
 * const storage = fileStorage("./bot.state");
 * const client = createClient({ url, token, platform: { storage }, cursors: "keep" });
 */
export function fileStorage(path: string): KeyValue {
  return new FileStorage(resolve(path));
}

/** Lines of JSON, one a transaction. A last line without its end was never acknowledged to the caller, and is dropped. */
class FileStorage implements KeyValue {
  readonly #path: string;
  readonly #map: Map<string, string>;
  #file: number;
  /** Bytes in the file now, and after it was written anew. */
  #size = 0;
  #compacted = 0;
  /** The changes of the transaction that runs. */
  #running: Change[] | null = null;

  constructor(path: string) {
    this.#path = path;
    this.#map = load(path);
    // A new file also ends the use of the old one by an earlier process.
    this.#file = this.#write();
  }

  keys(): readonly string[] {
    return [...this.#map.keys()];
  }

  get(key: string): string | null {
    return this.#map.get(key) ?? null;
  }

  set(key: string, value: string): void {
    this.#change([key, value]);
  }

  delete(key: string): void {
    if (this.#map.has(key)) this.#change([key, null]);
  }

  transaction(run: () => void): void {
    if (this.#running) {
      run();
      return;
    }
    const changes: Change[] = [];
    this.#running = changes;
    try {
      run();
      if (changes.length > 0) this.#append(changes);
    } catch (error) {
      this.#reload();
      throw error;
    } finally {
      this.#running = null;
    }
  }

  #change(change: Change): void {
    if (this.#running) this.#running.push(change);
    else this.#append([change]);
    apply(this.#map, change);
  }

  /** The file holds what was before the transaction. */
  #reload(): void {
    const stored = load(this.#path);
    this.#map.clear();
    for (const [key, value] of stored) this.#map.set(key, value);
  }

  #append(changes: readonly Change[]): void {
    const { ino, size } = statSync(this.#path);
    if (ino !== fstatSync(this.#file).ino || size !== this.#size)
      throw new Error(`Another process has opened ${this.#path}.`);
    try {
      const written = append(this.#file, lineOf(changes), this.#size);
      fdatasyncSync(this.#file);
      this.#size += written;
    } catch (error) {
      // Nothing may follow half a line.
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    if (this.#size < COMPACT_FROM || this.#size < 2 * this.#compacted) return;
    const old = this.#file;
    this.#file = this.#write(changes);
    closeSync(old);
  }

  /** Writes another file, syncs it and puts it in the place of the old one: a crash leaves one of the two, whole. */
  #write(unapplied: readonly Change[] = []): number {
    const state = new Map(this.#map);
    for (const change of unapplied) apply(state, change);
    const next = `${this.#path}.next`;
    const file = openSync(next, "w", 0o600);
    try {
      const size = append(
        file,
        [HEADER, ...[...state].map((change) => JSON.stringify([change])), ""].join("\n"),
        0,
      );
      fsyncSync(file);
      renameSync(next, this.#path);
      syncFolder(dirname(this.#path));
      this.#size = size;
      this.#compacted = size;
      return file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }
}

function load(path: string): Map<string, string> {
  const map = new Map<string, string>();
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return map;
    throw error;
  }
  const [header, ...lines] = text.split("\n");
  if (text !== "" && header !== HEADER) throw new Error(`${path} is no storage of this SDK.`);
  for (const line of lines.slice(0, -1))
    for (const change of JSON.parse(line) as Change[]) apply(map, change);
  return map;
}

function apply(map: Map<string, string>, [key, value]: Change): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

const lineOf = (changes: readonly Change[]) => `${JSON.stringify(changes)}\n`;

/** Returns the bytes written, which are all of them. */
function append(file: number, text: string, position: number): number {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, bytes.length - done, position + done);
  return bytes.length;
}

/** The new name is on the disk. Windows opens no folders; there the rename alone has to do. */
function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
