import { closeSync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";

/** Makes sure that a file, or a folder's list of names, is on the disk. */
export function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function syncFolderOf(path: string): void {
  sync(dirname(path));
}
