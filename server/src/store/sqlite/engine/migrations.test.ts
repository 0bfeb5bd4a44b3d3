import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isFault } from "@parley/protocol";
import { World } from "../../contract/world.contract.ts";
import { examineSqlite } from "../doctor/doctor.ts";
import { openForTest } from "../opened.contract.ts";
import { openSqliteStore } from "../sqlite.ts";
import { toFormat } from "./format-4.contract.ts";

test("a store with other terms is indexed again: current texts, and nothing that was deleted", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-migrations-"));
  const open = () =>
    openSqliteStore({
      dataDir,
      onFatal(error) {
        throw error;
      },
    });
  const never = () => {
    throw new Error("not here");
  };
  try {
    let store = await open();
    const world = new World({ store, reopen: never, setClock: never, traces: never, discard: never });
    const ann = await world.guest("Ann");
    const room = await world.room(ann);
    const sends = Array.from({ length: 1_500 }, (_, i) => world.send(ann, room, `Łódź tea ${i}`));
    const [one, two] = sends as [(typeof sends)[number], (typeof sends)[number]];
    await store.commit(sends);
    await world.verdicts(
      world.command(ann, { kind: "delete_message", room, message: one.nonce }),
      world.command(ann, { kind: "edit_message", room, message: two.nonce, text: "Kraków" }),
    );
    await store.close();

    toFormat(join(dataDir, "parley.db"), 2);
    const database = new DatabaseSync(join(dataDir, "parley.db"));
    database.exec("INSERT INTO search (search) VALUES ('delete-all')");
    database.exec("INSERT INTO search (rowid, terms) VALUES (20, 'łodz old'), (900000, 'nothing')");
    database.close();

    store = await open();
    const found = async (query: string) => {
      const answer = await store.search({ query, limit: 100, author: ann.id }, { user: ann.id });
      if (isFault(answer)) throw new Error(answer.fault);
      return answer.hits.map(({ message }) => message.text);
    };
    expect(await found("lodz 1499 ")).toEqual(["Łódź tea 1499"]);
    expect(await found("lodz 0 ")).toEqual([]);
    expect(await found("krakow")).toEqual(["Kraków"]);
    expect(await found("lodz 1 ")).toEqual([]);
    expect(await found("old")).toEqual([]);
    await store.close();

    const after = new DatabaseSync(join(dataDir, "parley.db"), { readOnly: true });
    expect(after.prepare("SELECT COUNT(*) AS count FROM search_docsize").get()).toMatchObject({
      count: 1_499,
    });
    after.close();
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test("a store of format 6 gets the versions of its facts, and the doctor finds nothing", async () => {
  const opened = await openForTest();
  try {
    const world = new World(opened);
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    const room = await world.room(ann, [bob]);
    const quiet = await world.room(bob);
    const sends = Array.from({ length: 50 }, (_, i) => world.send(ann, room, `tea ${i}`));
    await world.verdicts(...sends);
    const message = sends[0]?.nonce as string;
    await world.verdicts(
      world.command(bob, { kind: "leave_room", room }),
      world.command(ann, { kind: "edit_message", room, message, text: "coffee" }),
      world.command(ann, { kind: "add_reaction", room, message, emoji: "👍" }),
      world.command(ann, { kind: "delete_message", room, message: sends[1]?.nonce as string }),
      world.command(bob, { kind: "delete_room", room: quiet }),
    );
    const versions = () => {
      const database = new DatabaseSync(join(opened.dataDir, "parley.db"), { readOnly: true });
      const rows = database.prepare("SELECT feed, facts FROM feeds ORDER BY no").all();
      database.close();
      return rows;
    };
    await world.store.close();
    const written = versions();
    expect(written.find(({ feed }) => feed === room)).toMatchObject({ facts: 54 });
    toFormat(join(opened.dataDir, "parley.db"), 6);
    await world.reopen();
    await world.store.close();
    expect(versions()).toEqual(written);
    const { dataDir } = opened;
    expect(examineSqlite({ dataDir, deep: true }).findings).toEqual([]);

    const database = new DatabaseSync(join(dataDir, "parley.db"));
    database.exec(`UPDATE feeds SET facts = 3 WHERE feed = '${room}'`);
    database.close();
    expect(examineSqlite({ dataDir, deep: true }).findings).toMatchObject([{ check: "feeds", where: room }]);
    await world.reopen();
  } finally {
    await opened.discard();
  }
});
