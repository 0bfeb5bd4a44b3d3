import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../base/operator-error.ts";
import { DUMP_FILES, DUMP_FORMAT, DUMP_VERSION, type DumpMeta, fileOf, META } from "./dump.ts";

const CHUNK = 1 << 20;

/** Chunks of a file, from a byte on. Each is valid until the next is read. */
export function* chunksOf(path: string, from = 0): Generator<Buffer> {
  const descriptor = openSync(path, "r");
  const chunk = Buffer.allocUnsafe(CHUNK);
  try {
    for (let at = from; ; ) {
      const read = readSync(descriptor, chunk, 0, CHUNK, at);
      if (read === 0) return;
      at += read;
      yield chunk.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** A line, and the offset of the byte after it. */
export type TextLine = { readonly text: string; readonly end: number };

export function* linesOf(path: string, from = 0): Generator<TextLine> {
  let rest = Buffer.alloc(0);
  let end = from;
  for (const chunk of chunksOf(path, from)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
      end += at + 1 - start;
      yield { text: bytes.toString("utf8", start, at), end };
      start = at + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
  }
  if (rest.length > 0) yield { text: rest.toString(), end: end + rest.length };
}

/** A dump whose checksums were verified. `print` identifies it. */
export type CheckedDump = { readonly folder: string; readonly meta: DumpMeta; readonly print: string };

/** Reads the meta data of a dump and verifies all its bytes. @throws OperatorError when a file was changed. */
export function checkDump(folder: string, progress: (bytes: number) => void): CheckedDump {
  const text = readFileSync(join(folder, META), "utf8");
  const meta = parsed(text);
  if (meta?.format !== DUMP_FORMAT)
    throw new OperatorError(`${join(folder, META)} does not describe an export of Parley.`);
  if (meta.format_version > DUMP_VERSION)
    throw new OperatorError(
      `${folder} was written by a newer Parley (${meta.version}). Install that version or a newer one, then import.`,
    );
  for (const kind of DUMP_FILES) {
    const name = fileOf(kind);
    const path = join(folder, name);
    const expected = meta.files[name];
    if (!expected || !existsSync(path))
      throw new OperatorError(`${path} is missing: the export is not whole.`);
    const size = statSync(path).size;
    if (size !== expected.bytes)
      throw new OperatorError(
        `${path} has ${size} bytes where the export wrote ${expected.bytes}. Copy the export again.`,
      );
    if (printOf(path, progress) !== expected.sha256)
      throw new OperatorError(
        `${path} was changed after the export: its checksum differs. Copy the export again.`,
      );
  }
  return { folder, meta, print: createHash("sha256").update(text).digest("hex") };
}

export function bytesOf({ files }: DumpMeta): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
}

function parsed(text: string): DumpMeta | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function printOf(path: string, progress: (bytes: number) => void): string {
  const hash = createHash("sha256");
  for (const chunk of chunksOf(path)) {
    hash.update(chunk);
    progress(chunk.length);
  }
  return hash.digest("hex");
}
