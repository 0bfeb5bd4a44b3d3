import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { OperatorError } from "../base/operator-error.ts";
import { EXPORTED, META } from "./dump.ts";
import { sync } from "./sync-path.ts";

/** Bytes that are collected before they are written. */
const GATHERED = 1 << 20;

/** A file that is being written, with its size and checksum. */
export class DumpWriter {
  readonly #descriptor: number;
  readonly #hash = createHash("sha256");
  #parts: string[] = [];
  #gathered = 0;
  #bytes = 0;

  constructor(path: string) {
    this.#descriptor = openSync(path, "wx", 0o600);
  }

  write(text: string): void {
    this.#parts.push(text);
    this.#gathered += text.length;
    if (this.#gathered >= GATHERED) this.#flush();
  }

  /** Writes the rest and syncs the file. */
  close(): { readonly bytes: number; readonly sha256: string } {
    this.#flush();
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  #flush(): void {
    const bytes = Buffer.from(this.#parts.join(""));
    this.#parts = [];
    this.#gathered = 0;
    this.#hash.update(bytes);
    for (let from = 0; from < bytes.length; ) from += writeSync(this.#descriptor, bytes, from);
    this.#bytes += bytes.length;
  }
}

/**
 * Lets `fill` write into a folder beside the requested one, which is renamed into place when all of it is on the disk. With
 * `force` the files of an earlier export are replaced; others stay.
 *
 * @throws OperatorError.
 */
export function fillFolder<T>(path: string, force: boolean, fill: (folder: string) => T): T {
  const target = resolve(path);
  refuse(target, force);
  const part = `${target}.${process.pid}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { mode: 0o700 });
  try {
    const result = fill(part);
    sync(part);
    refuse(target, force);
    appear(part, target);
    sync(dirname(target));
    return result;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

function refuse(target: string, force: boolean): void {
  if (!existsSync(dirname(target)))
    throw new OperatorError(`There is no folder ${dirname(target)}. Make it first.`);
  if (!existsSync(target)) return;
  if (!statSync(target).isDirectory()) throw new OperatorError(`${target} is a file. Name a folder.`);
  const [first] = readdirSync(target);
  if (first !== undefined && !force)
    throw new OperatorError(
      `${target} is not empty (it has ${first}). Name another folder, or say --force to replace an export in it.`,
    );
}

function appear(part: string, target: string): void {
  if (!existsSync(target) || readdirSync(target).length === 0) {
    if (existsSync(target)) rmdirSync(target);
    renameSync(part, target);
    return;
  }
  // Without META it is no dump: it is removed first and written last.
  const names = readdirSync(part).sort((a, b) => Number(a === META) - Number(b === META));
  for (const name of EXPORTED)
    if (name === META || !names.includes(name)) rmSync(join(target, name), { force: true });
  for (const name of names) renameSync(join(part, name), join(target, name));
  sync(target);
}
