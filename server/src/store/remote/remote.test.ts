import { join } from "node:path";
import { storeContract } from "../contract/store.contract.ts";
import type { Opened } from "../contract/world.contract.ts";
import { openForTest } from "../sqlite/opened.contract.ts";
import type { Store } from "../store.ts";
import { openRemoteStore } from "./remote-store.ts";
import { serveStore } from "./store-server.ts";

storeContract("a store process over SQLite", open);

async function open(): Promise<Opened> {
  const local = await openForTest();
  const path = join(local.dataDir, "gateways.sock");
  const start = async (store: Store) => {
    const server = await serveStore({
      store,
      path,
      state: () => ({ degraded: [], durability: "unsafe" }),
      onError: () => {},
    });
    const remote = await openRemoteStore({
      path,
      node: "a",
      onMismatch(error) {
        throw error;
      },
    });
    return { server, remote };
  };
  let { server, remote } = await start(local.store);
  const stop = async () => {
    await remote.store.close();
    await server.close();
  };
  return {
    store: remote.store,
    async reopen() {
      await stop();
      ({ server, remote } = await start(await local.reopen()));
      return remote.store;
    },
    setClock: local.setClock,
    traces: local.traces,
    async discard() {
      await stop();
      await local.discard();
    },
  };
}
