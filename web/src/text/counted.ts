import { LIMITS } from "@parley/sdk";

/** "1 member", "12 members". */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A count of what is unread: the server counts up to a limit, and the rest is not known. */
export function countText(count: number): string {
  return count >= LIMITS.unread ? `${LIMITS.unread - 1}+` : String(count);
}
