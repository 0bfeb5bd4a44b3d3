import { describe } from "bun:test";
import { randomFillSync } from "node:crypto";
import { join } from "node:path";
import { uuidv7 } from "../base/uuid.ts";
import { KnownFeeds } from "../commit/known-feeds.ts";
import { checkAppends } from "../contract/append.contract.ts";
import { checkTwins } from "../contract/duplicates.contract.ts";
import { checkMessages } from "../contract/messages.contract.ts";
import { checkNames } from "../contract/names.contract.ts";
import { checkReactions } from "../contract/reactions.contract.ts";
import { checkRooms } from "../contract/rooms.contract.ts";
import { checkSimulation } from "../contract/simulation.contract.ts";
import { checkUnread } from "../contract/unread.contract.ts";
import { checkWith, type Opened } from "../contract/world.contract.ts";
import type { Store } from "../store.ts";
import { SqliteFile } from "./engine/file.ts";
import { rowsAfter, SqliteWriter } from "./engine/writer.ts";
import { openForTest } from "./opened.contract.ts";

/**
 * The contract with two writers that commit in turns, each with facts that it keeps: as the nodes of a shared store do. What
 * one has committed, the other has to see.
 */
async function openWithTwoWriters(): Promise<Opened> {
  const opened = await openForTest();
  let now = 1_000;
  let close = () => {};
  const inTurns = (store: Store): Store => {
    const file = new SqliteFile(join(opened.dataDir, "parley.db"));
    file.pragma("busy_timeout = 5000");
    close = () => file.close();
    const newId = uuidv7(randomFillSync);
    const newRow = rowsAfter(file);
    const writers = [true, false].map(
      () => new SqliteWriter(file, newId, { known: new KnownFeeds(false), newRow }),
    );
    let turn = 0;
    return {
      ...store,
      commit: async (commands) => (writers[turn++ % writers.length] as SqliteWriter).commit(commands, now),
    };
  };
  return {
    ...opened,
    store: inTurns(opened.store),
    async reopen() {
      close();
      return inTurns(await opened.reopen());
    },
    setClock(time) {
      now = time;
      opened.setClock(time);
    },
    async discard() {
      close();
      await opened.discard();
    },
  };
}

const check = checkWith(openWithTwoWriters);
describe("store on SQLite, with two writers", () => {
  checkAppends(check);
  checkTwins(check);
  checkMessages(check);
  checkRooms(check);
  checkReactions(check);
  checkUnread(check);
  checkNames(check);
  checkSimulation(check);
});
