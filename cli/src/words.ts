import type { CliContext } from "./subcommand.ts";

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

/**
 * Says where nothing is to be found that the verb was meant for: a server that was started once without DATA_DIR leaves an
 * empty store in ./data. `users` counts people, without the server's own account.
 */
export function warnIfEmpty(
  folder: string,
  { messages, users }: { readonly messages: number; readonly users: number },
  { warn }: CliContext,
): void {
  if (messages > 0 || users > 0) return;
  warn(
    `ATTENTION: the store in ${folder} is empty. If yours is another one, name it with --data-dir or DATA_DIR.`,
  );
}

export function many(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Shows how far something is, in whole percents. */
export function progress(what: string, { show }: CliContext): (done: number, total: number) => void {
  let last = -1;
  return (done, total) => {
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    if (percent === last) return;
    last = percent;
    show(`${what}: ${percent} %`);
  };
}
