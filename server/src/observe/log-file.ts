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
  /** Size in bytes at which a new file is started. */
  readonly maxBytes: number;
  /** Files that are kept, including the current one: `x.log`, `x.log.1` … */
  readonly files: number;
  /** Each line is written before `write` returns: for lines that are rare and must survive a crash. */
  readonly eager?: boolean;
  /** Called once when the file cannot be written, and again only after a successful write. */
  readonly onError: (error: unknown) => void;
};

/** How much is buffered before it is written, and for how long at most. Characters, milliseconds. */
const BUFFER_BYTES = 65_536;
const FLUSH_DELAY = 1_000;
/** The largest buffer while the disk does not respond; further lines are lost. Characters. */
const MAX_BUFFERED = 8 << 20;
/** After a failed write the file is tried again after this time. Milliseconds. */
const RETRY_DELAY = 30_000;

/**
 * A log file with rotation by size. `write` never throws and never waits: a log that cannot be written must not stop the
 * server. While it cannot be written, lines are lost.
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

  /** Opens the file now, so that an error is reported at the start. */
  open(): void {
    this.#guarded(() => void this.#opened());
  }

  /** Appends one or more lines; each ends with a line break. */
  write(lines: string): void {
    if (this.#failed || this.#closed || this.#lines.length > MAX_BUFFERED) return;
    this.#lines += lines;
    if (this.#parts.eager) this.flushSync();
    else if (this.#lines.length >= BUFFER_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_DELAY).unref();
  }

  /** Writes the buffer before it returns: for the exit of the process. */
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

  /** Writes the buffer and closes the file. Later lines are dropped. */
  async close(): Promise<void> {
    // When one write ends it may start the next.
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

  /** The descriptor of a file that can take this many bytes more. During a write it does not rotate. */
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
    // Set again after creating it, because the umask of the process removes the group's permissions, and log readers
    // often have access through a group.
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

/** A file that does not exist (yet, or because it was removed) is ignored. */
function renamed(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}
