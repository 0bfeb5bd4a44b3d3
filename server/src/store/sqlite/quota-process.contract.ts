/** For a test: `bun … FOLDER` commits messages until one was rejected and a later one accepted, and prints the results. */
import { randomFillSync } from "node:crypto";
import { LOBBY } from "@parley/protocol";
import { uuidv7 } from "../base/uuid.ts";
import { openSqliteStore } from "./sqlite.ts";

const [dataDir = ""] = process.argv.slice(2);
const newId = uuidv7(randomFillSync);
const store = await openSqliteStore({
  dataDir,
  onFatal: (error) => {
    console.log(JSON.stringify({ fatal: error.message }));
    process.exit(1);
  },
});
const user = { token_hash: "t", name: "Ann", id: newId(1), at: 1 };
const [signedIn] = await store.signIn([user]);
if (!signedIn || "fault" in signedIn) throw new Error("The guest could not sign in");
const actor = { ...signedIn, walk_in: false };
const nonce = newId(1);
await store.commit([{ actor, nonce, at: 1, body: { kind: "join_room", room: LOBBY } }]);
const faults = new Set<string>();
let acked = 0;
for (let i = 0; i < 2_000; i++) {
  const body = { kind: "send_message", room: LOBBY, text: `message ${i}` } as const;
  const { verdicts } = await store.commit([{ actor, nonce: newId(2 + i), at: 2 + i, body }]);
  const [verdict] = verdicts;
  if (verdict && "fault" in verdict) faults.add(verdict.fault);
  else acked++;
  if (faults.size > 0 && verdict && !("fault" in verdict)) break;
}
const seen = await store.page(LOBBY, { limit: 50 }, { user: actor.id });
await store.close();
console.log(JSON.stringify({ faults: [...faults], acked, read: "fault" in seen ? seen.fault : "ok" }));
