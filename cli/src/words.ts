import type { Surroundings } from "./verb.ts";

/** What a store holds, in words. */
export function amount({
  rooms,
  messages,
  users,
}: {
  rooms: number;
  messages: number;
  users: number;
}): string {
  return `${many(rooms, "room")}, ${many(messages, "message")} and ${many(users, "user")}`;
}

export function many(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Shows how far something is, in whole percents. */
export function progress(what: string, { show }: Surroundings): (done: number, total: number) => void {
  let last = -1;
  return (done, total) => {
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    if (percent === last) return;
    last = percent;
    show(`${what}: ${percent} %`);
  };
}
