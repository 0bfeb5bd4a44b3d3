import { isIP } from "node:net";

/**
 * The address that a request came from. Behind `trusted` proxies of our own, each of which has added the address of the
 * one before it to `X-Forwarded-For`, it is the entry that the outermost of them wrote: counted from the right, because
 * all further left is the client's own claim. With 0, or where there is no such entry, it is the peer's.
 */
export function clientAddress(headers: Headers, peer: string, trusted: number): string {
  if (trusted <= 0) return peer;
  const forwarded = headers.get("x-forwarded-for");
  if (forwarded === null) return peer;
  const hops = forwarded.split(",");
  return plainAddress(hops[Math.max(0, hops.length - trusted)] ?? "") ?? peer;
}

/** Without port, brackets and the prefix of mapped IPv4; null for what is no address, such as `unknown`. */
function plainAddress(text: string): string | null {
  const trimmed = text.trim();
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  const address = /^::ffff:([\d.]+)$/i.exec(bare)?.[1] ?? bare;
  return isIP(address) === 0 ? null : address;
}
