import type { Got, RequestCommand } from "../load/requests.ts";
import { quantile } from "../report/cpu-used.ts";
import { type Goal, median, type ResultRow, short } from "../report/table.ts";
import type { Questions } from "../store/in-process-reads.ts";
import type { LargeStore } from "../store/large-store.ts";
import type { Bench, Scenario } from "./bench.ts";

const MESSAGES = 1_000_000;
/** Rooms of the store that is searched; the n-th holds a share of about 1 / n. */
const ROOMS = 200;
const PAGE = 50;
const HITS = 20;
/** Questions that one figure is made of. */
const QUESTIONS = 200;
/** Seconds to make a store. */
const FILL_WITHIN = 400;

type Question = Questions["ask"][number];
/** One kind of question: all of it is asked inside of the server, and then over HTTP. */
type Kind = { readonly title: string; readonly ask: readonly Question[] };

export const pages: Scenario = {
  key: "page",
  title: `page of ${PAGE}`,
  async run(bench) {
    const messages = bench.scaled(MESSAGES, 1_000);
    // Never the same place twice, so that nothing is there already because it was asked for just now.
    const near = (place: number) => Math.round(place + (Math.random() - 0.5) * 0.2 * messages);
    const many = (where: () => object) =>
      Array.from({ length: QUESTIONS }, () => ({ ...where(), limit: PAGE }) as Question);
    const of = `page of ${PAGE} of ${messages.toLocaleString("en")} in a room`;
    const kinds: Kind[] = [
      { title: `${of}: the newest`, ask: many(() => ({})) },
      { title: `${of}: in the middle`, ask: many(() => ({ around: near(messages / 2) })) },
      { title: `${of}: the oldest`, ask: many(() => ({ after: 0 })) },
    ];
    const goal = { against: null, need: 1, aim: 0.3 };
    return { rows: await measure(bench, { messages, rooms: 1, kinds: () => kinds, part: 0.5, goal }) };
  },
};

export const searches: Scenario = {
  key: "search",
  title: "search",
  async run(bench) {
    const messages = bench.scaled(MESSAGES, 1_000);
    // The space behind it ends a word; without it the word would only have to begin so.
    const many = (words: readonly string[]) =>
      Array.from({ length: QUESTIONS }, (_, i) => ({ query: `${words[i % words.length]} `, limit: HITS }));
    const of = `search in ${messages.toLocaleString("en")} messages of ${ROOMS} rooms`;
    const kinds = ({ common, rare }: LargeStore): Kind[] => [
      { title: `${of}: common words`, ask: many(common) },
      { title: `${of}: a rare word`, ask: many([rare]) },
    ];
    const goal = { against: null, need: 30, aim: 5 };
    return { rows: await measure(bench, { messages, rooms: ROOMS, kinds, part: 0.95, goal }) };
  },
};

type Reading = {
  readonly messages: number;
  readonly rooms: number;
  readonly kinds: (store: LargeStore) => readonly Kind[];
  /** Which part of the times counts: 0.5 is the middle one. */
  readonly part: number;
  readonly goal: Goal;
};

async function measure(bench: Bench, reading: Reading): Promise<ResultRow[]> {
  using folder = bench.folder();
  const { messages, rooms, part, goal } = reading;
  const store = await make(bench, folder.path, messages, rooms);
  bench.say(`${messages} messages made in ${short(store.seconds)} s`);
  const kinds = reading.kinds(store);
  const inside: number[][][] = kinds.map(() => []);
  const outside: number[][][] = kinds.map(() => []);
  await bench.repeat(async () => {
    await bench.untilQuiet();
    for (const [i, times] of (await askInside(bench, folder.path, store, kinds)).entries())
      inside[i]!.push(times);
    for (const [i, times] of (await askByHttp(bench, folder.path, store, kinds)).entries())
      outside[i]!.push(times);
  });
  const at = (of: number) => (times: readonly number[]) => quantile(times, of);
  return kinds.map(({ title }, i) => {
    const [here, there] = [inside[i]!, outside[i]!];
    const both = (all: number[][]) =>
      `p50 ${short(median(all.map(at(0.5))))}, p95 ${short(median(all.map(at(0.95))))}`;
    bench.say(`${title}: ${both(here)} ms in the server, ${both(there)} over HTTP`);
    return {
      title,
      unit: `ms p${part * 100} in the server`,
      better: "less" as const,
      figures: { parley: here.map(at(part)) },
      goals: [goal],
      also: `${both(here)} ms; over HTTP ${both(there)} ms`,
    };
  });
}

async function make(bench: Bench, folder: string, messages: number, rooms: number): Promise<LargeStore> {
  await using program = bench.load("store/large-store.ts", folder, String(messages), String(rooms));
  return JSON.parse(await program.line(FILL_WITHIN)) as LargeStore;
}

/** Milliseconds of each question, by kind; the first time is not counted. */
async function askInside(
  bench: Bench,
  folder: string,
  { reader, room }: LargeStore,
  kinds: readonly Kind[],
): Promise<number[][]> {
  await using program = bench.onServerCore("store/in-process-reads.ts", folder);
  const answers: number[][] = [];
  for (const { ask } of [...kinds, ...kinds]) {
    const questions: Questions = { reader, room, ask };
    answers.push(await program.ask<number[]>(questions));
  }
  return answers.slice(kinds.length);
}

async function askByHttp(
  bench: Bench,
  folder: string,
  { room }: LargeStore,
  kinds: readonly Kind[],
): Promise<number[][]> {
  await using server = await bench.server("parley", folder);
  await using load = bench.load("load/requests.ts", String(server.port));
  const path = (question: Question) => {
    const fields = Object.entries(question).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return `/api/v1/${"query" in question ? "search" : `rooms/${room}/messages`}?${fields.join("&")}`;
  };
  const answers: number[][] = [];
  for (const { ask } of [...kinds, ...kinds]) {
    const command: RequestCommand = { do: "get", paths: ask.map(path) };
    answers.push([...(await load.ask<Got>(command)).times]);
  }
  return answers.slice(kinds.length);
}
