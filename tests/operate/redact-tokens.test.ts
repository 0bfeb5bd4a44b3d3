import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault, LOBBY } from "@parley/protocol";
import { tokenHash } from "@parley/server/auth/guests.ts";
import type { Body } from "@parley/server/core/command.ts";
import { examine, redactTokens } from "@parley/server/offline.ts";
import { parley } from "../support/cli.ts";
import { expectHealthy, openStore } from "../support/offline-store.ts";
import { newToken } from "../support/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-redact-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newId = () => Bun.randomUUIDv7();
const look = (dataDir: string) => examine({ dataDir, deep: true, now: Date.now });

/** A store with native frames among its messages. */
async function leaky(dataDir: string) {
  const store = await openStore(dataDir);
  const token = newToken();
  const hello = JSON.stringify({ type: "hello", token, device: "one", name: "Ann" });
  const [ann, bea] = await store.signIn([
    { token_hash: tokenHash(token), name: "Ann", id: newId(), at: 1 },
    { token_hash: tokenHash(newToken()), name: "Bea", id: newId(), at: 1 },
  ]);
  if (!ann || isFault(ann) || !bea || isFault(bea)) throw new Error("could not sign in");
  const commit = async (actor: { id: string; name: string; walk_in: boolean }, ...bodies: Body[]) => {
    const { verdicts } = await store.commit(
      bodies.map((body) => ({ actor, nonce: newId(), at: Date.now(), body })),
    );
    return verdicts.map((verdict) => {
      if (isFault(verdict)) throw new Error(verdict.fault);
      return verdict.placed[0]?.id ?? "";
    });
  };
  const asBea = { ...bea, walk_in: false };
  const room = newId();
  const say = (text: string, to: string = LOBBY): Body => ({ kind: "send_message", room: to, text });
  await commit({ id: newId(), name: "Guest-1", walk_in: true }, say(hello), say("a token of thanks"));
  await commit(
    asBea,
    { kind: "join_room", room: LOBBY },
    { kind: "create_room", room, room_kind: "private", name: "Quiet" },
    say(` ${hello}`, room),
    say(JSON.stringify({ type: "hello", token: "no token" })),
  );
  const [edited = "", gone = ""] = await commit(asBea, say("before", room), say(hello, room));
  await commit(asBea, { kind: "edit_message", room, message: edited, text: hello });
  await commit(asBea, { kind: "edit_message", room, message: edited, text: "after" });
  // Deleted by its author already: the text is gone, and the token was not known to the doctor.
  await commit(asBea, { kind: "delete_message", room, message: gone });
  return { store, token, room, asBea };
}

test("the doctor finds stored frames with a token; --redact-tokens deletes their texts and revokes the tokens", async () => {
  const dataDir = join(folder, "leaky");
  const { store, token, room, asBea } = await leaky(dataDir);
  const before = await store.heads([LOBBY, room]);
  // Not while a server uses the store.
  expect(() => redactTokens({ dataDir, now: Date.now() })).toThrow("Another Parley");
  await store.close();
  const found = look(dataDir);
  expect(found.counts).toEqual({ tokens: 3 });
  expect(JSON.stringify(found)).not.toContain(token);
  const examined = await parley("doctor", "--data-dir", dataDir);
  expect(examined.code).toBe(1);
  expect(examined.out).toContain("--redact-tokens");
  expect(examined.out).not.toContain(token);

  const done = await parley("doctor", "--data-dir", dataDir, "--redact-tokens");
  expect(done.out).toContain("Deleted the text of 3 messages, revoked 1 token.");
  expect(done.code).toBe(0);
  expectHealthy(dataDir);
  for (const name of readdirSync(dataDir))
    expect(readFileSync(join(dataDir, name)).includes(token), name).toBe(false);

  const again = await openStore(dataDir);
  expect(await again.userByToken(tokenHash(token))).toBeNull();
  expect(await again.nameHeld("Ann")).toBe(true);
  // Clients get it like any other deletion.
  const after = await again.heads([LOBBY, room]);
  expect([after.get(LOBBY)?.seq, after.get(room)?.seq]).toEqual([
    (before.get(LOBBY)?.seq ?? 0) + 1,
    (before.get(room)?.seq ?? 0) + 2,
  ]);
  const page = await again.page(LOBBY, { limit: 50 }, { user: asBea.id });
  if (isFault(page)) throw new Error(page.fault);
  expect(page.messages.map(({ text, deleted }) => [text, deleted === true])).toEqual([
    ["", true],
    ["a token of thanks", false],
    [JSON.stringify({ type: "hello", token: "no token" }), false],
  ]);
  await again.close();
  expect(redactTokens({ dataDir, now: Date.now() })).toEqual({ messages: 0, tokens: 0 });
}, 60_000);
