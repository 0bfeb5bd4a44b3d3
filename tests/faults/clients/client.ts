// A process of recorded clients: bun tests/faults/clients/client.ts '<ClientsJob as JSON>'. It reads its orders line by line.

import { createInterface } from "node:readline";
import { within } from "../../support/child-process.ts";
import { Random } from "../../support/random.ts";
import { RecordedClient } from "../../support/recording/recorded-client.ts";
import { Recorder } from "../../support/recording/recorder.ts";
import { CLIENT_MUTANTS } from "../mutants/registry.ts";
import type { Ask, ClientsJob, Report } from "./client-process.ts";
import { Script, WEIGHTS } from "./script.ts";

/** Pages of history that one screen loads at most, and rooms that one client looks at. */
const PAGES = 12;
const SCREENS = 4;
/** How long a room may take to show something, in milliseconds. */
const SIGHT = 5_000;

const job = JSON.parse(process.argv[2] ?? "{}") as ClientsJob;
const random = new Random(job.seed);
const recorder = new Recorder(job.record);
const clients = job.clients.map(
  ({ name, person }, index) =>
    new RecordedClient({
      name,
      person,
      url: job.url,
      seed: job.seed,
      random: random.fork(1_000 + job.first + index),
      recorder,
      ...(job.bug ? { bug: CLIENT_MUTANTS[job.bug] } : {}),
    }),
);
const people = new Set<string>();
const scripts = clients.map(
  (client, index) =>
    new Script(client, random.fork(job.first + index), people, { ...WEIGHTS, ...job.weights }, job.pace),
);
const meeting = setInterval(() => {
  for (const { user } of clients) if (user !== null) people.add(user);
}, 100);
let acting: Promise<unknown> = Promise.resolve();

async function perform(ask: Ask): Promise<void> {
  switch (ask) {
    case "act":
      acting = Promise.all(scripts.map((script) => script.run()));
      return;
    case "wake":
      for (const client of clients) client.wake();
      return;
    case "quiet":
      for (const script of scripts) script.quiet();
      await acting;
      return;
    case "show":
      await Promise.all(clients.slice(0, job.screens).map(show));
      return;
    case "end":
      clearInterval(meeting);
      for (const { client } of clients) client.stop();
      recorder.close();
      process.exit(0);
      return;
    case "report":
      return;
    default:
      ask satisfies never;
  }
}

/** Opens some rooms, loads their history and records what they show, also when it is nothing. */
async function show(self: RecordedClient): Promise<void> {
  const { client } = self;
  for (const { id } of client.rooms.get().slice(0, SCREENS)) {
    const room = client.room(id);
    room.open();
    const ready = () => room.timeline.get().state === "ready";
    await within(SIGHT, `${self.name} sees ${id}`, changed(room.timeline, ready)).catch(() => {});
    for (let page = 0; page < PAGES && room.timeline.get().hasBefore; page++) {
      await room.loadBefore().catch(() => {});
    }
    const { hasBefore, items } = room.timeline.get();
    const first = items.find(({ seq }) => seq !== null)?.seq ?? 0;
    self.shown(id, hasBefore ? first - 1 : 0);
  }
}

/** Settles when `condition` holds. */
function changed(
  view: { subscribe(listener: () => void): () => void },
  condition: () => boolean,
): Promise<void> {
  if (condition()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = view.subscribe(() => {
      if (!condition()) return;
      stop();
      resolve();
    });
  });
}

function report(): Report {
  recorder.flush();
  return clients.map((self) => {
    const { pending, feeds } = self.positions;
    const connection = self.client.connection.get();
    const isLive = connection.state === "live";
    // A read position that is not stored yet is pending, too.
    const { unconfirmedReads } = self.client.inspect();
    return {
      name: self.name,
      user: self.user,
      isLive,
      ...(isLive ? {} : { connection }),
      pending: pending + unconfirmedReads,
      reads: unconfirmedReads,
      feeds: Object.fromEntries(feeds),
    };
  });
}

process.on("unhandledRejection", (error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { id, ask } = JSON.parse(line) as { id: number; ask: Ask };
    void perform(ask).then(() => process.stdout.write(`${JSON.stringify({ id, report: report() })}\n`));
  })
  // The parent process is gone.
  .on("close", () => process.exit(1));
