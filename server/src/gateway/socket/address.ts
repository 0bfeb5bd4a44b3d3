import { BlockList, isIP } from "node:net";

/** Which peers are trusted to name the client's address. */
export type TrustedProxies = {
  /** Addresses and networks of proxies (CIDR, such as `10.0.0.0/8`). */
  readonly networks: readonly string[];
  /** In place of networks: how many proxies there are in front, whatever their addresses. 0 trusts none. */
  readonly count: number;
};

/**
 * Reads the address of the client that a request came from. A proxy adds the address of its own peer to the end of
 * `X-Forwarded-For`; all that was there before is a claim. With networks, the header counts only where the peer is in one
 * of them, and the client is the last entry that is not; with a count, it is the entry that the outermost of so many
 * proxies wrote, whatever the peer is. Where there is none, it is the peer.
 */
export function clientAddresses({
  networks,
  count,
}: TrustedProxies): (headers: Headers, peer: string) => string {
  if (networks.length === 0) return (headers, peer) => clientAddress(headers, peer, count);
  const list = new BlockList();
  for (const network of networks) {
    const { address, family, bits } = parseNetwork(network) ?? unreadable(network);
    list.addSubnet(address, bits, family);
  }
  const trusts = (address: string) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  return (headers, peer) => {
    let client = plainAddress(peer);
    if (client === null || !trusts(client)) return peer;
    const hops = headers.get("x-forwarded-for")?.split(",") ?? [];
    // From the nearest on. The header's size is bounded, and entries beyond the first that is not trusted are not read.
    for (let hop = hops.pop(); hop !== undefined && trusts(client); hop = hops.pop()) {
      const before = plainAddress(hop);
      if (before === null) break;
      client = before;
    }
    return client;
  };
}

export type Network = { readonly address: string; readonly bits: number; readonly family: "ipv4" | "ipv6" };

/** An address, or a network in CIDR notation; null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (version === 0 || rest.length > 0 || !(bits <= most)) return null;
  return { address, bits, family: version === 6 ? "ipv6" : "ipv4" };
}

function unreadable(network: string): never {
  throw new Error(`${network} is no address and no network.`);
}

/** The address that the outermost of `trusted` proxies wrote: counted from the right. */
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
