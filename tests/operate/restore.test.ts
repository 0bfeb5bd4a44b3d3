import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { report } from "../support/checker/check.ts";
import type { Entry, History } from "../support/checker/history.ts";
import { i2 } from "../support/checker/once.ts";
import { i3, i4, i6, i8 } from "../support/checker/order.ts";
import { i15 } from "../support/checker/screen.ts";
import { freePort, until } from "../support/child-process.ts";
import { parley } from "../support/cli.ts";
import { Random } from "../support/random.ts";
import { readHeads, readStore } from "../support/recording/read-store.ts";
import { RecordedClient } from "../support/recording/recorded-client.ts";
import { clock, Recorder, readRecords } from "../support/recording/recorder.ts";
import { ServerProcess } from "../support/server-process.ts";
import { newNonce, newToken, WireClient } from "../support/test-server.ts";

const SEED = 4711;
const WITHIN = 20_000;

const folder = mkdtempSync(join(tmpdir(), "parley-restore-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two users who send messages, a third one who signs in after the backup, and their server. */
class Talk {
  readonly record = join(folder, "clients.jsonl");
  readonly recorder = new Recorder(this.record);
  readonly clients = new Map<string, RecordedClient>();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #words = 0;

  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async enter(name: string): Promise<RecordedClient> {
    const self = new RecordedClient({
      name,
      person: name,
      url: this.#url,
      seed: SEED,
      random: new Random(SEED + this.clients.size),
      recorder: this.recorder,
    });
    this.clients.set(name, self);
    self.client.start();
    await this.live(self);
    return self;
  }

  live(self: RecordedClient): Promise<true> {
    return until(WITHIN, `${self.name} is live`, () =>
      self.client.connection.get().state === "live" && self.client.rooms.get().some(({ id }) => id === LOBBY)
        ? true
        : undefined,
    );
  }

  say(self: RecordedClient): string {
    const token = `${self.name} says ${++this.#words}`;
    self.attempt("send_message", LOBBY, token, (client) => client.room(LOBBY).send(token));
    return token;
  }

  /** All users send messages from now on. */
  begin(): void {
    for (const self of this.clients.values()) this.#timers.push(setInterval(() => this.say(self), 4));
  }

  /** All users stop, and every command is answered. */
  async end(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await until(WITHIN, "all have their answers", () => (this.pending === 0 ? true : undefined));
  }

  silence(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  get pending(): number {
    return [...this.clients.values()].reduce((sum, { positions }) => sum + positions.pending, 0);
  }

  close(): void {
    this.silence();
    for (const { client } of this.clients.values()) client.stop();
    this.recorder.close();
  }
}

test("I14 clients of a restored store reload: the content of the backup is there, later content is gone, nothing is mixed", async () => {
  const dataDir = join(folder, "data");
  const backup = join(folder, "of-tuesday.backup");
  mkdirSync(dataDir);
  const server = { port: await freePort(), dataDir, log: join(folder, "server.log") };
  const first = await ServerProcess.start(server);
  const talk = new Talk(first.url);
  const wire = { port: server.port };
  let second: ServerProcess | undefined;
  try {
    await Promise.all([talk.enter("ada"), talk.enter("bim")]);
    const token = newToken();
    const before = { nonce: newNonce(), text: "said before" };
    const after = { nonce: newNonce(), text: "said after" };
    const send = async ({ nonce, text }: typeof before) => {
      const line = new WireClient(wire, token);
      await line.hello("wim");
      const answer = await line.command({ kind: "send_message", room: LOBBY, text }, nonce);
      line.close();
      if (!("events" in answer)) throw new Error(answer.code);
      return answer;
    };
    const storedBefore = await send(before);
    talk.begin();
    await until(WITHIN, "some talk", () => heads(dataDir) > 100 || undefined);
    const made = await parley("backup", backup, "--data-dir", dataDir);
    expect(made).toMatchObject({ code: 0, err: "" });
    const atBackup = heads(dataDir);
    await send(after);
    await talk.enter("cleo");
    await until(WITHIN, "more talk", () => heads(dataDir) > atBackup + 100 || undefined);
    await first.kill();
    talk.silence();
    const lost = readStore(dataDir);

    const restored = await parley("restore", backup, "--data-dir", dataDir, "--force");
    expect(restored).toMatchObject({ code: 0, err: "" });
    expect(restored.out).toContain("new epoch");
    const kept = readStore(dataDir);
    expect(kept.epoch).not.toBe(lost.epoch);
    const since = clock();
    second = await ServerProcess.start(server);
    for (const self of talk.clients.values()) {
      self.wake();
      await talk.live(self);
    }
    for (const self of talk.clients.values()) talk.say(self);
    await talk.end();
    await until(WITHIN, "all are at head", () => atHead(talk, dataDir) || undefined);
    for (const self of talk.clients.values()) await show(self);
    expect(await send(before)).toMatchObject({ duplicate: true, events: storedBefore.events });
    expect((await send(after)).duplicate).toBeUndefined();
    talk.recorder.flush();

    const store = readStore(dataDir);
    const entries = readRecords([talk.record]);
    // All content of the backup is there, with its seq and id.
    const idOf = new Map(store.events.map(({ feed, seq, id }) => [`${feed}#${seq}`, id]));
    for (const { feed, seq, id } of kept.events) expect(idOf.get(`${feed}#${seq}`)).toBe(id);
    expect(kept.events.length).toBeGreaterThan(100);
    expect(lost.events.length).toBeGreaterThan(kept.events.length);
    // Clients with more events got a reset, and have events of the new lineage only.
    const fresh = (entry: Entry) => entry.at > since || entry.t === "attempted" || entry.t === "sent";
    for (const client of talk.clients.keys()) {
      const last = entries.findLast((entry) => entry.t === "welcomed" && entry.client === client);
      expect(last).toMatchObject({ epoch: store.epoch });
    }
    const line = new WireClient(wire, token);
    await line.hello();
    await line.resume(lost.epoch, [{ feed: LOBBY, seq: 3, id: idOf.get(`${LOBBY}#3`) ?? "" }]);
    expect(await line.next("reset")).toMatchObject({ feed: LOBBY, why: "epoch" });
    line.close();
    const history: History = { seed: SEED, entries: entries.filter(fresh), store };
    expect(report([i2, i3, i4, i6, i8, i15].flatMap((invariant) => invariant(history)))).toBe("");
    expect(entries.filter(({ t, at }) => t === "shown" && at > since)).toHaveLength(3);
    const examined = await parley("doctor", "--data-dir", dataDir, "--deep");
    expect(examined).toMatchObject({ code: 0 });
    expect(examined.out).toContain("Drift is 0");
    // The previous store still exists.
    const [aside = ""] = readdirSync(dataDir).filter((name) => name.startsWith("replaced-"));
    expect(readStore(join(dataDir, aside)).events).toHaveLength(lost.events.length);
  } finally {
    talk.close();
    await first.kill();
    await second?.stop();
  }
}, 90_000);

/** The head of the lobby. */
function heads(dataDir: string): number {
  return readHeads(dataDir).heads.get(LOBBY) ?? 0;
}

function atHead(talk: Talk, dataDir: string): boolean {
  const head = heads(dataDir);
  return [...talk.clients.values()].every(({ positions }) => (positions.feeds.get(LOBBY) ?? -1) >= head);
}

/** Records all messages of the lobby that the client shows. */
async function show(self: RecordedClient): Promise<void> {
  const room = self.client.room(LOBBY);
  room.open();
  await until(
    WITHIN,
    `${self.name} sees the lobby`,
    () => room.timeline.get().state === "ready" || undefined,
  );
  while (room.timeline.get().hasBefore) await room.loadBefore();
  self.shown(LOBBY, 0);
}
