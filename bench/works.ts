import type { Job } from "./crowd.ts";
import type { WindowResult } from "./window.ts";

/** One work: a crowd, the figure that counts, and what it should be as a part of the bare pipeline's. */
export type Work = {
  readonly key: string;
  readonly title: string;
  readonly job: Omit<Job, "wire" | "port">;
  readonly unit: string;
  readonly figure: (result: WindowResult) => number;
  /** For rates: at least this part of the bare pipeline's; for times: at most. */
  readonly better: "more" | "less";
  readonly need: number;
  readonly aim: number;
};

const deliveries = ({ deliveries: count, seconds }: WindowResult) => count / seconds;
const messages = ({ messages: count, seconds }: WindowResult) => count / seconds;

export const WORKS: readonly Work[] = [
  {
    key: "a",
    title: "room of 1,000; 10 senders, 2 in flight",
    job: { rooms: 1, members: 1000, senders: 10, inFlight: 2 },
    unit: "deliveries/s",
    figure: deliveries,
    better: "more",
    need: 0.6,
    aim: 0.9,
  },
  {
    key: "b",
    title: "room of 1,000; 50 senders, 4 in flight",
    job: { rooms: 1, members: 1000, senders: 50, inFlight: 4 },
    unit: "deliveries/s",
    figure: deliveries,
    better: "more",
    need: 0.6,
    aim: 0.9,
  },
  {
    key: "c",
    title: "200 rooms of 10; all send, 2 in flight",
    job: { rooms: 200, members: 10, senders: 10, inFlight: 2 },
    unit: "messages/s",
    figure: messages,
    better: "more",
    need: 0.6,
    aim: 0.9,
  },
  {
    key: "d",
    title: "room of 1,000; one sender, 1 in flight",
    job: { rooms: 1, members: 1000, senders: 1, inFlight: 1 },
    unit: "ms p50",
    figure: ({ p50 }) => p50,
    better: "less",
    need: 1.5,
    aim: 1.1,
  },
];
