// Whole servers over one store, in this process: what several machines share, without PostgreSQL.

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus } from "@parley/server/bus/bus.ts";
import { until } from "@parley/server/bus/contract/bus.contract.ts";
import type { Seams } from "@parley/server/serve.ts";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import type { Store } from "@parley/server/store/store.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

export type TestNode = TestServer & { readonly bus: Bus };

export type TestNodes = {
  readonly nodes: readonly TestNode[];
  readonly prefix: string;
  readonly store: Store;
  /** Starts one more. */
  add(flags?: readonly string[], seams?: Seams): Promise<TestNode>;
  /** Resolves when every node reaches the others. */
  connected(): Promise<void>;
  end(): Promise<void>;
};

/** Starts so many servers that are joined by this Redis, under a prefix of their own. */
export async function startNodes(
  count: number,
  redisUrl: string,
  { flags = [], seams = {} }: { flags?: readonly string[]; seams?: Seams } = {},
): Promise<TestNodes> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-nodes-"));
  const prefix = randomUUID();
  const store = await openSqliteStore({
    dataDir,
    onFatal(error) {
      throw error;
    },
  });
  const nodes: TestNode[] = [];
  const add: TestNodes["add"] = async (more = [], own = {}) => {
    let bus: Bus | undefined;
    const server = await startTestServer(
      ["--redis-url", redisUrl, "--redis-prefix", prefix, ...flags, ...more],
      {
        ...seams,
        ...own,
        sharedStore: true,
        // Each closes its own, which is not used; the shared one is closed last.
        store: (real) => ({ ...store, close: () => real.close() }),
        bus(real) {
          bus = own.bus?.(real) ?? seams.bus?.(real) ?? real;
          return bus;
        },
      },
    );
    const node = { ...server, bus: bus as unknown as Bus };
    nodes.push(node);
    return node;
  };
  for (let i = 0; i < count; i++) await add();
  const connected = () => until(() => nodes.every(({ bus }) => bus.state() === "connected"));
  return {
    nodes,
    prefix,
    store,
    add,
    connected,
    async end() {
      await Promise.all(nodes.map((node) => node.end()));
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
