import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  write,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

export type LogFileParts = {
  readonly path: string;
  /** Bytes from which a new file is begun. */
  readonly maxBytes: number;
  /** Files that are kept, the one that is written among them: `x.log`, `x.log.1` … */
  readonly files: number;
  /** Each line is written before `write` returns: for lines that are rare, and matter when all ends. */
  readonly eager?: boolean;
  /** Told once when the file cannot be written, and not again before it could. */
  readonly onError: (error: unknown) => void;
};

/** So much is gathered before it is written, and for so long at most. Characters, milliseconds. */
const BUFFER_BYTES = 65_536;
const FLUSH_DELAY = 1_000;
/** What a disk that hangs may leave waiting; beyond that lines are lost. Characters. */
const MAX_BUFFERED = 8 << 20;
/** A file that could not be written is tried again after so long. Milliseconds. */
const RETRY_DELAY = 30_000;

/**
 * A file of lines that begins anew when it is large. Writing never throws and never waits: a log that cannot be kept must
 * not keep anybody from talking. While it cannot be written, lines are lost.
 */
export class LogFile {
  readonly #parts: LogFileParts;
  #descriptor: number | null = null;
  #size = 0;
  #lines = "";
  #writing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #failed = false;
  #closed = false;

  constructor(parts: LogFileParts) {
    this.#parts = parts;
  }

  /** Opens it now, so that one hears at the start when that cannot be. */
  open(): void {
    this.#guarded(() => void this.#opened());
  }

  /** Takes a line, or several; each ends with a line break. */
  write(lines: string): void {
    if (this.#failed || this.#closed || this.#lines.length > MAX_BUFFERED) return;
    this.#lines += lines;
    if (this.#parts.eager) this.flushSync();
    else if (this.#lines.length >= BUFFER_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_DELAY).unref();
  }

  /** Writes what was gathered before it returns: for the end of the process. */
  flushSync(): void {
    this.#guarded(() => {
      while (this.#lines !== "") {
        const bytes = this.#take();
        const descriptor = this.#opened(bytes.length);
        for (let from = 0; from < bytes.length; ) from += writeSync(descriptor, bytes, from);
        this.#size += bytes.length;
      }
    });
  }

  /** Writes what was gathered, and takes nothing more. */
  async close(): Promise<void> {
    // One that ends may have begun the next.
    while (this.#writing) await this.#writing;
    this.flushSync();
    this.#closed = true;
    this.#release();
  }

  #flush(): void {
    if (this.#writing || this.#lines === "") return;
    this.#guarded(() => {
      const bytes = this.#take();
      const descriptor = this.#opened(bytes.length);
      this.#writing = writeAll(descriptor, bytes)
        .then(() => {
          this.#size += bytes.length;
        })
        .catch((error) => this.#fail(error))
        .finally(() => {
          this.#writing = null;
          if (this.#lines.length >= BUFFER_BYTES) this.#flush();
        });
    });
  }

  #take(): Buffer {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const bytes = Buffer.from(this.#lines);
    this.#lines = "";
    return bytes;
  }

  /** The file, with room for so many bytes more. While something is being written it is not changed. */
  #opened(bytes = 0): number {
    const { path, maxBytes, files } = this.#parts;
    this.#descriptor ??= this.#append(path);
    if (this.#writing || this.#size === 0 || this.#size + bytes <= maxBytes) return this.#descriptor;
    this.#release();
    if (files === 1) rmSync(path, { force: true });
    for (let older = files - 1; older > 0; older--)
      renamed(older === 1 ? path : `${path}.${older - 1}`, `${path}.${older}`);
    this.#descriptor = this.#append(path);
    return this.#descriptor;
  }

  #append(path: string): number {
    const folder = dirname(path);
    // Said once more after making it, because the umask of the process takes the group's permissions away: those who
    // read logs are often in a group.
    if (mkdirSync(folder, { recursive: true, mode: 0o750 }) !== undefined) chmodSync(folder, 0o750);
    const isNew = !existsSync(path);
    const descriptor = openSync(path, "a", 0o640);
    if (isNew) fchmodSync(descriptor, 0o640);
    this.#size = fstatSync(descriptor).size;
    return descriptor;
  }

  #release(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }

  #guarded(body: () => void): void {
    if (this.#failed || this.#closed) return;
    try {
      body();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failed = true;
    this.#lines = "";
    try {
      this.#release();
    } catch {}
    this.#parts.onError(error);
    setTimeout(() => {
      this.#failed = false;
    }, RETRY_DELAY).unref();
  }
}

function writeAll(descriptor: number, bytes: Buffer, from = 0): Promise<void> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, from, bytes.length - from, null, (error, written) => {
      if (error) reject(error);
      else if (from + written < bytes.length)
        writeAll(descriptor, bytes, from + written).then(resolve, reject);
      else resolve();
    });
  });
}

/** A file that was never begun, or that somebody removed, is nothing to complain of. */
function renamed(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}
