import { NO_FASTAPI, pythonWithFastApi } from "../targets/programs.ts";
import type { Scenario } from "./bench.ts";
import { type Crowd, deliveries, messages, runCrowd } from "./crowds.ts";

/** A dialect cannot put several messages into one frame. The bare pipeline does not either here: what is left is the dialect. */
const goals = [{ against: "bare", need: 0.85 }] as const;

const CROWDS: readonly Crowd[] = [
  {
    key: "dialect-lobby",
    title: "1,000 old clients in the lobby; 10 senders, 2 in flight",
    job: { dialect: "lobby", rooms: 1, members: 1000, senders: 10, inFlight: 2 },
    targets: ["parley", "bare", "fastapi"],
    unit: "deliveries/s",
    figure: deliveries,
    better: "more",
    goals,
    besides: { unit: "messages/s", figure: messages },
  },
  {
    key: "dialect-rooms",
    title: "200 rooms of 10 old clients; all send, 2 in flight",
    job: { dialect: "rooms", rooms: 200, members: 10, senders: 10, inFlight: 2 },
    targets: ["parley", "bare"],
    unit: "messages/s",
    figure: messages,
    better: "more",
    goals,
  },
];

/** Old clients that talk, beside a bare publish of the same frames. */
export const dialects: readonly Scenario[] = CROWDS.map((crowd) => ({
  key: crowd.key,
  title: crowd.title,
  async run(bench) {
    const left = bench.targets(...crowd.targets).includes("fastapi") && pythonWithFastApi() === null;
    if (!left) return runCrowd(bench, crowd);
    const outcome = await runCrowd(bench, {
      ...crowd,
      targets: crowd.targets.filter((target) => target !== "fastapi"),
    });
    return { ...outcome, rows: outcome.rows.map((row) => ({ ...row, also: withoutFastApi(row.also) })) };
  },
}));

/** Says in the table that a figure is missing, and why. */
export function withoutFastApi(also: string | undefined): string {
  return `${also === undefined ? "" : `${also}; `}FastAPI NOT MEASURED: ${NO_FASTAPI}`;
}
