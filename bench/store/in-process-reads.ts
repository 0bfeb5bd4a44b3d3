/**
 * What reading costs in the server, without HTTP: opens a store as the server does and asks it the same, each question
 * when the one before was answered. `bun inside.ts FOLDER`; its input is the questions, its output the times.
 */
import { isFault } from "@parley/protocol";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import type { Where } from "@parley/server/store/store.ts";

export type Questions = {
  /** The id of the user who reads. */
  readonly reader: string;
  readonly room: string;
  readonly ask: readonly (Where | { readonly query: string; readonly limit: number })[];
};

const store = await openSqliteStore({
  dataDir: process.argv[2] ?? "",
  onFatal: (error) => {
    throw error;
  },
});

for await (const line of console) {
  const { reader: user, room, ask } = JSON.parse(line) as Questions;
  const times: number[] = [];
  for (const question of ask) {
    const began = performance.now();
    const found =
      "query" in question
        ? await store.search(question, { user })
        : await store.page(room, question, { user });
    // What the server sends: making it is part of the work.
    const text = JSON.stringify(found);
    times.push(performance.now() - began);
    if (isFault(found)) throw new Error(text);
  }
  console.log(JSON.stringify(times));
}
