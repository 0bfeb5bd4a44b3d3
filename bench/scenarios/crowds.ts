import type { Job, Target } from "../load/crowd.ts";
import { processCpu, residentKiB } from "../report/cpu.ts";
import { type Goal, isLowerBound, median, type ScenarioResult, SHORT_NAMES, short } from "../report/table.ts";
import type { WindowResult } from "../report/window.ts";
import { Load, type Server } from "../targets/programs.ts";
import type { Bench, Scenario } from "./bench.ts";

/** A crowd that talks, and the figure that counts. */
export type Crowd = {
  readonly key: string;
  readonly title: string;
  readonly job: Omit<Job, "wire" | "port">;
  readonly targets: readonly Target[];
  readonly unit: string;
  readonly figure: (result: WindowResult) => number;
  readonly better: "more" | "less";
  readonly goals: readonly Goal[];
  /** Another figure, told in words. */
  readonly besides?: { readonly unit: string; readonly figure: (result: WindowResult) => number };
};

export const deliveries = ({ deliveries: count, seconds }: WindowResult) => count / seconds;
export const messages = ({ messages: count, seconds }: WindowResult) => count / seconds;

const CROWDS: readonly Crowd[] = [
  {
    key: "room-10x2",
    title: "room of 1,000; 10 senders, 2 in flight",
    job: { rooms: 1, members: 1000, senders: 10, inFlight: 2 },
    targets: ["parley", "bare", "socketio", "ws"],
    unit: "deliveries/s",
    figure: deliveries,
    better: "more",
    goals: [
      { against: "socketio", need: 12 },
      { against: "bare", need: 0.6, aim: 0.9 },
    ],
  },
  {
    key: "room-50x4",
    title: "room of 1,000; 50 senders, 4 in flight",
    job: { rooms: 1, members: 1000, senders: 50, inFlight: 4 },
    targets: ["parley", "bare", "socketio", "ws"],
    unit: "deliveries/s",
    figure: deliveries,
    better: "more",
    goals: [
      { against: "socketio", need: 35 },
      { against: "bare", need: 0.6, aim: 0.9 },
    ],
  },
  {
    key: "rooms-200",
    title: "200 rooms of 10; all send, 2 in flight",
    job: { rooms: 200, members: 10, senders: 10, inFlight: 2 },
    targets: ["parley", "bare", "socketio", "ws"],
    unit: "messages/s",
    figure: messages,
    better: "more",
    goals: [
      { against: "ws", need: 1, aim: 1.7 },
      { against: "bare", need: 0.6, aim: 0.9 },
    ],
  },
  {
    key: "answer",
    title: "room of 1,000; one sender, 1 in flight",
    job: { rooms: 1, members: 1000, senders: 1, inFlight: 1 },
    targets: ["parley", "bare"],
    unit: "ms p50",
    figure: ({ p50 }) => p50,
    better: "less",
    goals: [{ against: "bare", need: 1.5, aim: 1.1 }],
  },
];

export const crowds: readonly Scenario[] = CROWDS.map((crowd) => ({
  key: crowd.key,
  title: crowd.title,
  run: (bench) => runCrowd(bench, crowd),
}));

/** At a smaller scale there are fewer rooms, or where there is only one, fewer members. */
function scaled(bench: Bench, job: Crowd["job"]): Crowd["job"] {
  if (job.rooms > 1) return { ...job, rooms: bench.scaled(job.rooms) };
  return { ...job, members: bench.scaled(job.members, job.senders) };
}

type Standing = { readonly target: Target; readonly server: Server; readonly load: Load };

/** A server with its crowd. */
async function gather(bench: Bench, crowd: Crowd, target: Target, server: Server): Promise<Standing> {
  const [cpu, memory] = [processCpu(server.pid), residentKiB(server.pid)];
  const job = { wire: target, port: server.port, ...scaled(bench, crowd.job) };
  const load = await Load.start(job, bench.loadCore);
  const { connections, milliseconds } = load.ready;
  bench.say(
    `${target.padEnd(8)} ${connections} connections after ${(milliseconds / 1000).toFixed(1)} s: ` +
      `${short((processCpu(server.pid) - cpu) / connections)} us CPU and ` +
      `${short((residentKiB(server.pid) - memory) / connections)} KiB each, with signing in and joining`,
  );
  return { target, server, load };
}

/** All servers stand with their crowds, and windows go in turns between them, so that they meet the same machine. */
export async function runCrowd(bench: Bench, crowd: Crowd): Promise<ScenarioResult> {
  await using programs = new AsyncDisposableStack();
  const stands: Standing[] = [];
  const windows = new Map<Target, WindowResult[]>();
  for (const target of bench.targets(...crowd.targets)) {
    const folder = programs.use(bench.folder());
    const kind = target === "bare" && crowd.job.dialect ? "bare-dialects" : target;
    const server = programs.use(await bench.server(kind, folder.path));
    const standing = await gather(bench, crowd, target, server);
    programs.use(standing.load);
    stands.push(standing);
    windows.set(target, []);
  }
  await bench.repeat(async () => {
    for (const { target, server, load } of stands) {
      await bench.untilQuiet();
      const result = await load.window(bench.windowCommand(server));
      windows.get(target)?.push(result);
      bench.say(`${target.padEnd(8)} ${short(crowd.figure(result))} ${crowd.unit}`);
    }
  });
  const { title, unit, better, goals } = crowd;
  const figures = Object.fromEntries([...windows].map(([target, all]) => [target, all.map(crowd.figure)]));
  const atLeast = [...windows].filter(([, all]) => isLowerBound(all)).map(([target]) => target);
  const also = besides(crowd, windows);
  return {
    rows: [{ title, unit, better, goals, figures, atLeast, ...(also === null ? {} : { also }) }],
    windows: [...windows].map(([target, all]) => ({ title, target: target, windows: all })),
  };
}

function besides(crowd: Crowd, windows: ReadonlyMap<Target, readonly WindowResult[]>): string | null {
  if (!crowd.besides) return null;
  const { unit, figure } = crowd.besides;
  const each = [...windows].map(
    ([target, all]) => `${SHORT_NAMES[target]} ${short(median(all.map(figure)))}`,
  );
  return `${unit}: ${each.join(", ")}`;
}
