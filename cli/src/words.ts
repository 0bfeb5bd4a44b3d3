import type { CliContext } from "./subcommand.ts";

/** The content of a store, in words. */
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
 * Warns when the store is empty, because it is probably not the one that was meant: a server that was started once without
 * DATA_DIR leaves an empty store in ./data. `users` does not count the server's own account.
 */
export function warnIfEmpty(
  folder: string,
  { messages, users }: { readonly messages: number; readonly users: number },
  { warn }: CliContext,
): void {
  if (messages > 0 || users > 0) return;
  warn(
    `WARNING: the store in ${folder} is empty. If you meant another one, name it with --data-dir or DATA_DIR.`,
  );
}

export function many(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
