import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import type { Config } from "../config/read.ts";
import { OperatorError } from "../store/base/operator-error.ts";
import { opensStoreItself } from "./role.ts";

/** Where gateways reach the store process. */
export type StoreSocket = {
  readonly path: string;
  /** Removes what was made for it. */
  remove(): void;
};

/** What the system takes as the path of a socket, less a reserve. Bytes. */
const MOST_PATH = 100;

/**
 * The socket of the store process; null where each gateway opens the store itself.
 *
 * @throws OperatorError when its path is too long.
 */
export function storeSocket(
  config: Pick<Config, "databaseUrl" | "redisUrl" | "dataDir">,
): StoreSocket | null {
  if (opensStoreItself(config)) return null;
  return config.databaseUrl === null ? inDataFolder(config.dataDir) : inOwnFolder();
}

/** In the data folder, which belongs to this user only. The lock of the store there keeps a second server away. */
function inDataFolder(dataDir: string): StoreSocket {
  const path = resolve(join(dataDir, "parley.db.sock"));
  const short = relative(process.cwd(), path);
  const found = short.length < path.length ? short : path;
  if (Buffer.byteLength(found) <= MOST_PATH) return { path: found, remove() {} };
  throw new OperatorError(
    `With WORKERS (--workers) the path of DATA_DIR may have ${MOST_PATH - "/parley.db.sock".length} bytes, because a socket is made there, ` +
      `and this one has ${Buffer.byteLength(dataDir)}. Use a shorter one, such as a symbolic link.`,
  );
}

/**
 * In a new folder for this user only. DATA_DIR is not used with DATABASE_URL, and no lock there keeps servers of other databases away.
 */
function inOwnFolder(): StoreSocket {
  const path = join(mkdtempSync(join(tmpdir(), "parley-workers-")), "store.sock");
  const remove = () => rmSync(dirname(path), { recursive: true, force: true });
  if (Buffer.byteLength(path) <= MOST_PATH) return { path, remove };
  remove();
  throw new OperatorError(
    `With WORKERS (--workers) and DATABASE_URL a socket is made in the folder for temporary files, and ${tmpdir()} is too long ` +
      "for the path of a socket. Set TMPDIR to a shorter one.",
  );
}
