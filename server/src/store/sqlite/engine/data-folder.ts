import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { sync } from "../../transfer/sync-path.ts";

/** Only the server's own user of the system may read a store: it holds private rooms. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** The permission bits of group and others, and the sticky bit of a shared folder such as /tmp. */
const SHARED = 0o077;
const STICKY = 0o1000;
/** The names that Parley writes into its data folder. */
const OWN = /^(parley\.db|lock\.db|doctor\.json)/;
/** Folders with an earlier store, and names that a file system creates itself. */
const BESIDE = /^(replaced-.*|lost\+found)$/;

/**
 * Creates the data folder, for its owner only, with missing parent folders. The entry of each is on the disk when this
 * returns: SQLite syncs the folder that it writes to, and not the ones above.
 */
export function makeDataFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let above = dirname(resolve(path)); ; above = dirname(above)) {
    sync(above);
    if (above === top || above === dirname(above)) return;
  }
}

/**
 * Takes permissions of group and others away from the data folder and the store's own files, which older versions made
 * readable to all. A folder that holds something else, or is shared by many users, keeps its own. Returns the names of
 * the files that others could read until now, the folder as `.`: none where the folder was closed to them, or held no
 * store. What this user may not change is left as it is.
 */
export function narrowPermissions(dataDir: string): readonly string[] {
  const path = realpathSync(dataDir);
  const names = readdirSync(path);
  const wasOpen = names.includes("parley.db") && (lstatSync(path).mode & SHARED) !== 0;
  const changed: string[] = [];
  const narrow = (name: string, mode: number) => {
    try {
      const found = lstatSync(join(path, name));
      if (found.isSymbolicLink() || (found.mode & SHARED) === 0 || (found.mode & STICKY) !== 0) return;
      chmodSync(join(path, name), found.mode & mode);
      changed.push(name);
    } catch {}
  };
  if (names.every((name) => OWN.test(name) || BESIDE.test(name))) narrow(".", FOLDER_MODE);
  for (const name of names) if (OWN.test(name)) narrow(name, FILE_MODE);
  return wasOpen ? changed : [];
}
