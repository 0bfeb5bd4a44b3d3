import { describe, test } from "bun:test";
import { findPostgres, throwawayPostgres } from "../../testing/throwaway-postgres.ts";
import { checkAppends } from "../contract/append.contract.ts";
import { checkTwins } from "../contract/duplicates.contract.ts";
import { checkNames } from "../contract/names.contract.ts";
import { checkSimulation } from "../contract/simulation.contract.ts";
import { storeContract } from "../contract/store.contract.ts";
import { checkUnread } from "../contract/unread.contract.ts";
import { checkWith, type Opened } from "../contract/world.contract.ts";
import { openPostgresStore } from "./postgres.ts";
import { tracesIn } from "./traces.contract.ts";

if (findPostgres()) {
  // With one batch at a time the messages of a batch are stored in its order over all rooms, as by the embedded store.
  storeContract("PostgreSQL", () => open(1));
  describe("store on PostgreSQL with four lanes", () => {
    const check = checkWith(() => open(4));
    checkAppends(check);
    checkTwins(check);
    checkNames(check);
    checkUnread(check);
    checkSimulation(check);
  });
}
test.skipIf(!findPostgres())("PostgreSQL is installed", () => {});

async function open(lanes: number): Promise<Opened> {
  const server = await throwawayPostgres();
  const url = server.newUrl();
  let now = 1_000;
  const start = async () => {
    const opened = await openPostgresStore({
      url,
      lanes,
      sharing: "sole",
      clock: () => now,
      onFatal(error) {
        throw error;
      },
    });
    return opened.store;
  };
  let store = await start();
  return {
    store,
    async reopen() {
      await store.close();
      store = await start();
      return store;
    },
    setClock(time) {
      now = time;
    },
    traces: (word) => tracesIn(url, word),
    discard: () => store.close(),
  };
}
